"""One correction, large: question, change, what was found in it, who said what."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from studio.domain.reviews import ReviewItem, ReviewState
from studio.ui.kit.badge import Badge
from studio.ui.kit.bubble import Bubble
from studio.ui.kit.button import Button
from studio.ui.kit.diff import Diff
from studio.ui.kit.expander import Expander
from studio.ui.kit.fields import Field, text_field, textarea_field
from studio.ui.kit.layout import Row, Stack
from studio.ui.kit.notices import Callout
from studio.ui.kit.shortcut import on_ctrl_enter
from studio.ui.kit.text import Text
from studio.ui.pages.review.vm import Draft
from studio.ui.pages.review.words import SOURCES, VERDICTS

NAMES = {"system": "Instructions", "user": "Asked", "assistant": "Answered before"}


class ItemView(Stack):
    """Draws an item; opens the editor when asked to."""

    def __init__(
        self,
        item: ReviewItem,
        draft: Draft,
        *,
        clean: bool,
        on_write: Callable[[str], Any],
        on_approve: Callable[[], Any],
        on_take_out: Callable[[], Any],
        on_keep: Callable[[str], Any],
    ) -> None:
        super().__init__(12, marker="review-item")
        self.item, self.draft, self.clean = item, draft, clean
        self._write, self._approve = on_write, on_approve
        self._take_out, self._keep = on_take_out, on_keep
        self.field: Field[str] | None = None
        with self:
            self._draw_badges()
            self._draw_question()
            self._draw_answer()
            self.editor = Stack(8)
            self._draw_findings()
            self._draw_doubts()
            self._draw_words()

    def edit(self) -> None:
        """Opens the editor, or goes to it."""
        if self.field is None:
            with self.editor:
                self.field = textarea_field(
                    "What it should have answered",
                    value=self.draft.answer or self.item.inference.output,
                    hint="Kept as you write. Ctrl+Enter approves it.",
                    marker="review-answer",
                    on_change=self._written,
                    rows=3,
                )
                on_ctrl_enter(self.field, self._approve)
        self.field.focus()

    def _written(self, text: str | None) -> None:
        self._write(text or "")

    def _draw_badges(self) -> None:
        given = self.item.feedback
        with Row(8):
            if given is None:
                Badge("disliked", "bad")
                Text("Nobody has said yet what would have been right.", "small", inline=True)
            else:
                said = f"Corrected by {given.rater} {SOURCES[given.source]}."
                Text(said, "small", inline=True, marker="review-by")
            if self.item.second and not self.item.reviews:
                Badge("two people judge this one", "info", marker="review-second")
            if self.draft.answer != self.item.answer:
                Badge("edited", "info", marker="review-edited")
        if self.item.why:
            Text(f"{self.item.why}.", "small", marker="review-why")

    def _draw_question(self) -> None:
        turns = self.draft.messages or self.item.messages
        *earlier, last = turns or (None,)
        if earlier:
            with Expander(f"What came before ({len(earlier):,})", marker="review-before"):
                for turn in earlier:
                    if turn is not None:
                        Bubble(turn.role, NAMES[turn.role], turn.content)
        if last is not None:
            Bubble(last.role, NAMES[last.role], last.content, marker="review-question")

    def _draw_answer(self) -> None:
        output = self.item.inference.output
        if self.item.feedback is None and self.draft.answer == self.item.answer:
            Bubble("assistant", "It answered", output or "(empty)", marker="review-output")
            return
        with Stack(4):
            Text("What is learnt, beside what it answered", "strong")
            Diff(output, self.draft.answer, marker="review-diff")
            Text("Crossed out: what it said. Underlined: what is put in its place.", "small")

    def _draw_findings(self) -> None:
        if not self.item.findings or self.clean:
            if self.clean:
                Callout("Personal data is taken out of what is learnt.", "good")
            return
        seen = ", ".join(
            f"{one.kind} in the {one.where} ({one.excerpt})" for one in self.item.findings
        )
        with Callout(
            f"{seen}. It cannot be approved before that is taken out, or kept with a reason.",
            "warning",
            title="Personal data",
            marker="review-findings",
        ).words:
            with Row(8):
                Button("Take it out", self._take_out, marker="review-take-out")
                Button("Keep it …", self._ask_why, kind="quiet", marker="review-keep")
            self._why = Stack(6)

    def _ask_why(self) -> None:
        self._why.clear()
        with self._why:
            note = text_field(
                "Why may it be learnt?",
                hint="For example: it is our own public address.",
                marker="review-keep-note",
            )
            Button(
                "Keep it and approve",
                lambda: self._keep(note.value),
                marker="review-keep-approve",
            )
        note.focus()

    def _draw_doubts(self) -> None:
        if self.item.doubts:
            Callout(
                " ".join(doubt.sentence for doubt in self.item.doubts),
                "warning",
                title="Look twice: nobody vouches for who wrote this",
                marker="review-doubts",
            )

    def _draw_words(self) -> None:
        if self.item.state is ReviewState.DISPUTED:
            Callout(
                "Your decision settles it.", "info", title="Reviewers disagree", marker="disputed"
            )
        for review in self.item.reviews:
            word, tone = VERDICTS[review.verdict]
            with Row(8):
                Badge(word, tone)
                Text(f"by {review.reviewer}", "small", inline=True)
                if review.note:
                    Text(f"“{review.note}”", "small", inline=True)
            if review.answer is not None and self.item.state is ReviewState.DISPUTED:
                Bubble("assistant", f"As {review.reviewer} would have it", review.answer)
