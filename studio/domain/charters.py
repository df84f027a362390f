"""Charter: what a client wants, what it is worth, what must not happen, and who signed it."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Literal

from pydantic import Field

from studio.domain.values import Value


class UseCase(StrEnum):
    """What the model is for; each has a template with words, metric and defaults of its own."""

    SUPPORT = "support"
    LEGAL = "legal"
    MEDICAL_NOTES = "medical_notes"
    CODE = "code"
    EXTRACTION = "extraction"
    TONE = "tone"
    CLASSIFICATION = "classification"
    SUMMARISING = "summarising"
    QUESTIONS = "questions"
    """Questions answered from a body of documents."""
    OTHER = "other"


class Residency(StrEnum):
    """Where the client's data may be."""

    ANYWHERE = "anywhere"
    REGION = "region"
    """In the client's own legal region only."""
    ON_PREMISES = "on_premises"
    """On the client's own machines only."""


Metric = Literal["accuracy", "exact_match", "contains", "token_f1", "rouge_l"]
"""Success metrics of the ladder; each answer is worth 0 to 1 by it, see `evaluation.SCORES`."""


class Stakeholder(Value):
    """Somebody who has a say."""

    name: str
    role: str = ""


class SignOff(Value):
    """Who agreed to this version of the charter, and when."""

    name: str
    role: str = ""
    at: datetime


class Charter(Value):
    """One version of what was agreed with a client; a signed one never changes again.

    Money is in the charter's currency. A figure nobody knows is None, never 0.
    """

    id: str
    project_id: str
    number: int = 1
    """1, 2, 3 … within the project; editing a signed charter begins the next number."""
    client: str = ""
    use_case: UseCase = UseCase.OTHER
    objective: str = ""
    """One or two sentences: what should be better afterwards."""
    metric: Metric | None = None
    """What counts as success; None until somebody has decided."""
    target: float | None = Field(default=None, ge=0, le=1)
    """Score of that metric from which the client would use it."""
    currency: str = "USD"
    success_value: Decimal | None = Field(default=None, ge=0)
    """What one right answer is worth."""
    escalation_cost: Decimal | None = Field(default=None, ge=0)
    """What one wrong answer costs when a person catches it."""
    churn_cost: Decimal | None = Field(default=None, ge=0)
    """What one wrong answer costs when nobody catches it."""
    churn_probability: float | None = Field(default=None, ge=0, le=1)
    """Share of wrong answers that nobody catches."""
    requests_month: int | None = Field(default=None, ge=0)
    tokens_in: int | None = Field(default=None, ge=0)
    """Tokens of one request, instructions included; None: taken from the examples."""
    tokens_out: int | None = Field(default=None, ge=0)
    gdpr: bool = False
    hipaa: bool = False
    residency: Residency = Residency.ANYWHERE
    p95_ms: int | None = Field(default=None, ge=1)
    """Nineteen of twenty answers must be there after so many milliseconds."""
    budget: Decimal | None = Field(default=None, ge=0)
    deadline: date | None = None
    horizon_months: int = Field(default=12, ge=1, le=120)
    """How far ahead costs and returns are counted."""
    stakeholders: tuple[Stakeholder, ...] = ()
    signed: SignOff | None = None
    created_at: datetime
    changed_at: datetime


class Template(Value):
    """Where a charter for a use case begins."""

    use_case: UseCase
    title: str
    objective: str
    """A sentence to be edited, not a slogan."""
    metric: Metric
    target: float
    system_prompt: str
    """Instructions the prompt rung begins with."""
    task_type: str
    """Task as the dataset-size table names it, see `core.ladder.readiness`."""
    watch_out: str
    """What goes wrong most often in such projects, in one sentence."""
