"""Price, Estimate beside its Actual, and what the arms of a decision cost and return."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Literal

from pydantic import Field

from studio.domain.values import Value

STALE_DAYS = 90
"""A price older than this is shown with a warning. A judgement."""

PriceKind = Literal[
    "gpu_on_demand",
    "ft_training",
    "ft_inference",
    "ft_hosting",
    "inference_api",
    "labelling",
    "power",
    "throughput",
    "engineering",
]


class Price(Value):
    """One price with its date and source; an override by the user keeps the original beside it."""

    id: str
    """Stable over releases: made of kind, provider, item and unit."""
    kind: PriceKind
    provider: str
    item: str
    unit: str
    """What one price buys, for example `1M tokens`, `GPU-hour`, `item`."""
    usd: Decimal | None = None
    low: Decimal | None = None
    high: Decimal | None = None
    gpu_count: int | None = None
    usd_per_gpu_hour: Decimal | None = None
    value: float | None = None
    """Tokens per second, for throughput rows."""
    price_date: str = ""
    """YYYY, YYYY-MM or YYYY-MM-DD; empty when undated."""
    date_note: str = ""
    shutdown_date: date | None = None
    """Last day the priced thing can be used."""
    source: str = ""
    verified: str = ""
    """How good the source is: primary, primary-derived, secondary, unreliable …"""
    notes: str = ""
    overridden: bool = False
    """True when a person put in their own figure."""
    original_usd: Decimal | None = None
    """What the table says, when overridden."""
    age_days: int | None = None
    """Days since the price's date, a missing day or month counted from its first; None: undated."""

    @property
    def stale(self) -> bool:
        """True when the price is old or undated, so that a warning belongs beside it."""
        return not self.overridden and (self.age_days is None or self.age_days > STALE_DAYS)


class Figure(Value):
    """A number that is not exact: what it may be, and where it comes from."""

    low: float | None = None
    mid: float | None = None
    """Best guess; None when nothing is known."""
    high: float | None = None
    unit: str
    basis: str
    """For example `measured here on 3 runs`, `AWS price of 2026-07-20`, `a prior`."""


EstimateKind = Literal["memory_bytes", "seconds", "tokens", "usd"]


class Estimate(Value):
    """What was expected of one piece of work, and what came of it."""

    id: str
    project_id: str
    kind: EstimateKind
    subject: Literal["job", "rung_run"]
    subject_id: str
    family: str
    """Works of one family are alike enough to learn from: backend, method, base model."""
    low: float | None = None
    mid: float | None = None
    high: float | None = None
    basis: str
    factor: float = 1.0
    """What low, mid and high were multiplied with because earlier estimates had been off."""
    actual: float | None = None
    """None until the work has ended and the figure was measured."""
    created_at: datetime
    actual_at: datetime | None = None


class ErrorRecord(Value):
    """How far the studio's own estimates of one family were off."""

    kind: EstimateKind
    family: str
    n: int
    mape: float
    """Mean absolute error as a share of the actual."""
    bias: float
    """Mean of (estimate - actual) / actual: below 0 means promised too little."""
    within: float
    """Share of actuals between low and high."""
    factor: float
    """What the next estimate of this family is multiplied with: median of actual / estimate."""


class MemoryTerm(Value):
    """One part of the memory a run takes."""

    name: str
    bytes: int
    how: str
    """The formula, with its numbers."""


class MemoryEstimate(Value):
    """Memory of training at its peak, per device."""

    terms: tuple[MemoryTerm, ...]
    total: int
    """Bytes by the training framework's own counters."""
    context: int
    """Bytes the device's driver takes beside it."""
    verdict: Literal["fits", "uncertain", "does_not_fit", "unknown"]
    """Unknown when the device's memory is not known."""
    available: int | None = None


class MethodOption(Value):
    """One way to fine-tune, as the readiness step lists it."""

    backend: str
    """`local`, a GPU to rent, or a provider."""
    method: Literal["full", "lora", "qlora"]
    model: str
    device: str
    memory: MemoryEstimate | None = None
    """None for hosted backends: the provider's business."""
    duration: Figure
    """Seconds of training."""
    training_cost: Figure
    """USD for one run."""
    serving_cost_month: Figure
    """USD a month to keep it answering."""
    shutdown_date: date | None = None
    blocked_because: str = ""
    """Empty when it can be started."""
    warnings: tuple[str, ...] = ()


class Assumption(Value):
    """One number a decision rests on; every one can be edited."""

    key: str
    """For example `labelling.unit_cost`."""
    title: str
    value: float
    low: float
    """Tenth percentile, for tornado and simulation."""
    high: float
    """Ninetieth percentile."""
    unit: str
    source: str
    """Where it comes from: charter, measured, a price with date, or judgement."""
    at: str = ""
    """Its date, as the source gives it."""
    owner: str = ""
    """Who stands for it at the client."""
    edited: bool = False


class PriceOverride(Value):
    """A person's own figure for a price; the original stays in the table beside it."""

    id: str
    """Id of the price."""
    usd: Decimal = Field(ge=0)
    at: datetime


class AssumptionEdit(Value):
    """What somebody put in for one assumption of a project."""

    project_id: str
    key: str
    value: float = Field(allow_inf_nan=False)
    low: float | None = Field(default=None, allow_inf_nan=False)
    """Tenth percentile; None keeps the spread of the assumption it replaces."""
    high: float | None = Field(default=None, allow_inf_nan=False)
    source: str = ""
    owner: str = ""
    at: datetime


class Arm(Value):
    """One of the decisions compared: stay, prompt, RAG, local tune, hosted tune."""

    key: Literal["stay", "prompt", "rag", "fine_tune_local", "fine_tune_hosted"]
    title: str
    score: float | None = None
    """Share of right answers; None: unknown."""
    measured: bool = False
    """False: the score is a prior."""
    capex: float
    """Money spent before the first month."""
    opex: tuple[float, ...]
    """Cost of each month."""
    benefit: tuple[float, ...]
    """Return of each month against staying."""
    lines: tuple[tuple[str, float], ...] = ()
    """What capex and the first month's cost are made of."""
    blocked_because: str = ""
    """For example a provider's end before the horizon."""


class Returns(Value):
    """What an arm is worth over the horizon, against staying."""

    arm: Arm
    cash_flow: tuple[float, ...]
    """Month 0 is the investment, then one figure a month."""
    tco: float
    """Total cost over the horizon, undiscounted."""
    npv: float
    irr_month: float | None = None
    """None when the cash flow changes sign more or less than once."""
    mirr_month: float | None = None
    roi: float | None = None
    """(benefits - costs) / costs, undiscounted."""
    payback_month: int | None = None
    """First month in which the sum is not negative; None: never."""
    discounted_payback_month: int | None = None
    break_even_requests: float | None = None
    """Requests a month from which the net present value is not negative; None: at no volume."""


class TornadoBar(Value):
    """How far one assumption alone moves the result."""

    key: str
    title: str
    low_npv: float
    """Net present value with the assumption at its tenth percentile."""
    high_npv: float
    """The same at its ninetieth percentile."""


class Simulation(Value):
    """Seeded Monte Carlo over the assumptions."""

    draws: int
    seed: int
    correlation: float
    """Correlation between the benefits' assumptions; 0 draws them independently."""
    p10: float
    p50: float
    p90: float
    probability_of_loss: float
    histogram: tuple[tuple[float, int], ...] = ()
    """Left edge and count of equally wide bins of the net present value."""


class Case(Value):
    """The business case of a project, complete with what it rests on."""

    currency: str
    horizon_months: int
    annual_rate: float = Field(ge=0)
    """Discount rate a year; months compound to it."""
    requests_month: float
    break_even_accuracy: float | None
    """Score below which an answer without a check loses money; None when values are unknown."""
    assumptions: tuple[Assumption, ...]
    arms: tuple[Returns, ...]
    best: str
    """Key of the arm with the highest net present value among those not blocked."""
    subject: str = ""
    """Key of the arm that tornado and simulations are about: the best other than staying."""
    tornado: tuple[TornadoBar, ...]
    """Widest first."""
    simulation: Simulation
    correlated: Simulation
    """The same with the benefits' assumptions moving together."""
    warnings: tuple[str, ...] = ()
