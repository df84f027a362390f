"""Rule: one row of the ladder's table, and the text that people read of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from studio.core.ladder.conditions import Condition, seen
from studio.core.ladder.vocabulary import numbers
from studio.domain.advice import Basis, Facts, Fired, Outcome, RuleText
from studio.domain.thresholds import SOURCES, Thresholds

OURS = "our judgement"


@dataclass(frozen=True, kw_only=True)
class Rule:
    """When something is said, what, and why."""

    id: str
    applies: Condition
    outcome: Outcome
    effect: str
    """What it says to do or stops; a threshold's name in braces becomes its number."""
    names: tuple[str, ...] = ()
    """Rungs, methods or backends it speaks about; `{provider}` is the hosted backend."""
    instead: tuple[str, ...] = ()
    """What a BLOCK recommends in their place."""
    hides: tuple[str, ...] = ()
    """Kinds of backend that are not even offered."""
    because: str
    source: str
    basis: Basis
    """Where its thresholds come from; with several, the weakest."""
    here: Callable[[Facts, Thresholds], str] | None = None
    """What it comes to with a project's numbers."""
    warns_if: Condition | None = None
    """When this holds as well, a recommendation is only a warning."""

    def text(self, thresholds: Thresholds, facts: Facts | None = None) -> RuleText:
        """Returns the row as people read it, with a project's own names where facts are given."""
        provider = (facts.provider if facts else None) or "the hosted backend"
        return RuleText(
            id=self.id,
            condition=self.applies.words(thresholds),
            outcome=self._outcome(thresholds, facts),
            effect=self.effect.format(**numbers(thresholds)),
            names=tuple(name.format(provider=provider) for name in self.names),
            instead=self.instead,
            because=self.because,
            source=self.source,
            basis=self.basis,
            needs=self.applies.facts(),
            threshold=self._threshold(thresholds),
        )

    def fired(self, facts: Facts, thresholds: Thresholds) -> Fired | None:
        """Returns what it says about these facts, or None when it does not surely apply."""
        if not self.applies.holds(facts, thresholds):
            return None
        return Fired(
            rule=self.text(thresholds, facts),
            seen=seen(self.applies, facts),
            here=self.here(facts, thresholds) if self.here else "",
        )

    def _outcome(self, thresholds: Thresholds, facts: Facts | None) -> Outcome:
        if facts and self.warns_if and self.warns_if.holds(facts, thresholds):
            return Outcome.WARN
        return self.outcome

    def _threshold(self, thresholds: Thresholds) -> str:
        known, defaults = numbers(thresholds), numbers(Thresholds())
        return "; ".join(
            f"{known[name]} ({SOURCES.get(name, OURS)}"
            + (f"; changed here from {defaults[name]})" if known[name] != defaults[name] else ")")
            for name in self.applies.thresholds()
        )
