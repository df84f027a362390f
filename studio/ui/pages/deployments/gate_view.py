"""The gate's table and the rollout's card: numbers, small pictures of them, verdicts in words."""

from __future__ import annotations

from functools import partial

from studio.domain.gates import GateDecision
from studio.domain.rollouts import Rollout, RolloutCheck
from studio.ui.kit.badge import Badge, Tone
from studio.ui.kit.card import Card
from studio.ui.kit.data_table import Cell, DataTable
from studio.ui.kit.interval_bar import IntervalBar
from studio.ui.kit.layout import Row, Stack
from studio.ui.kit.scale_bar import ScaleBar
from studio.ui.kit.text import Term, Text
from studio.ui.pages import figures
from studio.ui.pages.deployments.gate_vm import CheckRow, check_rows, on_log_scale, rollout_now
from studio.ui.pages.deployments.words import VERDICTS

E_MEANS = (
    "A running bet that the candidate is liked less. It starts at 1, falls while the candidate "
    "does well; at the upper mark the bet is won and it is taken back. Looking often costs nothing."
)


def draw_gate(gate: GateDecision) -> None:
    """Every check with its numbers."""
    words, tone = VERDICTS[gate.verdict]
    with Card(
        "The gate",
        subtitle=f"Both answered the same questions, {figures.moment(gate.created_at)}.",
        marker="gate",
    ) as card:
        with card.actions:
            Badge(
                f"The gate {words}" if gate.verdict != "inconclusive" else words.capitalize(), tone
            )
        Text(gate.summary, "lead", marker="gate-summary")
        DataTable(
            ["Check", "Numbers", "Interval and limit", "Verdict"],
            [_cells(row) for row in check_rows(gate)],
            caption="Checks of the gate",
            wordy=(0, 1),
            marker="gate-checks",
        )
        Text(
            "The bar shows the difference with its interval; the dashed line is the limit it has "
            "to stay beyond. What is not proven never passes.",
            "small",
        )


def _cells(row: CheckRow) -> list[Cell]:
    def title() -> None:
        with Stack(2):
            Text(row.title, "strong")
            Text(row.sentence, "small")

    def numbers() -> None:
        with Stack(2):
            Text(row.numbers or figures.UNKNOWN)
            Text(row.method, "small")

    def bar() -> None:
        if row.low is not None or row.value is not None:
            IntervalBar(row.value, row.low, row.high, limit=row.threshold, nothing=row.nothing)

    return [title, numbers, bar, partial(Badge, row.verdict, row.tone)]


def draw_rollout(rollout: Rollout, check: RolloutCheck | None) -> None:
    """Stage, arms and the harm monitor."""
    now, config = rollout_now(rollout, check), rollout.config
    harmful = now.e_value >= config.rollback_at
    calm = now.e_value < config.advance_below
    tone: Tone = "bad" if harmful else "good" if calm else "warning"
    verdict = "harmful: taken back" if harmful else "calm" if calm else "waits, not calm enough"
    with Card("The trial", subtitle=now.stage, marker="rollout"):
        Text(now.sentence, "lead", marker="rollout-sentence")
        if now.arms:
            DataTable(
                ["", "Answers", "Failed", "Liked", "95 % within"],
                [list(arm) for arm in now.arms],
                caption="Both arms of the trial",
                numeric=(1, 2, 3, 4),
            )
        with Stack(4):
            with Row(8, spread=True):
                Term("Harm e-value", E_MEANS)
                Badge(f"{now.e_value:,.2f}: {verdict}", tone)
            ceiling = config.rollback_at
            marks = [
                (0.5, "1"),
                (
                    on_log_scale(config.advance_below, ceiling),
                    f"calm below {config.advance_below:g}",
                ),
                (1.0, f"{ceiling:g}"),
            ]
            ScaleBar(on_log_scale(now.e_value, ceiling), marks, tone=tone)
            Text(now.harm, "small")
