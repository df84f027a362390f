"""Situation: what is known about a project when its arms are laid out, and priors for the rest."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from studio.core.costing import answer_cost
from studio.core.costing.arms import ArmKey, Plan
from studio.core.costing.assumptions import JUDGEMENT, SHARE, Sheet
from studio.core.costing.measured import hosted, seconds, spread, words
from studio.domain.charters import Charter, Residency
from studio.domain.costing import Figure, Price
from studio.domain.ladder import RungRun

Range = tuple[float, float, float]
"""Tenth percentile, best guess, ninetieth percentile."""

LORA_LAND = "LoRA Land 2024, table 12 recomputed"
PRIOR_LARGE: Range = (0.40, 0.66, 0.85)
"""Score of a large prompted model: GPT-4's mean over 31 tasks; the spread is a judgement."""
PRIOR_SMALL: Range = (0.25, 0.55, 0.80)
"""Of a small one: the large one's, plus 8 and less 19 points. A judgement from the same table."""
BEST_PRIOR = 0.98
"""No prior promises more."""
UNKNOWN_PRICE: Range = (0.1, 1.0, 10.0)
"""USD for 1,000 answers where no price is known. A judgement."""
UNKNOWN_SECONDS: Range = (1.0, 5.0, 20.0)
"""Seconds of an answer on a machine nobody measured. A judgement."""

CostOf = Callable[[str, float, float], Figure]
"""Model id, tokens in, tokens out → USD for 1,000 answers at a provider."""


@dataclass(frozen=True, kw_only=True)
class Situation:
    """A project's charter, evidence and prices, as of a day."""

    charter: Charter
    best: Mapping[str, RungRun]
    """Arm → its best measured run."""
    prices: Sequence[Price]
    today: date
    horizon_end: date
    cost_of: CostOf
    labelled: int | None = None
    """Examples there are to train on; None when unknown."""
    train_hours: float | None = None
    """Hours the job behind the best local fine-tune took; None when unknown."""

    @property
    def at_home(self) -> bool:
        """True when data stays on the client's own machines."""
        return self.charter.residency is Residency.ON_PREMISES

    @property
    def small(self) -> bool:
        """True when the prompted model is one that runs on this machine or an own one."""
        run = self.best.get("prompt")
        return self.at_home if run is None else not hosted(run)

    def blocked(self, ends: date | None, place: str) -> str:
        """Returns why a place that others run cannot carry the arm, or nothing."""
        if self.at_home:
            return f"The charter keeps data on the client's own machines; {place} is not one."
        if ends is not None and ends < self.horizon_end:
            return (
                f"{place} is switched off on {ends}, before the horizon ends on"
                f" {self.horizon_end}. Measure a model that stays."
            )
        return ""


def add_score(
    sheet: Sheet, key: ArmKey, title: str, run: RungRun | None, prior: Range, source: str
) -> None:
    """Adds an arm's share of right answers: measured, else a prior that says so."""
    low, value, high = prior if run is None else spread(run)
    sheet.add(
        f"{key}.score",
        f"Share of right answers: {title}",
        value,
        SHARE,
        source if run is None else words(run),
        low=low,
        high=high,
        at="" if run is None else f"{run.finished_at or run.created_at:%Y-%m-%d}",
    )


def lifted(sheet: Sheet, lift: Range) -> Range:
    """Returns the prior of an arm that is so many points above the prompted one."""
    base = sheet["prompt.score"]
    low, mid, high = (min(max(base + points, 0.0), max(base, BEST_PRIOR)) for points in lift)
    return low, mid, high


def add_seconds(sheet: Sheet, key: ArmKey, run: RungRun | None, *, slower: float = 1.0) -> None:
    """Adds how long an answer keeps a machine busy, from a run on a machine like this one."""
    measured = None if run is None else seconds(run)
    low, mid, high = UNKNOWN_SECONDS
    source = JUDGEMENT
    if measured is not None:
        mid = measured * slower
        low, high = mid / 2, mid * 1.5
        source = "measured here, one answer at a time"
        if slower != 1.0:
            source += f"; times {slower:g} for longer prompts, a judgement"
    sheet.add(
        f"{key}.seconds", "Machine time of an answer", mid, "seconds", source, low=low, high=high
    )


def answered(
    sheet: Sheet,
    situation: Situation,
    plan: Plan,
    model_id: str,
    run: RungRun | None,
    *,
    slower: float = 1.0,
) -> Plan:
    """Adds what answers of a named model cost; returns the plan with who answers, and until when.

    Args:
        sheet: where to.
        situation: the project.
        plan: the arm so far.
        model_id: the model, at an endpoint or on this machine.
        run: the measured run that shows how large and slow its answers are, of this arm or a
            lower one.
        slower: by how much more than in that run an answer takes.
    """
    wanted = answer_cost.named(model_id)
    if wanted is None:
        add_seconds(sheet, plan.key, run, slower=slower)
        return replace(plan, serving="machine")
    tokens = sheet["tokens.in"]
    if plan.measured and run is not None and run.prompt_tokens is not None:
        tokens = run.prompt_tokens
    elif plan.with_rag:
        tokens += sheet["rag.tokens_passages"]
    found = situation.cost_of(model_id, tokens, sheet["tokens.out"])
    low, mid, high = UNKNOWN_PRICE
    source, warnings = f"{JUDGEMENT}: {found.basis}", plan.warnings
    if found.mid is not None:
        mid, source = (
            found.mid,
            f"{tokens:,.0f} tokens in, {sheet['tokens.out']:,.0f} out; {found.basis}",
        )
        low, high = mid * 0.8, mid * 1.25
    elif not sheet.edited(f"{plan.key}.usd_per_1000"):
        warnings = (*warnings, f"{plan.title}: {found.basis}. Until then {mid:g} USD is assumed.")
    sheet.add(
        f"{plan.key}.usd_per_1000",
        f"1,000 answers: {plan.title}",
        mid,
        "USD per 1,000",
        source,
        low=low,
        high=high,
    )
    rates = answer_cost.rates(situation.prices, wanted)
    ends = (
        None
        if rates is None
        else min((p.shutdown_date for p in rates if p.shutdown_date), default=None)
    )
    blocked = situation.blocked(ends, wanted.model)
    return replace(plan, serving="tokens", blocked_because=blocked, warnings=warnings)
