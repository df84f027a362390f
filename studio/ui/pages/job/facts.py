"""What a run was asked to do, and the figures above its charts, in words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from studio.domain.endpoints import PREFIX
from studio.domain.errors import NotFound
from studio.domain.jobs import Job
from studio.domain.training import Objective, TrainingSpec
from studio.ui.pages import figures
from studio.ui.pages.words import EFFORTS, METHODS, OBJECTIVES

if TYPE_CHECKING:
    from studio.services.container import Services
    from studio.ui.pages.job.vm import JobPage

Measure = tuple[str, str, str]
"""Label, value, hint."""
NONE = "–"


def place_words(services: Services, spec: TrainingSpec) -> str:
    """Where a run is done: this machine, or a provider with its host."""
    if not spec.hosted:
        return "This machine"
    name = spec.backend.removeprefix(PREFIX)
    try:
        return f"{name} ({services.endpoints.get(name).host})"
    except NotFound:
        return f"{name}, which was removed from Settings"


def facts(page: JobPage, job: Job) -> list[tuple[str, str]]:
    """What was asked, and when."""
    spec = job.spec
    told = [
        ("Where", page.where),
        ("Base model", page.model_name),
        ("Examples", page.dataset),
        *_how(spec),
        ("Created", figures.moment(job.created_at)),
        ("Started", figures.moment(job.started_at) or "not yet"),
        ("Ended", figures.moment(job.finished_at) or "not yet"),
    ]
    if page.checkpoints:
        steps = ", ".join(f"{step:,}" for step in page.checkpoints)
        told.append(("Checkpoints kept", f"of step {steps}"))
    if spec.leave_out:
        told.append(("Left out", figures.many(len(spec.leave_out), "example")))
    if job.resumed_from:
        told.append(("Continues", job.resumed_from))
    if page.cost.basis:
        told.append(("Cost rests on", page.cost.basis))
    return told


def measures(page: JobPage) -> list[Measure]:
    """The figures; a provider tells neither speed nor memory, but what it bills."""
    latest, job = page.latest, page.job
    assert job is not None
    shown: list[Measure] = [
        ("Loss", _number(latest.get("loss")), "on training answers; lower is better"),
        ("Validation loss", _number(page.best_validation), "best so far; lower is better"),
        ("Right tokens", _share(latest.get("token_accuracy")), "guessed right while training"),
    ]
    if job.spec.objective is Objective.DPO:
        shown += [
            ("Margin", _number(latest.get("reward_margin")), "of the better answer; higher is"),
            ("Right pairs", _share(latest.get("reward_accuracy")), "better answer preferred"),
        ]
    shown += _at_provider(latest) if job.spec.hosted else _here(latest)
    return [*shown, ("Cost", page.cost.value, page.cost.hint)]


def _how(spec: TrainingSpec) -> list[tuple[str, str]]:
    told = [("Objective", OBJECTIVES[spec.objective].title)]
    if not spec.hosted:
        told.append(("Method", METHODS[spec.method].title))
    if spec.automatic:
        names = ", ".join(name.replace("_", " ") for name in spec.automatic)
        told.append(("Left to the server", names))
    else:
        told.append(("Effort", EFFORTS[spec.effort].title))
    return told


def _here(latest: Mapping[str, float]) -> list[Measure]:
    speed = latest.get("tokens_per_second")
    memory = figures.size(latest["memory_bytes"]) if "memory_bytes" in latest else NONE
    return [
        ("Speed", f"{figures.count(speed)} tokens/s" if speed else NONE, "without padding"),
        ("Memory", memory, "in use by the worker"),
        ("Data seen", f"{latest['epoch']:.2f} ×" if "epoch" in latest else NONE, "epochs"),
    ]


def _at_provider(latest: Mapping[str, float]) -> list[Measure]:
    tokens = latest.get("trained_tokens")
    return [("Trained tokens", NONE if tokens is None else figures.count(tokens), "as billed")]


def _number(value: float | None) -> str:
    return NONE if value is None else f"{value:.3f}"


def _share(value: float | None) -> str:
    return NONE if value is None else figures.share(value)
