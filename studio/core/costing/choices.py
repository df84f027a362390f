"""Choices: which model and which place stand for each arm of the business case."""

from __future__ import annotations

from studio.core.costing.arms import ArmKey, Plan
from studio.core.costing.assumptions import Sheet
from studio.core.costing.situation import (
    LORA_LAND,
    PRIOR_LARGE,
    PRIOR_SMALL,
    Range,
    Situation,
    add_score,
    answered,
    lifted,
)
from studio.core.costing.tuning import at_a_provider, on_own_machines
from studio.domain.costing import Price

NEWEST_CHEAP = "endpoint:openai/gpt-6-luna"
"""The prompted model where none was measured: the newest cheap one of November 2026."""

LIFT_RAG: Range = (0.0, 0.05, 0.20)
"""Retrieval over prompting: 5 points in Balaguer 2024; the spread is a judgement."""

WORK: dict[ArmKey, tuple[str, Range, Range]] = {
    "prompt": ("Prompting", (3, 5, 10), (0.25, 0.5, 1)),
    "rag": ("Retrieval", (8, 15, 30), (1, 1.5, 3)),
    "fine_tune_local": ("Fine-tune on own machines", (10, 20, 40), (2, 3, 6)),
    "fine_tune_hosted": ("Fine-tune at a provider", (6, 12, 25), (1.5, 2.5, 5)),
}
"""Engineering days and months until it answers. Judgements."""


def plans(sheet: Sheet, situation: Situation) -> tuple[list[Plan], list[Price]]:
    """Adds the assumptions of every arm; returns the arms and the prices they rest on."""
    for key, (name, days, months) in WORK.items():
        title = f"{name}: engineering days"
        sheet.guessed(f"{key}.eng_days", title, days[1], "days", low=days[0], high=days[2])
        title = f"{name}: months until it answers"
        sheet.guessed(
            f"{key}.months_to_live", title, months[1], "months", low=months[0], high=months[2]
        )
    stay = Plan(
        key="stay", title="Stay as it is", serving="none", measured="stay" in situation.best
    )
    prompted = _prompt(sheet, situation)
    retrieval = _rag(sheet, situation, prompted)
    local = on_own_machines(sheet, situation)
    hosted, used = at_a_provider(sheet, situation)
    return [stay, prompted, retrieval, local, hosted], used


def _prompt(sheet: Sheet, situation: Situation) -> Plan:
    run = situation.best.get("prompt")
    prior = PRIOR_SMALL if situation.small else PRIOR_LARGE
    source = f"prior: a prompted model in {LORA_LAND}; the spread is a judgement"
    add_score(sheet, "prompt", "prompted", run, prior, source)
    if run is None and situation.at_home:
        sheet.guessed("prompt.seconds", "Machine time of an answer", 2, "seconds", low=0.5, high=8)
        return Plan(key="prompt", title="Prompt an open model on an own GPU", serving="gpu")
    model_id = NEWEST_CHEAP if run is None else run.setup.model_id
    name = model_id.rpartition("/")[2] if run is None else run.model_name
    plan = Plan(key="prompt", title=f"Prompt {name}", serving="tokens", measured=run is not None)
    return answered(sheet, situation, plan, model_id, run)


def _rag(sheet: Sheet, situation: Situation, prompted: Plan) -> Plan:
    run = situation.best.get("rag")
    source = "prior: prompted score and 5 points (Balaguer 2024); the spread is a judgement"
    add_score(sheet, "rag", "with retrieval", run, lifted(sheet, LIFT_RAG), source)
    if run is None and prompted.serving == "gpu":
        sheet.guessed("rag.seconds", "Machine time of an answer", 3, "seconds", low=0.8, high=12)
        title = "Retrieval with an open model on an own GPU"
        return Plan(key="rag", title=title, serving="gpu", with_rag=True)
    model = run or situation.best.get("prompt")
    model_id = NEWEST_CHEAP if model is None else model.setup.model_id
    name = model_id.rpartition("/")[2] if model is None else model.model_name
    plan = Plan(
        key="rag",
        title=f"Retrieval with {name}",
        serving="tokens",
        measured=run is not None,
        with_rag=True,
    )
    return answered(sheet, situation, plan, model_id, model, slower=1.0 if run else 1.5)
