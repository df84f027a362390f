"""jobs: our words for a fine-tune turned into those of the OpenAI wire, each in one table."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from studio.api.v1 import ids
from studio.api.v1.shapes.fine_tuning import JobObject, Trouble
from studio.domain.jobs import FailureKind, JobStatus
from studio.domain.training import Hyperparameters, Objective
from studio.domain.values import now
from studio.services.wire_orders import Facts, WireJob, resolved

STATUS: dict[JobStatus, str] = {
    JobStatus.QUEUED: "queued",
    JobStatus.RUNNING: "running",
    JobStatus.CANCELLING: "cancelled",
    JobStatus.PAUSING: "paused",
    JobStatus.PAUSED: "paused",
    JobStatus.INTERRUPTED: "paused",
    JobStatus.SUCCEEDED: "succeeded",
    JobStatus.FAILED: "failed",
    JobStatus.CANCELLED: "cancelled",
}
"""What a job's status is called; a test holds it against ours."""
UNSTARTED = {
    "validating": "validating_files",
    "started": "queued",
    "failed": "failed",
    "cancelled": "cancelled",
}
"""The same for an order that has no job."""
CODES: dict[FailureKind, str] = {
    "nan": "training_diverged",
    "oom": "out_of_memory",
    "disk": "disk_full",
    "killed": "worker_killed",
    "model": "model_refused",
    "data": "invalid_training_file",
    "provider": "provider_error",
    "internal": "internal_error",
}
"""What a failure is called; a test holds it against ours."""
METHODS = {Objective.SFT: "supervised", Objective.DPO: "dpo"}
EVERYWHERE = ("n_epochs", "batch_size", "learning_rate_multiplier")
"""Hyperparameters that every method has."""
ORGANISATION = "org-ladder"


def job_object(wire: WireJob, facts: Facts) -> JobObject:
    """Returns a fine-tune as the wire shows it."""
    order, job = wire.order, wire.job
    names = (*EVERYWHERE, "beta") if order.objective is Objective.DPO else EVERYWHERE
    kind, held = METHODS[order.objective], order.validation_file or facts.validation_file
    ended = order.finished_at if job is None else job.finished_at
    return JobObject(
        id=ids.theirs(order.id),
        model=order.base_model,
        created_at=int(order.created_at.timestamp()),
        finished_at=None if ended is None else int(ended.timestamp()),
        fine_tuned_model=tuned_model(wire),
        organization_id=ORGANISATION,
        result_files=[ids.theirs(facts.result_file)] if facts.result_file else [],
        status=status_of(wire),
        validation_file=ids.theirs(held) if held else None,
        training_file=ids.theirs(order.training_file),
        hyperparameters=_hyperparameters(wire, EVERYWHERE),
        trained_tokens=facts.trained_tokens,
        error=_trouble(wire),
        user_provided_suffix=order.suffix,
        seed=_seed(wire),
        estimated_finish=_finish(wire),
        integrations=[],
        metadata=order.metadata,
        method={"type": kind, kind: {"hyperparameters": _hyperparameters(wire, names)}},
        ladder=_ours(wire),
    )


def status_of(wire: WireJob) -> str:
    """Returns where a fine-tune stands."""
    return UNSTARTED[wire.order.status] if wire.job is None else STATUS[wire.job.status]


def tuned_model(wire: WireJob) -> str | None:
    """Returns the name of the model that a run made, None when there is none.

    It stays when the model is deleted: the job tells what it made.
    """
    job = wire.job
    return None if job is None or job.model_version_id is None else model_name(wire)


def model_name(wire: WireJob) -> str:
    """Returns what the tuned model of a job is called, or will be."""
    job = wire.job
    name = wire.order.suffix or "" if job is None else job.name
    return ids.tuned(wire.order.base_model, name, wire.id)


def _hyperparameters(wire: WireJob, names: tuple[str, ...]) -> dict[str, Any]:
    """Returns what was asked for until the run has numbers, then the numbers."""
    if wire.job is None:
        return {name: wire.order.asked.get(name, "auto") for name in names}
    found = resolved(wire.job.spec.hyperparameters)
    return {name: found[name] for name in names}


def _seed(wire: WireJob) -> int:
    if wire.job is not None:
        return wire.job.spec.hyperparameters.seed
    return Hyperparameters().seed if wire.order.seed is None else wire.order.seed


def _trouble(wire: WireJob) -> Trouble | None:
    order, job = wire.order, wire.job
    if job is not None and job.status is JobStatus.FAILED:
        return Trouble(code=CODES[job.failure or "internal"], message=job.message, param=None)
    if job is None and order.status == "failed":
        return Trouble(code=order.error_code, message=order.error_message, param=order.error_param)
    return None


def _finish(wire: WireJob) -> int | None:
    job = wire.job
    if job is None or job.status is not JobStatus.RUNNING or job.eta_seconds is None:
        return None
    return int((now() + timedelta(seconds=job.eta_seconds)).timestamp())


def _ours(wire: WireJob) -> dict[str, Any]:
    if wire.job is None:
        return {"project": wire.order.project_id, **wire.order.ladder}
    job = wire.job
    return {
        "job": job.id,
        "project": job.project_id,
        "status": job.status,
        "message": job.message,
        "method": job.spec.method,
        "effort": job.spec.effort,
        "hyperparameters": job.spec.hyperparameters.model_dump(mode="json"),
        "dataset_version": job.spec.dataset_version_id,
        "step": job.step,
        "total_steps": job.total_steps,
    }
