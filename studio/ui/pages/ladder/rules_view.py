"""Every rule of the ladder on the screen, those that stay silent here as well."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from studio.domain.advice import Fired, RuleText
from studio.ui.kit.badge import Badge
from studio.ui.kit.data_table import Cell, DataTable
from studio.ui.kit.expander import Expander
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
            ["Rule", "Here", "When", "Says", "Because", "Source", "Threshold"],
            [_row(rule, applies.get(rule.id)) for rule in rules],
            caption="Every rule of the ladder, in the order in which it is read",
            wordy=(2, 3, 4, 5),
            marker="rules-table",
        )


def _row(rule: RuleText, fired: Fired | None) -> list[Cell]:
    here: Cell = "silent"
    if fired is not None:
        here = partial(Badge, "overruled" if fired.overruled_by else "applies", "info")
    outcome, _ = OUTCOMES[rule.outcome]
    numbers = f"{rule.threshold} · " if rule.threshold else ""
    return [
        rule.id,
        here,
        rule.condition,
        f"{outcome}: {rule.effect}",
        rule.because,
        rule.source,
        f"{numbers}{BASES[rule.basis].title}",
    ]
