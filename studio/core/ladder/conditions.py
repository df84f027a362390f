"""Conditions over facts that know three answers: yes, no, and not known.

One tree gives a rule's decision, its words, the facts it needs and the thresholds it rests on, so
the documentation cannot say anything else than the code does. Unknown follows Kleene's logic: a
condition with an unknown part still decides where the known parts suffice.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

from studio.core.ladder.vocabulary import FACTS, numbers, shown
from studio.domain.advice import Facts
from studio.domain.thresholds import Thresholds

Sign = Literal["<", "<=", ">", ">="]

_SIGNS: dict[Sign, tuple[Callable[[Any, Any], bool], str, Sign]] = {
    "<": (operator.lt, "below", ">="),
    "<=": (operator.le, "at most", ">"),
    ">": (operator.gt, "above", "<="),
    ">=": (operator.ge, "at least", "<"),
}
"""Sign → its test, its words and its opposite."""

_THRESHOLDS = frozenset(Thresholds.model_fields)


class Condition:
    """Something that holds, does not hold, or cannot be known from the facts."""

    def holds(self, facts: Facts, thresholds: Thresholds) -> bool | None:
        """Says whether it holds; None when the facts do not decide it."""
        raise NotImplementedError

    def words(self, thresholds: Thresholds) -> str:
        """Returns the condition as people read it."""
        raise NotImplementedError

    def leaves(self) -> Iterator[Leaf]:
        """Yields the single questions it is made of, in reading order."""
        raise NotImplementedError

    def undecided(self, facts: Facts, thresholds: Thresholds) -> tuple[str, ...]:
        """Returns the unknown facts that could still decide it; empty once it is decided."""
        raise NotImplementedError

    def __invert__(self) -> Condition:
        """It does not hold."""
        raise NotImplementedError

    def __and__(self, other: Condition) -> Condition:
        """Both hold."""
        return Group(self, other, True)

    def __or__(self, other: Condition) -> Condition:
        """At least one holds."""
        return Group(self, other, False)

    def facts(self) -> tuple[str, ...]:
        """Returns the names of the facts it looks at, each once."""
        return tuple(dict.fromkeys(fact for leaf in self.leaves() for fact in leaf.about()))

    def thresholds(self) -> tuple[str, ...]:
        """Returns the names of the thresholds it rests on, each once."""
        return tuple(dict.fromkeys(name for leaf in self.leaves() for name in leaf.rests_on()))


@dataclass(frozen=True)
class Leaf(Condition):
    """One question about one fact."""

    fact: str

    def about(self) -> tuple[str, ...]:
        """Returns the facts it looks at."""
        return (self.fact,)

    def rests_on(self) -> tuple[str, ...]:
        """Returns the thresholds it compares with."""
        return ()

    def leaves(self) -> Iterator[Leaf]:
        """Yields itself."""
        yield self

    def undecided(self, facts: Facts, thresholds: Thresholds) -> tuple[str, ...]:
        """Returns those of its facts that are unknown."""
        if self.holds(facts, thresholds) is not None:
            return ()
        return tuple(name for name in self.about() if getattr(facts, name) is None)


@dataclass(frozen=True)
class Is(Leaf):
    """A yes-or-no fact has this answer."""

    answer: bool = True

    def holds(self, facts: Facts, thresholds: Thresholds) -> bool | None:
        """Compares the answer."""
        value = getattr(facts, self.fact)
        return None if value is None else bool(value) is self.answer

    def words(self, thresholds: Thresholds) -> str:
        """Returns the clause of that answer."""
        word = FACTS[self.fact]
        return word.name if self.answer else word.otherwise

    def __invert__(self) -> Condition:
        """The opposite answer."""
        return Is(self.fact, not self.answer)


@dataclass(frozen=True)
class Known(Leaf):
    """Somebody knows the fact, or nobody does: the one question that is never undecided."""

    answer: bool = True

    def holds(self, facts: Facts, thresholds: Thresholds) -> bool | None:
        """Looks whether there is a value."""
        return (getattr(facts, self.fact) is not None) is self.answer

    def words(self, thresholds: Thresholds) -> str:
        """Says whether it is known."""
        return f"{FACTS[self.fact].name} is {'known' if self.answer else 'not known'}"

    def __invert__(self) -> Condition:
        """The opposite."""
        return Known(self.fact, not self.answer)


@dataclass(frozen=True)
class OneOf(Leaf):
    """A fact is, or is not, one of these words."""

    values: tuple[str, ...] = ()
    answer: bool = True

    def holds(self, facts: Facts, thresholds: Thresholds) -> bool | None:
        """Looks the word up."""
        value = getattr(facts, self.fact)
        return None if value is None else (str(value) in self.values) is self.answer

    def words(self, thresholds: Thresholds) -> str:
        """Lists the words."""
        listed = " or ".join(value.replace("_", " ") for value in self.values)
        return f"{FACTS[self.fact].name} is {'' if self.answer else 'not '}{listed}"

    def __invert__(self) -> Condition:
        """The opposite."""
        return OneOf(self.fact, self.values, not self.answer)


@dataclass(frozen=True)
class Compare(Leaf):
    """A fact against a threshold, another fact or 0, perhaps times a threshold."""

    sign: Sign
    to: str = ""
    """Name of a threshold or of a fact; empty is 0."""
    times: str = ""
    """Name of the threshold that the other side is multiplied with."""

    def about(self) -> tuple[str, ...]:
        """Returns the fact, and the one it is compared with."""
        return (self.fact, self.to) if self.to in FACTS else (self.fact,)

    def rests_on(self) -> tuple[str, ...]:
        """Returns the thresholds on the other side."""
        return tuple(name for name in (self.to, self.times) if name in _THRESHOLDS)

    def holds(self, facts: Facts, thresholds: Thresholds) -> bool | None:
        """Compares; None when a fact is unknown."""
        value = getattr(facts, self.fact)
        other = getattr(facts if self.to in FACTS else thresholds, self.to) if self.to else 0
        if value is None or other is None:
            return None
        if self.times:
            other *= getattr(thresholds, self.times)
        return _SIGNS[self.sign][0](value, other)

    def words(self, thresholds: Thresholds) -> str:
        """Says both sides."""
        return f"{FACTS[self.fact].name} is {self.short(thresholds)}"

    def short(self, thresholds: Thresholds) -> str:
        """Says the right side only, for a second question about the same fact."""
        sign = _SIGNS[self.sign][1]
        if FACTS[self.fact].kind == "date":
            sign = {"above": "after", "below": "before"}.get(sign, sign)
        share = f"{numbers(thresholds)[self.times]} of " if self.times else ""
        return f"{sign} {share}{self._other(thresholds)}"

    def _other(self, thresholds: Thresholds) -> str:
        if not self.to:
            return "0"
        if self.to in FACTS:
            return f"the {FACTS[self.to].name}".replace("the the ", "the ")
        return shown(self.fact, getattr(thresholds, self.to))

    def __invert__(self) -> Condition:
        """The opposite sign."""
        return Compare(self.fact, _SIGNS[self.sign][2], self.to, self.times)


@dataclass(frozen=True)
class Group(Condition):
    """Two conditions that must both hold, or of which one must."""

    first: Condition
    second: Condition
    both: bool

    def holds(self, facts: Facts, thresholds: Thresholds) -> bool | None:
        """Decides as soon as the known part suffices."""
        answers = {part.holds(facts, thresholds) for part in (self.first, self.second)}
        if (not self.both) in answers:
            return not self.both
        return None if None in answers else self.both

    def words(self, thresholds: Thresholds) -> str:
        """Joins the words of both parts."""
        joint = " and " if self.both else " or "
        one, two = self.first, self.second
        if isinstance(one, Compare) and isinstance(two, Compare) and one.fact == two.fact:
            return f"{one.words(thresholds)}{joint}{two.short(thresholds)}"
        parts = []
        for part in (one, two):
            said = part.words(thresholds)
            mixed = isinstance(part, Group) and part.both is not self.both
            parts.append(f"({said})" if mixed else said)
        return joint.join(parts)

    def leaves(self) -> Iterator[Leaf]:
        """Yields those of both parts."""
        yield from self.first.leaves()
        yield from self.second.leaves()

    def undecided(self, facts: Facts, thresholds: Thresholds) -> tuple[str, ...]:
        """Returns those of both parts, unless it is decided."""
        if self.holds(facts, thresholds) is not None:
            return ()
        parts = (self.first, self.second)
        names = (name for part in parts for name in part.undecided(facts, thresholds))
        return tuple(dict.fromkeys(names))

    def __invert__(self) -> Condition:
        """De Morgan: the opposites, joined the other way."""
        return Group(~self.first, ~self.second, not self.both)


@dataclass(frozen=True)
class Proven(Condition):
    """A condition is known to hold; what is not known does not count as holding."""

    condition: Condition
    answer: bool = True

    def holds(self, facts: Facts, thresholds: Thresholds) -> bool | None:
        """Takes unknown for no."""
        return (self.condition.holds(facts, thresholds) is True) is self.answer

    def words(self, thresholds: Thresholds) -> str:
        """Says that it has to be shown."""
        said = self.condition.words(thresholds)
        return f"it {'is' if self.answer else 'is not'} shown that {said}"

    def leaves(self) -> Iterator[Leaf]:
        """Yields those of the condition."""
        yield from self.condition.leaves()

    def undecided(self, facts: Facts, thresholds: Thresholds) -> tuple[str, ...]:
        """Returns nothing: it is always decided."""
        return ()

    def __invert__(self) -> Condition:
        """It is not shown."""
        return Proven(self.condition, not self.answer)


def seen(condition: Condition, facts: Facts) -> dict[str, Any]:
    """Returns the known facts that a condition looks at; dates as text."""
    values = {name: getattr(facts, name) for name in condition.facts()}
    return {
        name: value.isoformat() if isinstance(value, date) else value
        for name, value in values.items()
        if value is not None
    }
