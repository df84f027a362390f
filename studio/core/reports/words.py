"""How the report writes figures and names; what is unknown is written as unknown."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from studio.domain.costing import Figure
from studio.domain.evaluation import Score
from studio.domain.ladder import FailureKind, Rung

UNKNOWN = "unknown"

RUNGS: dict[Rung, str] = {
    Rung.STAY: "Stay as you are",
    Rung.PROMPT: "Prompting",
    Rung.FEW_SHOT: "Few-shot prompting",
    Rung.LONG_CONTEXT: "All documents in the prompt",
    Rung.RAG: "Retrieval (RAG)",
    Rung.FINE_TUNE: "Fine-tuning",
    Rung.RAG_FINE_TUNE: "Retrieval and fine-tuning",
}

FAILURES: dict[FailureKind, str] = {
    FailureKind.CONTEXT: "did not know",
    FailureKind.BEHAVIOUR: "did not do as asked",
    FailureKind.CAPABILITY: "cannot do it",
    FailureKind.FINE: "not wrong after all",
}


def share(value: float | None) -> str:
    """Returns a share in percent."""
    return UNKNOWN if value is None else f"{value:.1%}"


def points(value: float | None) -> str:
    """Returns a difference of shares in points, with its sign."""
    return UNKNOWN if value is None else f"{100 * value:+.1f} points"


def score(found: Score | None) -> str:
    """Returns a score with its interval and the number of examples."""
    if found is None:
        return "not measured"
    if found.low is None or found.high is None:
        return f"{found.value:.1%} (n = {found.n})"
    return f"{found.value:.1%} ({found.low:.1%} to {found.high:.1%}, n = {found.n})"


def p_value(value: float | None) -> str:
    """Returns a p-value with as many digits as mean something."""
    if value is None:
        return UNKNOWN
    return "< 0.0001" if value < 0.0001 else f"{value:.4f}"


def money(value: float | Decimal | None, currency: str) -> str:
    """Returns an amount; cents only where they matter."""
    if value is None:
        return UNKNOWN
    amount = float(value)
    return f"{amount:,.0f} {currency}" if abs(amount) >= 100 else f"{amount:,.2f} {currency}"


def figure(found: Figure | None) -> str:
    """Returns an uncertain number with its range and basis."""
    if found is None or found.mid is None:
        return UNKNOWN
    if found.low is None or found.high is None or found.low == found.high:
        return f"{found.mid:,.4g} {found.unit} ({found.basis})"
    return f"{found.mid:,.4g} {found.unit}, {found.low:,.4g} to {found.high:,.4g} ({found.basis})"


def seconds(value: float | None) -> str:
    """Returns a duration."""
    if value is None:
        return UNKNOWN
    if value < 1:
        return f"{1000 * value:.0f} ms"
    return f"{value:.1f} s" if value < 90 else f"{value / 60:.0f} min"


def estimate(kind: str, value: float | None) -> str:
    """Returns an estimate or an actual in the unit of its kind."""
    if value is None:
        return UNKNOWN
    if kind == "memory_bytes":
        return f"{value / 1e9:.2f} GB"
    if kind == "seconds":
        return seconds(value)
    return money(value, "USD") if kind == "usd" else f"{value:,.0f}"


def moment(at: datetime | None) -> str:
    """Returns a moment in UTC."""
    return UNKNOWN if at is None else at.strftime("%Y-%m-%d %H:%M UTC")


def yes(value: bool) -> str:
    """Returns yes or no."""
    return "yes" if value else "no"
