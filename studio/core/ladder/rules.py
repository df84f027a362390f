"""The ladder's table of rules, in the order in which they are read."""

from __future__ import annotations

from studio.core.ladder.rows import evidence, knowledge, methods, operation, tuning
from studio.core.ladder.rule import Rule
from studio.domain.advice import RuleText
from studio.domain.thresholds import Thresholds

RULES: tuple[Rule, ...] = (
    *evidence.RULES,
    *knowledge.RULES,
    *tuning.RULES,
    *methods.RULES,
    *operation.RULES,
)
"""Every rule. The first BLOCK that applies decides what it names; recommendations then follow."""

BY_ID: dict[str, Rule] = {rule.id: rule for rule in RULES}


def texts(thresholds: Thresholds | None = None) -> tuple[RuleText, ...]:
    """Returns the table as people read it: in the wizard, the CLI, the API and the docs."""
    return tuple(rule.text(thresholds or Thresholds()) for rule in RULES)
