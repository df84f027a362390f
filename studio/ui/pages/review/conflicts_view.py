"""Conflicts: one question, two approved answers; neither is learnt before one of them goes."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from studio.domain.reviews import CorrectionConflict
from studio.ui.act import act, done
from studio.ui.kit.bubble import Bubble
from studio.ui.kit.button import Button
from studio.ui.kit.card import Card
from studio.ui.kit.empty_state import EmptyState
from studio.ui.kit.layout import Columns, Stack
from studio.ui.pages import figures
from studio.ui.pages.review.vm import ReviewQueuePage

if TYPE_CHECKING:
    from studio.ui.shell import Shell


class ConflictsView:
    """Draws every conflict; rejecting one side settles it."""

    def __init__(self, page: ReviewQueuePage, shell: Shell) -> None:
        self.page, self.shell = page, shell

    async def draw(self) -> None:
        """Reads and draws."""
        self.body = Stack(12, marker="review-conflicts")
        await self.look()

    async def look(self) -> None:
        """Reads again."""
        found = await act(self.page.conflicts)
        if found is None or self.body.is_deleted:
            return
        self.body.clear()
        with self.body:
            if not found:
                EmptyState(
                    "No conflicts",
                    "When two different answers to the same question are approved, they lie here, "
                    "and neither is learnt.",
                    icon="task_alt",
                    marker="no-conflicts",
                )
            for conflict in found:
                self.draw_conflict(conflict)

    def draw_conflict(self, conflict: CorrectionConflict) -> None:
        """One question with its answers."""
        asked = [turn.content for turn in conflict.messages if turn.role == "user"]
        with (
            Card(
                asked[-1] if asked else "(no question)",
                subtitle=f"{figures.many(len(conflict.items), 'approved correction')}. Reject what "
                "is not right; while they differ, none is learnt.",
            ),
            Columns(240, gap=12),
        ):
            for item in conflict.items:
                by = "" if item.feedback is None else f"Corrected by {item.feedback.rater}"
                bubble = Bubble("assistant", by, item.answer)
                if item.feedback is not None:
                    id = item.feedback.id
                    with bubble.footer:
                        Button("Reject", partial(self.refuse, id), marker=f"refuse-{id}")

    async def refuse(self, feedback_id: str) -> None:
        """Rejects one side."""
        if await done(self.page.refuse, feedback_id):
            self.shell.saved()
            await self.look()
