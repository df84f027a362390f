"""A plan as the form shows it: bars, ranges and lists, with what is not known said to be so."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from studio.domain.training import Plan
from studio.ui.pages import figures


@dataclass(frozen=True, kw_only=True)
class NeedBar:
    """Something needed against what is there."""

    label: str
    share: float | None
    """Needed over available, 1 and more when it does not fit; None when either is not known."""
    text: str

    @property
    def tone(self) -> Literal["plain", "good", "warning", "bad"]:
        """`good` with room to spare, `warning` when tight, `bad` when it does not fit."""
        if self.share is None:
            return "plain"
        return "bad" if self.share > 1 else "warning" if self.share > 0.85 else "good"

    @property
    def verdict(self) -> str:
        """The tone in a word, so that colour is not alone."""
        words = {"plain": "not known", "bad": "does not fit", "warning": "tight", "good": "fits"}
        return words[self.tone]


def bars(plan: Plan) -> list[NeedBar]:
    """Memory and disk; nothing where another server has to have them."""
    made = [
        _bar("Memory", plan.memory_needed, plan.memory_available),
        _bar("Disk", plan.disk_needed, plan.disk_available),
    ]
    return [] if plan.disclosure is not None else made


def lines(plan: Plan) -> list[tuple[str, str]]:
    """Everything else the run will need, as label and value."""
    shown = [
        ("Device", plan.device),
        ("Duration", figures.duration_range(plan.seconds_low, plan.seconds_high)),
        ("Training examples", figures.count(plan.train_examples)),
        ("Validation examples", figures.count(plan.validation_examples)),
        ("Tokens, once through", figures.count(plan.train_tokens)),
        ("Tokens billed", _billed(plan)),
        ("Steps", figures.count(plan.total_steps)),
        ("Provider's price", price(plan)),
    ]
    return [(label, value or figures.UNKNOWN) for label, value in shown]


def price(plan: Plan) -> str:
    """What the provider asks for; nothing for a run on this machine, unknown said to be so."""
    if plan.usd is not None:
        return f"{figures.usd(plan.usd)} before tax"
    return (
        figures.UNKNOWN if plan.usd_basis or plan.disclosure is not None else "none: it runs here"
    )


def _billed(plan: Plan) -> str:
    if plan.billed_tokens is not None:
        return figures.count(plan.billed_tokens)
    return figures.UNKNOWN if plan.disclosure is not None else "none"


def _bar(label: str, needed: int | None, available: int | None) -> NeedBar:
    share = needed / available if needed is not None and available else None
    text = f"{figures.size(needed)} needed, {figures.size(available)} free"
    return NeedBar(label=label, share=share, text=text)
