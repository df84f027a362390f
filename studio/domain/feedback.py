"""Inference: one answered request; Feedback: a thumb or comment on it, or the answer to learn."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Literal

from studio.domain.datasets import Message, RefusedRow
from studio.domain.deployments import Variant
from studio.domain.evaluation import Decoding
from studio.domain.values import Value


class Source(StrEnum):
    """Where feedback came from."""

    STUDIO = "studio"
    """The playground, or another page of the studio."""
    LINK = "link"
    """The feedback page of a deployment."""
    API = "api"
    """A program, at `/v1`."""
    IMPORT = "import"
    """A file of past feedback."""
    REPAIR = "repair"
    """A reviewer's repair of another answer, applied to this one as well."""


class Inference(Value):
    """One answered request, kept as it was."""

    id: str
    project_id: str
    model_id: str
    model_name: str
    messages: tuple[Message, ...]
    """As the client sent them, before a deployment put anything around them."""
    decoding: Decoding
    output: str
    prompt_tokens: int | None = None
    output_tokens: int | None = None
    seconds: float | None = None
    metadata: dict[str, str] = {}
    """What the client that asked wants to find it by; empty for answers asked for in the studio."""
    deployment_id: str | None = None
    """Deployment that was asked; None when a model was asked directly."""
    revision_id: str | None = None
    variant: Variant | None = None
    """Slot whose revision answered."""
    session: str = ""
    """Conversation or user it belongs to, as the client names it; decides who answers."""
    error: str = ""
    """Why there is no answer; empty when there is one."""
    created_at: datetime


class Feedback(Value):
    """What a person said about an answer. Append-only: a changed mind is a new row."""

    id: str
    inference_id: str
    thumb_up: bool | None = None
    """True up, False down, None when only a comment or correction was given."""
    correction: str | None = None
    """The answer it should have been."""
    comment: str | None = None
    rater: str
    source: Source = Source.STUDIO
    created_at: datetime


class Preference(Value):
    """Which of two answers to the same question a person took."""

    id: str
    inference_a: str
    inference_b: str
    winner: Literal["a", "b", "tie", "both_bad"]
    shown_first: Literal["a", "b"]
    blind: bool
    """True when it was not shown who gave which answer."""
    rater: str
    comment: str = ""
    created_at: datetime


class Counted(Value):
    """What a piece of feedback counted towards, told to whoever gave it."""

    deployment: str | None = None
    """Name of the deployment; None when a model was asked directly."""
    corrections: int | None = None
    """Approved corrections that wait for the next training; None without a deployment."""
    pending: int | None = None
    """Corrections that still wait for a review."""
    needed: int | None = None
    """Corrections with which the next training may begin; None without a policy."""
    sentence: str
    """The same for people: `37 of 100 approved corrections towards the next training`."""


class Imported(Value):
    """What became of the rows of a file of past feedback; every row is in one of the three."""

    kept: int
    repeated: int
    """Rows that say what is kept already, from this file or an earlier one."""
    refused: tuple[RefusedRow, ...] = ()
    """By line."""


class ReviewVerdict(StrEnum):
    """What a reviewer decided about a correction."""

    APPROVED = "approved"
    REJECTED = "rejected"
    NEEDS_WORK = "needs_work"
    WITHDRAWN = "withdrawn"
    """The reviewer took the decision back; the correction waits again."""


class Review(Value):
    """A reviewer's decision about one correction. Append-only; a reviewer's latest counts."""

    id: str
    feedback_id: str
    """The Feedback that holds the correction."""
    verdict: ReviewVerdict
    answer: str | None = None
    """The answer to learn where the reviewer edited it; None: as it was given."""
    messages: tuple[Message, ...] | None = None
    """The question with personal data taken out; None: as it was asked."""
    personal_data: Literal["none", "redacted", "kept"] = "none"
    """What the scan saw: nothing, what was taken out, or what a person decided to keep."""
    reviewer: str
    note: str = ""
    settles: bool = False
    """Given in sight of what others decided: ends their disagreement, and is no second opinion."""
    created_at: datetime


class ApprovedCorrection(Value):
    """A correction that may be learnt from, as it counts now."""

    feedback_id: str
    inference_id: str
    deployment_id: str
    prompt_hash: str
    """Hash of the normalised question: the unit of splitting and of counting."""
    messages: tuple[Message, ...]
    """The question, redacted where the reviewer did."""
    answer: str
    """The answer to learn."""
    original: str
    """The answer it corrects."""
    rater: str
    reviewer: str
    created_at: datetime
    """When the correction was given."""
    approved_at: datetime
