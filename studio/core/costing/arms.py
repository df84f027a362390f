"""Arms: what each decision costs and brings, as formulas that take numbers or arrays of draws."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, get_args

import numpy as np

ArmKey = Literal["stay", "prompt", "rag", "fine_tune_local", "fine_tune_hosted"]

Numbers = Any
"""A float, or an array with one number for each draw of a simulation."""

Values = Mapping[str, Numbers]
"""Key of an assumption → its number or its draws."""

KEYS: tuple[ArmKey, ...] = get_args(ArmKey)


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What an arm consists of."""

    key: ArmKey
    title: str
    serving: Literal["none", "tokens", "machine", "gpu", "dedicated"]
    """Who answers: a provider by the token, a machine like this one, a GPU, a GPU at a provider."""
    measured: bool = False
    with_rag: bool = False
    training: Literal["none", "machine", "gpu", "provider"] = "none"
    blocked_because: str = ""
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Money:
    """An arm's money at full running, before anything is discounted."""

    capex: Numbers
    opex: Numbers
    """A month."""
    benefit: Numbers
    """A month, against staying."""
    delay: Numbers
    """Months until it answers."""


def money(plan: Plan, v: Values) -> Money:
    """Returns what an arm costs and brings."""
    if plan.key == "stay":
        return Money(capex=0.0, opex=v["stay.cost_month"], benefit=0.0, delay=0.0)
    return Money(
        capex=sum(amount for _, amount in capex(plan, v)),
        opex=sum(amount for _, amount in month(plan, v)),
        benefit=benefit(plan, v),
        delay=v[f"{plan.key}.months_to_live"],
    )


def benefit(plan: Plan, v: Values) -> Numbers:
    """Returns what a month brings against staying.

    Staying without a model is worth as much as a model at the break-even score, so that score
    stands in where no score of today is known: `score * (g + c) - c` for each request.
    """
    right, wrong = v["answer.success_value"], failure(v)
    score, requests = v[f"{plan.key}.score"], v["requests.month"]
    today = v["stay.score"] * (right + wrong) if "stay.score" in v else wrong
    minutes = v["labour.minutes"] * score * requests
    return (
        (score * (right + wrong) - today) * requests
        + v["stay.cost_month"]
        + minutes / 60 * v["labour.hour"]
        + (v["latency.value_month"] if plan.training != "none" else 0.0)
    )


def failure(v: Values) -> Numbers:
    """Returns what a wrong answer costs on average."""
    unnoticed = v["answer.churn_probability"]
    return (1 - unnoticed) * v["answer.escalation_cost"] + unnoticed * v["answer.churn_cost"]


def capex(plan: Plan, v: Values) -> list[tuple[str, Numbers]]:
    """Returns what is spent before the first month, part by part, in the charter's currency."""
    days = v[f"{plan.key}.eng_days"]
    if plan.with_rag and plan.key != "rag":
        days = days + v["rag.eng_days"]
    parts = [
        ("Evaluation set", v["evaluation.cost"]),
        ("Engineering", days * v["engineering.day_rate"]),
        ("Integration", v["integration.days"] * v["engineering.day_rate"]),
    ]
    if plan.training != "none":
        parts[:0] = [("Labels with their check", v["labels.count"] * label(v))]
        parts.append(("Training", v["training.runs"] * training(plan, v)))
    return [(title, amount * v.get("currency.per_usd", 1.0)) for title, amount in parts]


def month(plan: Plan, v: Values) -> list[tuple[str, Numbers]]:
    """Returns what a month costs, part by part, in the charter's currency."""
    parts = [_answering(plan, v), ("Monitoring", v["monitoring.month"])]
    if plan.with_rag:
        parts.append(("Keeping documents searchable", v["rag.hosting_month"]))
    if plan.training != "none":
        again = (
            training(plan, v)
            + v["retrain.labels"] * label(v)
            + v["retrain.days"] * v["engineering.day_rate"]
        )
        parts.append(("Retraining", again / v["retrain.cycle_months"]))
        parts.append(("Drift evaluation", v["drift.month"]))
    return [(title, amount * v.get("currency.per_usd", 1.0)) for title, amount in parts]


def label(v: Values) -> Numbers:
    """Returns the USD of one checked label."""
    return v["labels.unit_cost"] * (1 + v["labels.qa_share"])


def training(plan: Plan, v: Values) -> Numbers:
    """Returns the USD of one training run."""
    if plan.training == "provider":
        tokens = v["training.examples"] * v["training.epochs"] * (v["tokens.in"] + v["tokens.out"])
        return tokens / 1e6 * v["hosted.training_usd_per_1m"]
    return v["local.train_hours"] * v[f"{plan.training}.usd_per_hour"]


def _answering(plan: Plan, v: Values) -> tuple[str, Numbers]:
    requests = v["requests.month"]
    if plan.serving == "tokens":
        return "Answers by the token", requests / 1000 * v[f"{plan.key}.usd_per_1000"]
    if plan.serving == "dedicated":
        return "Hosting, idle or not", v["serving.hours_month"] * v["hosted.usd_per_hour"]
    busy = requests * v[f"{plan.key}.seconds"] / 3600
    # A machine is paid for while it waits, and a second one once the first is full.
    hours = np.maximum(v["serving.hours_month"], busy)
    return "Machine that answers", hours * v[f"{plan.serving}.usd_per_hour"]


def live(money: Money, months: int) -> Numbers:
    """Returns for each month, as the last axis, the share of it in which the arm answers."""
    numbers = np.arange(1, months + 1)
    return np.clip(numbers - np.asarray(money.delay)[..., None], 0.0, 1.0)


def present_value(money: Money, months: int, annual_rate: Numbers) -> Numbers:
    """Returns the net present value of an arm, for each draw where draws are given."""
    factor = (1 + np.asarray(annual_rate)[..., None]) ** (-np.arange(1, months + 1) / 12)
    worth = (live(money, months) * factor).sum(axis=-1)
    return (money.benefit - money.opex) * worth - money.capex
