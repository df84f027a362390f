"""What happens next: conditions as meters, the cycle now with its steps, gate and rollout."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import cast

from studio.domain.retraining import Condition, CycleState, RetrainCycle
from studio.ui.act import slow
from studio.ui.kit.badge import Badge, Tone
from studio.ui.kit.bullets import Bullets
from studio.ui.kit.button import Button
from studio.ui.kit.card import Card
from studio.ui.kit.dialog import Dialog
from studio.ui.kit.fields import textarea_field
from studio.ui.kit.layout import Columns, Row, Stack
from studio.ui.kit.link import Link
from studio.ui.kit.meter import Meter
from studio.ui.kit.notices import notice
from studio.ui.kit.progress_row import ProgressRow
from studio.ui.kit.steps import Steps
from studio.ui.kit.text import Text
from studio.ui.pages.deployments.gate_view import draw_gate, draw_rollout
from studio.ui.pages.deployments.part import Part
from studio.ui.pages.deployments.vm import CycleNow, DeploymentPage
from studio.ui.pages.deployments.words import (
    CONDITIONS,
    INSTEAD,
    LIMITS,
    STATE_TONES,
    STATES,
    TRIGGERS,
)

STEPS: tuple[tuple[str, tuple[CycleState, ...]], ...] = (
    ("Gather", (CycleState.TRIGGERED, CycleState.SNAPSHOTTING)),
    ("Check the data", (CycleState.VALIDATING,)),
    ("Train", (CycleState.TRAINING,)),
    ("Compare", (CycleState.EVALUATING, CycleState.GATING)),
    ("Your word", (CycleState.AWAITING_APPROVAL,)),
    ("Shadow", (CycleState.SHADOW,)),
    ("Trial", (CycleState.CANARY,)),
    ("Watch", (CycleState.PROMOTED,)),
)
SAID: dict[str, tuple[str, str, str]] = {
    "approve": (
        "Approve",
        "It first answers copies of requests, then a growing share of the sessions, and is taken "
        "back by itself when people like it less.",
        "Approved; the trial begins.",
    ),
    "decline": ("Decline", "The champion stays. What was learnt is not lost.", "Declined."),
    "cancel": ("Cancel", "The cycle stops and its model answers nobody.", "The cycle is stopped."),
}
"""What a person may say: label, what follows from it, and what is told afterwards."""


class NextView:
    """Redraws each piece only when it changes; reasons are asked for in dialogs that stay."""

    def __init__(self, page: DeploymentPage, changed: Callable[[], Awaitable[None]]) -> None:
        self.page, self.changed = page, changed
        self.dialogs = {what: self.ask(what) for what in SAID}
        self.over = self.ask_to_start_over()
        self.parts = [
            Part(lambda: (page.readiness, page.newest and page.newest.cycle.open), self.draw_next),
            Part(lambda: page.newest, self.draw_now, gap=16),
        ]

    def show(self) -> None:
        """Draws what has changed."""
        for part in self.parts:
            part.show()

    def ask(self, what: str) -> Dialog:
        """The question for a reason."""
        label, follows, _ = SAID[what]
        with Dialog(f"{label} this cycle", marker=f"cycle-{what}-dialog") as dialog:
            Text(follows)
            note = textarea_field(
                "Why",
                hint="Kept with the cycle, for whoever asks later.",
                marker=f"cycle-{what}-note",
                rows=2,
            )

        async def go() -> None:
            dialog.close()
            if await slow(self.page.say, what, note.value or ""):
                note.value = ""
                notice(SAID[what][2], "good")
                await self.changed()

        with dialog.actions:
            Button("Not now", dialog.close, kind="quiet")
            kind = "primary" if what == "approve" else "danger"
            Button(label, go, kind=kind, marker=f"cycle-{what}-yes")  # type: ignore[arg-type]
        return dialog

    def ask_to_start_over(self) -> Dialog:
        """The question before hours of training are given up."""
        with Dialog("Start over", marker="cycle-over-dialog") as dialog:
            Text(
                "The cycle under way is replaced: its model answers nobody, and what it has "
                "trained so far is not used. Approved corrections are kept."
            )

        async def go() -> None:
            dialog.close()
            await self.begin()

        with dialog.actions:
            Button("Not now", dialog.close, kind="quiet")
            Button("Start over", go, kind="danger", marker="cycle-over-yes")
        return dialog

    def draw_next(self) -> None:
        """What the next cycle waits for."""
        readiness = self.page.readiness
        if readiness is None:
            return
        with Card("What happens next", marker="readiness") as card:
            Text(readiness.sentence, "lead", marker="readiness-sentence")
            found = {one.name: one for one in readiness.conditions}
            meters = [name for name in CONDITIONS if name in found and found[name].need]
            with Columns(230, gap=14):
                for name in meters:
                    _meter(found[name])
            rest = [one for one in readiness.conditions if one.name not in meters]
            _told("Waits for", [o for o in rest if not o.met and o.name not in INSTEAD])
            _told("Or it begins", [o for o in rest if o.name in INSTEAD])
            _told("In order", [o for o in rest if o.met and o.name not in INSTEAD])
        with card.actions:
            Button(
                "Review corrections",
                href=f"/review?deployment={self.page.there.id}",
                kind="quiet",
                marker="review-corrections",
            )
            under_way = self.page.newest is not None and self.page.newest.cycle.open
            Button(
                "Start over …" if under_way else "Start now",
                self.over.open if under_way else self.begin,
                marker="cycle-start",
            )

    def draw_now(self) -> None:
        """The newest cycle."""
        newest = self.page.newest
        if newest is None:
            with Card("The cycle now"):
                Text("There was no cycle yet. It begins when all of the above holds.", "muted")
            return
        cycle, words = newest.cycle, STATES[newest.cycle.state]
        with Card(f"Cycle {cycle.number}", marker="cycle-now") as card:
            with Row(8):
                Badge(words.title, STATE_TONES.get(cycle.state, "info"), marker="cycle-state")
                Text(f"Begun by {TRIGGERS[cycle.trigger]}.", "small")
            Text(cycle.message or words.sentence, "lead", marker="cycle-message")
            self.draw_steps(newest)
            self.draw_data(newest.cycle)
            self.draw_job(newest)
        with card.actions:
            for what in self.page.says:
                Button(
                    SAID[what][0],
                    self.dialogs[what].open,
                    kind="primary" if what == "approve" else "plain",
                    marker=f"cycle-{what}",
                )
        if newest.rollout is not None:
            draw_rollout(newest.rollout, newest.check)
        if newest.gate is not None:
            draw_gate(newest.gate)

    def draw_steps(self, newest: CycleNow) -> None:
        """How far it got."""
        titles = [title for title, _ in STEPS]
        at = next((n for n, (_, states) in enumerate(STEPS) if newest.reached in states), 0)
        if newest.cycle.state is CycleState.KEPT:
            at = len(STEPS)
        Steps(titles, at, label=f"Steps of cycle {newest.cycle.number}")

    def draw_data(self, cycle: RetrainCycle) -> None:
        """The dataset versions that it made."""
        made = (
            (cycle.dataset_version_id, "What it learns from", "cycle-data"),
            (cycle.holdout_version_id, "Corrections held out to judge it by", "cycle-held-out"),
        )
        with Row(14):
            for version_id, title, marker in made:
                if version_id:
                    Link(title, f"/datasets/{version_id}", marker=marker)

    def draw_job(self, newest: CycleNow) -> None:
        """Its training."""
        job = newest.job
        if job is None:
            return
        with Stack(6):
            if newest.cycle.state is CycleState.TRAINING:
                percent = 100 * job.step / job.total_steps if job.total_steps else None
                row = ProgressRow("Training", marker="cycle-progress")
                row.show(percent=percent, eta_seconds=job.eta_seconds)
            Link("See the training run", f"/jobs/{job.id}", marker="cycle-job")

    async def begin(self) -> None:
        """Begins a cycle now."""
        if await slow(self.page.begin):
            notice("A cycle has begun.", "good")
            await self.changed()


def _meter(condition: Condition) -> None:
    have, need = condition.have, condition.need or 1.0
    limit = condition.name in LIMITS
    over: tuple[str, Tone] = ("nothing yet", "plain") if have is None else ("over the limit", "bad")
    waits: tuple[str, Tone] = over if limit else ("waits", "info")
    word, tone = ("within" if limit else "met", "good") if condition.met else waits
    share = None if have is None else have / need
    if condition.met and not limit:
        share = 1.0
    Meter(CONDITIONS[condition.name], share, condition.sentence, word, cast(Tone, tone))


def _told(title: str, conditions: Sequence[Condition]) -> None:
    if conditions:
        Text(title, "strong")
        Bullets([one.sentence for one in conditions])
