"""ReviewItem: a correction in the queue, and all that a reviewer needs to decide about it."""

from __future__ import annotations

from enum import StrEnum
from typing import Literal, get_args

from studio.domain.datasets import Message
from studio.domain.feedback import Feedback, Inference, Review
from studio.domain.values import Value

Order = Literal["useful", "newest", "oldest"]
"""How the queue is sorted; `useful` puts what is uncertain and often asked first."""

View = Literal["open", "needs_work", "disputed", "thumbs_down", "approved", "rejected"]
"""Parts of the queue; `thumbs_down` are answers that were disliked and not corrected."""
VIEWS: tuple[View, ...] = get_args(View)

Where = Literal["question", "answer"]


class ReviewState(StrEnum):
    """Where a correction stands between all that was said of it."""

    WAITING = "waiting"
    """Nobody decided yet."""
    NEEDS_WORK = "needs_work"
    """A reviewer, or a rule that saw something odd, wants it looked at with more care."""
    APPROVED = "approved"
    REJECTED = "rejected"
    DISPUTED = "disputed"
    """Reviewers disagree; it counts for nothing until somebody settles it."""


class Finding(Value):
    """Personal data or a secret that the patterns see in what would be learnt."""

    kind: str
    where: Where
    excerpt: str
    """Its first characters; the rest is masked."""


class Doubt(Value):
    """Why a correction from a stranger is looked at with more care."""

    name: str
    sentence: str
    """For people."""


class ReviewItem(Value):
    """One correction, as a reviewer sees it."""

    inference: Inference
    feedback: Feedback | None = None
    """The correction; None for a thumb down that came without one."""
    state: ReviewState = ReviewState.WAITING
    answer: str = ""
    """The answer that would be learnt, as it counts now."""
    messages: tuple[Message, ...] = ()
    """The question that would be learnt with it."""
    findings: tuple[Finding, ...] = ()
    """Block an approval until they are taken out, or kept with a note."""
    doubts: tuple[Doubt, ...] = ()
    reviews: tuple[Review, ...] = ()
    """Words that count now; hidden from whoever is asked for a second opinion."""
    second: bool = False
    """One of those that are asked of a second reviewer."""
    asked: int | None = None
    """How often the same question was asked lately; None when that was not counted."""
    up: int = 0
    down: int = 0
    """Thumbs on answers to the same question."""
    edit: float = 0.0
    """How much of the answer was changed: 0 nothing, 1 everything."""
    why: str = ""
    """Why it stands where it stands in the queue, for people."""


class ReviewPage(Value):
    """A part of the queue."""

    items: tuple[ReviewItem, ...]
    total: int
    """Items in this view."""
    counts: dict[str, int]
    """Items in every view, by its name."""


class CorrectionConflict(Value):
    """One question with different approved answers; none of them is learnt."""

    prompt_hash: str
    messages: tuple[Message, ...]
    items: tuple[ReviewItem, ...]


class Agreement(Value):
    """How far people agree who judged the same things."""

    about: Literal["reviews", "thumbs"]
    n: int
    """Things that at least two people judged."""
    percent: float | None = None
    alpha: float | None = None
    """Krippendorff's; None where it is not defined."""
    ac1: float | None = None
    """Gwet's first-order coefficient."""
    sentence: str


class AgreementReport(Value):
    """Agreement on a deployment's corrections and thumbs, and what follows from it."""

    reviews: Agreement
    thumbs: Agreement
    blocks: bool = False
    """No automatic retraining: reviewers agree too little."""
    asks: bool = False
    """A person must approve every cycle: reviewers agree only moderately."""
    sentence: str
    """What follows, for people."""


class SimilarAnswer(Value):
    """Another answer that one repair may fit as well."""

    inference: Inference
    same: bool
    """The same answer after normalisation; otherwise nearly."""
    ratio: float
    """Likeness of the answers, 0 to 1."""
    question: float
    """Likeness of the questions, 0 to 1."""
