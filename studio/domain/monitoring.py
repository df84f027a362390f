"""Traffic: what a deployment did over a window; DriftReport: how its questions moved; Alert."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Literal, Protocol

from pydantic import Field

from studio.domain.values import Value


class Rate(Value):
    """A share with its 95 % Wilson interval."""

    k: int
    n: int
    value: float | None = None
    """None when nothing was observed."""
    low: float = 0.0
    high: float = 1.0


class Traffic(Value):
    """What one deployment, or one revision of it, did between two moments."""

    deployment_id: str
    revision_id: str | None = None
    """None: all of them."""
    start: datetime
    end: datetime
    answers: int
    errors: int
    input_tokens: int | None
    """None when some answer's were not told."""
    output_tokens: int | None
    latency_p50: float | None
    """Seconds, from a histogram with 64 logarithmic buckets; None when nothing was timed."""
    latency_p95: float | None
    cost_usd: Decimal | None
    """None when the price of some answer is not known."""
    cost_unknown: int
    """Answers without a known cost."""
    thumbs: Rate
    """Share of rated answers that were liked; the latest word of each rater counts."""
    rated: Rate
    """Share of answers that anybody rated."""
    corrections: int


class TrafficPoint(Value):
    """One step of a chart."""

    at: datetime
    answers: int
    errors: int
    up: int
    down: int
    latency_p95: float | None


class DriftReport(Value):
    """How far one feature of the questions or answers moved from its reference window."""

    id: str
    deployment_id: str
    feature: str
    """For example `prompt_length`, `output_length`, `script`, `topic`."""
    reference_start: datetime
    reference_end: datetime
    current_start: datetime
    current_end: datetime
    n_reference: int
    n_current: int
    psi: float | None
    """Population stability index; None below 200 in either window."""
    watch: float = 0.10
    act: float = 0.25
    level: Literal["unknown", "stable", "watch", "act"]
    sentence: str
    created_at: datetime


class AlertRule(Value):
    """Who hears of what."""

    id: str
    project_id: str
    channel: Literal["webhook", "email"]
    address: str
    """URL, or e-mail address."""
    events: tuple[str, ...] = ()
    """Names of what is told, for example `rolled_back`; empty: everything."""
    enabled: bool = True
    created_at: datetime


class Alert(Value):
    """One thing that was told, or is still to be told."""

    id: str
    rule_id: str
    deployment_id: str | None
    event: str
    """Name, for example `rolled_back`, `gate_failed`, `awaiting_approval`, `drift`."""
    sentence: str
    details: dict[str, str | float | int | None] = {}
    status: Literal["waiting", "sent", "failed"] = "waiting"
    tries: int = Field(default=0, ge=0)
    error: str = ""
    created_at: datetime
    sent_at: datetime | None = None


class Post(Value):
    """A message as it goes to a web address."""

    url: str
    headers: dict[str, str]
    body: str


class MailServer(Value):
    """Where letters are handed in."""

    host: str
    port: int = 587
    user: str = ""
    sender: str


class Letter(Value):
    """A message as it goes by e-mail."""

    sender: str
    to: str
    subject: str
    message_id: str
    text: str


class Messenger(Protocol):
    """What carries messages away from this machine.

    Both raise BackendUnavailable for trouble that may pass, InvalidInput for a refusal that stays.
    """

    def post(self, post: Post) -> None:
        """Sends a body to a web address; redirects are not followed."""

    def mail(self, server: MailServer, password: str | None, letter: Letter) -> None:
        """Hands a letter to a mail server."""


class AnswerSeen(Value):
    """What is told of one answer over OpenTelemetry: numbers and names, no text."""

    asked: str
    """What the client called: a deployment's name, or a model's."""
    model: str
    """Model that answered."""
    provider: str
    """`ladder_studio` for this machine, else the endpoint's name."""
    seconds: float | None
    prompt_tokens: int | None
    output_tokens: int | None
    failed: bool


class Judgement(Value):
    """What is told of one thumb, or of one check of a gate."""

    name: str
    """`thumb`, or the name of the check."""
    label: str
    """`up` or `down`, or the check's verdict."""
    value: float | None = None
    answer_id: str = ""
    explanation: str = ""
    """The check's own sentence; never what a person wrote."""
    at: datetime


class Telemetry(Protocol):
    """What carries numbers to a collector; it never waits for the network."""

    def answered(self, seen: AnswerSeen) -> None:
        """Counts one answer."""

    def judged(self, judgement: Judgement) -> None:
        """Tells one thumb, or one check of a gate."""

    def close(self) -> None:
        """Sends what is left and ends."""
