"""Tuning: the two arms that train a model, on machines of one's own and at a provider."""

from __future__ import annotations

from studio.core.costing import answer_cost
from studio.core.costing.arms import ArmKey, Plan
from studio.core.costing.assumptions import Sheet
from studio.core.costing.offers import Offer, cheapest, offers
from studio.core.costing.price import cited
from studio.core.costing.situation import (
    LORA_LAND,
    Range,
    Situation,
    add_score,
    add_seconds,
    answered,
    lifted,
)
from studio.domain.costing import Price
from studio.domain.ladder import Rung, RungRun

LIFT_SMALL: Range = (0.07, 0.19, 0.51)
"""Tuned over prompted of Mistral-7B-Instruct: P10, median, P90 of 31 tasks."""
LIFT_LARGE: Range = (-0.14, 0.08, 0.30)
"""Tuned small over prompted large: median 8 points, better on 21 of 31; P10 and P90 from those."""
TRAINING_SPEED = 2_500
"""Tokens a second of LoRA on an 8B model, L40S, unpacked short examples: the formula's prior."""
ANSWERING_SPEED = 1_517.54
"""Tokens a second of Llama-3.1-8B on one A100 under load; vLLM 0.5.4, 2024-09."""


def on_own_machines(sheet: Sheet, situation: Situation) -> Plan:
    """Adds the local fine-tune's assumptions; returns the arm."""
    key: ArmKey = "fine_tune_local"
    run = situation.best.get(key)
    lift, source = _prior(situation)
    add_score(sheet, key, "tuned on own machines", run, lifted(sheet, lift), source)
    tokens = sheet["training.examples"] * sheet["training.epochs"]
    tokens *= sheet["tokens.in"] + sheet["tokens.out"]
    hours = tokens / (TRAINING_SPEED * 3600) + 0.2
    source = f"prior: {TRAINING_SPEED:,} tokens/s (LoRA of an 8B model, L40S) and 12 minutes beside"
    if run is not None and situation.train_hours is not None:
        hours, source = situation.train_hours, "measured: the job behind the best run"
    sheet.add(
        "local.train_hours",
        "Machine hours of one training",
        hours,
        "hours",
        source,
        low=hours / 2,
        high=hours * 3,
    )
    if run is not None:
        add_seconds(sheet, key, run)
        return Plan(
            key=key,
            title=f"Fine-tune on own machines: {run.model_name}",
            serving="machine",
            measured=True,
            with_rag=run.setup.rung is Rung.RAG_FINE_TUNE,
            training="machine",
        )
    pace = sheet["tokens.out"] / ANSWERING_SPEED
    sheet.add(
        f"{key}.seconds",
        "Machine time of a tuned model's answer, many at once",
        pace,
        "seconds",
        f"prior: {ANSWERING_SPEED:,.0f} tokens/s, Llama-3.1-8B on one A100, vLLM 0.5.4 (2024-09)",
        low=pace / 3,
        high=pace * 4,
    )
    title = f"Fine-tune on {'own' if situation.at_home else 'rented'} GPUs"
    return Plan(key=key, title=title, serving="gpu", training="gpu")


def at_a_provider(sheet: Sheet, situation: Situation) -> tuple[Plan, list[Price]]:
    """Adds the hosted fine-tune's assumptions; returns the arm and the prices it rests on."""
    key: ArmKey = "fine_tune_hosted"
    run = situation.best.get(key)
    lift, source = _prior(situation)
    add_score(sheet, key, "tuned at a provider", run, lifted(sheet, lift), source)
    offer, passed = _offer(sheet, situation, run)
    if offer is None:
        reason = "The price table has no provider that tunes models and answers with them."
        sheet.guessed(
            "hosted.training_usd_per_1m", "Training, 1M tokens", 1, "USD", low=0.3, high=5
        )
        sheet.guessed("hosted.usd_per_hour", "An hour of hosting", 7, "USD", low=2, high=12)
        plan = Plan(
            key=key,
            title="Fine-tune at a provider",
            serving="dedicated",
            measured=run is not None,
            training="provider",
            blocked_because=reason,
        )
        return plan, []
    closed = offer.closed_because(situation.today, situation.horizon_end)
    plan = Plan(
        key=key,
        title=f"Fine-tune at {offer.provider}" + (f": {run.model_name}" if run else ""),
        serving="dedicated",
        measured=run is not None,
        with_rag=run is not None and run.setup.rung is Rung.RAG_FINE_TUNE,
        training="provider",
        blocked_because=situation.blocked(None, offer.provider) or (f"{closed}." if closed else ""),
        warnings=tuple(f"{reason}: passed over." for reason in passed if reason != closed),
    )
    _listed(sheet, "hosted.training_usd_per_1m", "Training, 1M tokens", offer.training)
    if offer.hour is not None:
        _listed(sheet, "hosted.usd_per_hour", "An hour of hosting, idle or not", offer.hour)
        return plan, [offer.training, offer.hour]
    model_id = run.setup.model_id if run else f"endpoint:openai/ft:{offer.training.item}:a::b"
    priced = answered(sheet, situation, plan, model_id, run)
    return priced, [offer.training, *(offer.tokens or ())]


def _offer(
    sheet: Sheet, situation: Situation, run: RungRun | None
) -> tuple[Offer | None, tuple[str, ...]]:
    """Returns the offer of the provider that was measured, else the cheapest that lasts."""
    wanted = None if run is None else answer_cost.named(run.setup.model_id)
    if wanted is not None:
        for offer in offers(situation.prices):
            same = answer_cost.plain(offer.provider) == answer_cost.plain(wanted.endpoint)
            if wanted.tuned_from == offer.training.item or (same and offer.hour is not None):
                return offer, ()
    return cheapest(
        situation.prices,
        today=situation.today,
        horizon_end=situation.horizon_end,
        requests=sheet["requests.month"],
        tokens_in=sheet["tokens.in"],
        tokens_out=sheet["tokens.out"],
        hours=sheet["serving.hours_month"],
    )


def _prior(situation: Situation) -> tuple[Range, str]:
    if situation.small:
        return LIFT_SMALL, f"prior: prompted score and 19 points, P10 7, P90 51 ({LORA_LAND})"
    return LIFT_LARGE, (
        f"prior: prompted score and 8 points, a tuned small model against GPT-4 ({LORA_LAND});"
        " newer large models leave less to gain"
    )


def _listed(sheet: Sheet, key: str, title: str, price: Price) -> None:
    usd = float(price.usd or 0)
    sheet.add(
        key,
        title,
        usd,
        f"USD per {price.unit}",
        cited(price),
        low=usd * 0.8,
        high=usd * 1.25,
        at=price.price_date,
    )
