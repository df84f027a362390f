"""Which rules apply to the facts, what they stop, and which facts are missing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from studio.core.ladder.rows.tuning import TUNED
from studio.core.ladder.rule import Rule
from studio.core.ladder.rules import RULES
from studio.domain.advice import Facts, Fired, Outcome
from studio.domain.ladder import Rung
from studio.domain.thresholds import Thresholds

WAYS_TO_TUNE = ("sft", "dpo", "kto", "rft", "lora", "qlora")
"""Methods that need a rung on which something is tuned; without one they cannot be used."""
DISTIL = "distil"
MAKES_EXAMPLES = "F1"
"""The BLOCK that distilling lifts: it writes the examples that are missing."""


@dataclass(frozen=True, kw_only=True)
class Advice:
    """What the rules say about some facts."""

    fired: tuple[Fired, ...]
    """In the order of the table."""
    blocked: dict[str, str]
    """Rung, method or backend that is stopped → id of the first BLOCK that names it."""
    hidden: tuple[str, ...]
    """Kinds of backend that must not be offered."""
    unknown: dict[str, tuple[str, ...]]
    """Rule that could still apply → the unknown facts that decide it."""

    def has(self, rule_id: str) -> bool:
        """Says whether a rule applies."""
        return any(item.rule.id == rule_id for item in self.fired)


def advise(
    facts: Facts, thresholds: Thresholds | None = None, rules: Sequence[Rule] = RULES
) -> Advice:
    """Returns what the rules say. A rule that unknown facts leave open does not fire."""
    thresholds = thresholds or Thresholds()
    fired: list[Fired] = []
    hidden: list[str] = []
    blocked: dict[str, str] = {}
    unknown: dict[str, tuple[str, ...]] = {}
    for rule in rules:
        item = rule.fired(facts, thresholds)
        if item is None:
            if missing := rule.applies.undecided(facts, thresholds):
                unknown[rule.id] = missing
            continue
        fired.append(item)
        hidden += rule.hides
        if item.rule.outcome is Outcome.BLOCK:
            for name in item.rule.names:
                blocked.setdefault(name, rule.id)
    return Advice(
        fired=tuple(_overruled(item, blocked) for item in fired),
        blocked=blocked,
        hidden=tuple(hidden),
        unknown=unknown,
    )


def _overruled(item: Fired, blocked: dict[str, str]) -> Fired:
    """Marks a recommendation whose every name is stopped: the BLOCK decides about those."""
    names = item.rule.names
    if item.rule.outcome is not Outcome.RECOMMEND or not names:
        return item
    stops = [_stop(name, blocked) for name in names]
    return item.with_(overruled_by=stops[0]) if all(stops) else item


def _stop(name: str, blocked: dict[str, str]) -> str:
    """Returns the BLOCK that stops a name, itself or with every rung it could be used on."""
    tuning = blocked[Rung.FINE_TUNE] if all(rung in blocked for rung in TUNED) else ""
    if name in WAYS_TO_TUNE or (name == DISTIL and tuning != MAKES_EXAMPLES):
        return tuning
    return blocked.get(name, "")
