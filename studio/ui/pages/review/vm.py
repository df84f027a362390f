"""The queue as one reviewer sees it: where they are, what they wrote, what they can take back."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from studio.domain.datasets import Message
from studio.domain.deployments import Deployment
from studio.domain.errors import Conflict
from studio.domain.feedback import Counted, ReviewVerdict
from studio.domain.reviews import (
    AgreementReport,
    CorrectionConflict,
    Order,
    ReviewItem,
    ReviewPage,
    ReviewState,
    SimilarAnswer,
    View,
)
from studio.ui.pages.review.words import VIEWS

if TYPE_CHECKING:
    from studio.services.container import Services

LIMIT = 200
"""Items read at once; the queue is read again after every decision."""


@dataclass(kw_only=True)
class Draft:
    """What a reviewer changed and has not decided about yet."""

    answer: str
    messages: tuple[Message, ...] | None = None
    """The question with personal data taken out; None: as it was."""


@dataclass(frozen=True, kw_only=True)
class Step:
    """A decision that can be taken back."""

    feedback_ids: tuple[str, ...]
    settles: bool
    text: str


@dataclass(kw_only=True)
class ReviewQueuePage:
    """What is shown, and what is done with it."""

    services: Services
    project_id: str
    reviewer: str
    deployment_id: str = ""
    order: Order = "useful"
    view: View = "open"
    deployments: list[Deployment] = field(default_factory=list)
    page: ReviewPage = field(default_factory=lambda: ReviewPage(items=(), total=0, counts={}))
    counted: Counted | None = None
    position: int = 0
    drafts: dict[str, str] = field(default_factory=dict)
    """Edited answers by inference; they outlive the page."""
    questions: dict[str, tuple[Message, ...]] = field(default_factory=dict)
    """Questions with personal data taken out, by inference."""
    steps: list[Step] = field(default_factory=list)

    def load(self) -> None:
        """Reads deployments and queue; stays where it was."""
        self.deployments = list(self.services.deployments.all(self.project_id))
        known = {one.id for one in self.deployments}
        if self.deployment_id not in known:
            self.deployment_id = self.deployments[0].id if self.deployments else ""
        self.read()

    def read(self) -> None:
        """Reads the queue and what counts now."""
        if not self.deployment_id:
            return
        self.page = self.services.review.queue(
            self.deployment_id,
            order=self.order,
            only=self.view,
            reviewer=self.reviewer,
            limit=LIMIT,
        )
        self.counted = self.services.feedback.counted(self.deployment_id)
        self.move(0)

    @property
    def current(self) -> ReviewItem | None:
        """The item that is shown."""
        return self.page.items[self.position] if self.page.items else None

    @property
    def place(self) -> str:
        """Where one is in the view."""
        if not self.page.items:
            return ""
        return f"{self.position + 1:,} of {self.page.total:,}"

    @property
    def views(self) -> dict[str, str]:
        """Every view with how much is in it."""
        return {view: f"{words} ({self.counts_of(view):,})" for view, words in VIEWS.items()}

    def counts_of(self, view: View) -> int:
        """Returns how much is in a view."""
        return self.page.counts.get(view, 0)

    @property
    def progress(self) -> tuple[str, float | None]:
        """How far the next training is, in words and as a percentage; None when nobody knows."""
        if self.counted is None:
            return "", None
        have, need = self.counted.corrections, self.counted.needed
        share = None if have is None or not need else 100 * have / need
        return self.counted.sentence, share

    def move(self, by: int) -> None:
        """Goes on or back, never beyond the ends."""
        self.position = max(0, min(self.position + by, len(self.page.items) - 1))

    def draft(self, item: ReviewItem) -> Draft:
        """Returns the item as the reviewer left it."""
        id = item.inference.id
        return Draft(answer=self.drafts.get(id, item.answer or ""), messages=self.questions.get(id))

    def write(self, item: ReviewItem, answer: str) -> None:
        """Keeps an edited answer; one that is as it was is no edit."""
        if answer == item.answer:
            self.drafts.pop(item.inference.id, None)
        else:
            self.drafts[item.inference.id] = answer

    def take_out(self) -> bool:
        """Takes personal data out of the present item; False when there was nothing to take."""
        item = self.current
        if item is None:
            return False
        draft = self.draft(item)
        messages = draft.messages or item.messages
        answer, *turns = self.services.review.take_out(
            [draft.answer, *(turn.content for turn in messages)]
        )
        cleaned = tuple(
            turn.with_(content=text) for turn, text in zip(messages, turns, strict=True)
        )
        if answer == draft.answer and cleaned == messages:
            return False
        self.write(item, answer)
        self.questions[item.inference.id] = cleaned
        return True

    def clean(self, item: ReviewItem) -> bool:
        """Says whether personal data was taken out of an item on this page."""
        return item.inference.id in self.questions

    def decide(self, verdict: ReviewVerdict, *, note: str = "", keeps: bool = False) -> str:
        """Decides about the present item; returns what happened, for people."""
        item = self._there()
        draft = self.draft(item)
        if item.feedback is None:
            return self._correct(item, draft.answer, verdict)
        settles = item.state is ReviewState.DISPUTED
        redacted = self.clean(item) and not keeps
        self.services.review.decide(
            item.feedback.id,
            verdict,
            reviewer=self.reviewer,
            answer=draft.answer,
            messages=None if keeps else draft.messages,
            personal_data="kept" if keeps else "redacted" if redacted else "none",
            note=note,
            settles=settles,
        )
        said = {
            ReviewVerdict.APPROVED: "Approved: it counts now.",
            ReviewVerdict.REJECTED: "Rejected: it is never learnt.",
        }.get(verdict, "Put aside: it needs work.")
        self._done(item, Step(feedback_ids=(item.feedback.id,), settles=settles, text=said))
        return said

    def similar(self) -> list[SimilarAnswer]:
        """Returns answers that the repair of the present one may fit as well."""
        item = self.current
        return [] if item is None else self.services.review.similar(item.inference.id)

    def repair(self, inference_ids: list[str]) -> str:
        """Approves the present correction and applies it to others; returns what happened."""
        item = self._there()
        answer = self.draft(item).answer
        if item.state is not ReviewState.APPROVED:
            self.decide(ReviewVerdict.APPROVED)
        made = self.services.review.repair(inference_ids, answer=answer, reviewer=self.reviewer)
        said = f"{len(made):,} similar {'answer' if len(made) == 1 else 'answers'} repaired."
        ids = tuple(one.feedback_id for one in made)
        self.steps.append(Step(feedback_ids=ids, settles=False, text=said))
        self.read()
        return said

    def undo(self) -> str | None:
        """Takes the newest decision back; None when there is none."""
        if not self.steps:
            return None
        step = self.steps.pop()
        for feedback_id in step.feedback_ids:
            self.services.review.undo(feedback_id, reviewer=self.reviewer, settles=step.settles)
        self.read()
        again = [
            at
            for at, item in enumerate(self.page.items)
            if item.feedback is not None and item.feedback.id in step.feedback_ids
        ]
        if again:
            self.position = again[0]
        said = step.text.partition(":")[0].rstrip(".")  # What followed from it no longer does.
        return f"Taken back: {said[:1].lower()}{said[1:]}."

    def conflicts(self) -> list[CorrectionConflict]:
        """Returns the questions with different approved answers."""
        return self.services.review.conflicts(self.deployment_id) if self.deployment_id else []

    def refuse(self, feedback_id: str) -> None:
        """Rejects one side of a conflict."""
        self.services.review.decide(
            feedback_id, ReviewVerdict.REJECTED, reviewer=self.reviewer, settles=True
        )
        said = "Rejected: it is never learnt."
        self.steps.append(Step(feedback_ids=(feedback_id,), settles=True, text=said))
        self.read()

    def agreement(self) -> AgreementReport | None:
        """Returns how far people agree."""
        return self.services.review.agreement(self.deployment_id) if self.deployment_id else None

    def _correct(self, item: ReviewItem, answer: str, verdict: ReviewVerdict) -> str:
        if verdict is not ReviewVerdict.APPROVED:
            raise Conflict(
                "There is no correction to decide about.",
                hint="Press E, and write what it should have answered.",
            )
        made = self.services.review.repair(
            [item.inference.id], answer=answer, reviewer=self.reviewer
        )
        said = "Corrected and approved: it counts now."
        ids = tuple(one.feedback_id for one in made)
        self._done(item, Step(feedback_ids=ids, settles=False, text=said))
        return said

    def _done(self, item: ReviewItem, step: Step) -> None:
        self.drafts.pop(item.inference.id, None)
        self.questions.pop(item.inference.id, None)
        self.steps.append(step)
        self.read()

    def _there(self) -> ReviewItem:
        if self.current is None:
            raise Conflict("There is nothing here to decide about.")
        return self.current
