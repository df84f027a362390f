"""Every rule of the ladder on the screen, those that stay silent here as well."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from studio.domain.advice import Fired, RuleText
from studio.ui.kit.badge import Badge
from studio.ui.kit.data_table import Cell, DataTable
from studio.ui.kit.expander import Expander
from studio.ui.kit.layout import Stack
from studio.ui.kit.text import Text
from studio.ui.pages.ladder.words import BASES, OUTCOMES


def draw_all_rules(rules: Sequence[RuleText], fired: Sequence[Fired]) -> None:
    """The whole table, folded; what applies here is marked."""
    applies = {one.rule.id: one for one in fired}
    with Expander(
        f"All {len(rules)} rules",
        hint=f"{len(applies)} apply here; numbers as shipped",
        marker="rules-all",
    ):
        DataTable(
            ["Rule", "When", "Says", "Source and threshold"],
            [_row(rule, applies.get(rule.id)) for rule in rules],
            caption="Every rule of the ladder, in the order in which it is read",
            wordy=(1, 2, 3),
            marker="rules-table",
        )


def _row(rule: RuleText, fired: Fired | None) -> list[Cell]:
    outcome, _ = OUTCOMES[rule.outcome]
    numbers = f"{rule.threshold} · " if rule.threshold else ""
    return [
        partial(_name, rule.id, fired),
        rule.condition,
        partial(_two, f"{outcome}: {rule.effect}", rule.because),
        partial(_two, rule.source, f"{numbers}{BASES[rule.basis].title}"),
    ]


def _name(rule_id: str, fired: Fired | None) -> None:
    with Stack(3):
        Text(rule_id, "strong")
        if fired is None:
            Text("silent", "small")
        else:
            Badge("overruled" if fired.overruled_by else "applies", "info")


def _two(first: str, second: str) -> None:
    with Stack(3):
        Text(first)
        Text(second, "small")
