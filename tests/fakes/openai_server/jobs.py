"""Jobs: the fake's fine-tuning jobs, which get a little further whenever somebody looks."""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass, field
from typing import Any

from tests.fakes.openai_server.behave import Behave

TERMINAL = ("succeeded", "failed", "cancelled")
FEWEST = 10


@dataclass
class FakeJob:
    """One job."""

    id: str
    asked: dict[str, Any]
    lines: list[str]
    created_at: int
    status: str = "validating_files"
    step: int = 0
    looks: int = 0
    finished_at: int | None = None
    error: dict[str, Any] | None = None
    events: list[dict[str, Any]] = field(default_factory=list)
    checkpoints: list[dict[str, Any]] = field(default_factory=list)
    table: list[str] = field(default_factory=list)
    result_file: str = ""

    @property
    def live(self) -> bool:
        return self.status not in TERMINAL

    @property
    def model(self) -> str:
        return f"ft:{self.asked['model']}:org:{self.asked.get('suffix') or ''}:{self.id[-8:]}"

    @property
    def method(self) -> dict[str, Any]:
        given: dict[str, Any] = self.asked.get("method") or {"type": "supervised"}
        usual = {"n_epochs": "auto", "batch_size": "auto", "learning_rate_multiplier": "auto"}
        settings = usual | ((given.get(given["type"]) or {}).get("hyperparameters") or {})
        resolved = {"n_epochs": 3, "batch_size": 1, "learning_rate_multiplier": 1.8}
        if self.status == "validating_files":
            return {**given, given["type"]: {"hyperparameters": settings}}
        for name, value in settings.items():
            if value == "auto":
                settings[name] = resolved.get(name, 0.1)
        return {**given, given["type"]: {"hyperparameters": settings}}

    def steps(self, behave: Behave) -> int:
        settings = self.method[self.method["type"]]["hyperparameters"]
        batch, epochs = settings.get("batch_size", 1), settings.get("n_epochs", 3)
        return behave.steps or -(-len(self.lines) // batch) * int(epochs)

    def tokens(self) -> int:
        return sum(len(line.split()) for line in self.lines) * 3

    def tell(self, at: int, message: str, kind: str = "message", data: Any = None) -> None:
        number = len(self.events) + 1
        form = "ftevent-" if number % 2 else "ft-event-"
        self.events.append(
            {
                "object": "fine_tuning.job.event",
                "id": f"{form}{self.id[-8:]}{number:04d}",
                "created_at": at,
                "level": "info",
                "message": message,
                "type": kind,
                "data": {} if data is None and number % 2 else data,
            }
        )


def look(job: FakeJob, behave: Behave, now: int) -> None:
    """Takes a job a little further."""
    job.looks += 1
    if job.status == "validating_files":
        _validate(job, now)
    elif job.status == "queued":
        job.status = "running"
        job.tell(now, "Fine-tuning job started")
    elif job.status == "running" and not behave.held:
        for _ in range(behave.pace):
            _train(job, behave, now)
        if job.step >= job.steps(behave):
            _finish(job, behave, now)


def shown(job: FakeJob, behave: Behave) -> dict[str, Any]:
    """Returns a job as the wire shows it."""
    done = job.status == "succeeded"
    late = done and behave.names_model_late > 0
    if late:
        behave.names_model_late -= 1
    method = job.method
    supervised = method["type"] == "supervised"
    body: dict[str, Any] = {
        "object": "fine_tuning.job",
        "id": job.id,
        "model": job.asked["model"],
        "created_at": job.created_at,
        "fine_tuned_model": job.model if done and not late else None,
        "organization_id": "org-fake",
        "result_files": [job.result_file] if job.result_file else [],
        "status": behave.says.get(job.status, job.status),
        "validation_file": job.asked.get("validation_file"),
        "training_file": job.asked["training_file"],
    }
    if behave.sparse:
        return body
    body |= {
        "finished_at": job.finished_at,
        "hyperparameters": method["supervised"]["hyperparameters"] if supervised else None,
        "trained_tokens": job.tokens() if done else None,
        "error": job.error if job.error is not None else behave.no_error,
        "user_provided_suffix": job.asked.get("suffix"),
        "seed": job.asked.get("seed", 0),
        "estimated_finish": None,
        "integrations": [],
        "metadata": None if behave.drops_metadata else job.asked.get("metadata"),
        "usage_metrics": None,
        "shared_with_openai": False,
        "method": method,
    }
    if behave.unknown_fields:
        body |= {"fleet": "blue", "queue": {"place": 3}}
    if behave.leaves_error_out:
        del body["error"]
    return body


def result(job: FakeJob, form: str) -> bytes:
    """Returns the result table."""
    head = "step,train_loss,train_accuracy,valid_loss,valid_mean_token_accuracy"
    plain = "\n".join([head, *job.table, ""]).encode()
    return base64.b64encode(plain) if form == "base64" else plain


def _validate(job: FakeJob, now: int) -> None:
    job.tell(now, f"Validating training file: {job.asked['training_file']}")
    wrong = [n for n, line in enumerate(job.lines, 1) if not _good(line)]
    if len(job.lines) < FEWEST or wrong:
        why = f"lines {wrong}" if wrong else f"{len(job.lines)} examples, at least {FEWEST} needed"
        job.status, job.finished_at = "failed", now
        job.error = {
            "code": "invalid_training_file",
            "message": f"Invalid training file: {why}.",
            "param": "training_file",
        }
        return
    job.status = "queued"
    job.tell(now, "Files validated, moving job to queued state")


def _good(line: str) -> bool:
    try:
        row = json.loads(line)
    except ValueError:
        return False
    if "input" in row:
        return bool(row["preferred_output"] and row["non_preferred_output"])
    return any(turn["role"] == "assistant" for turn in row.get("messages", []))


def _train(job: FakeJob, behave: Behave, now: int) -> None:
    steps = job.steps(behave)
    if job.step >= steps:
        return
    job.step += 1
    loss, accuracy = round(2 / job.step, 4), round(1 - 1 / (job.step + 1), 4)
    data: dict[str, Any] = {
        "step": job.step,
        "total_steps": steps,
        "train_loss": loss,
        "train_mean_token_accuracy": accuracy,
    }
    valid = bool(behave.validates and job.asked.get("validation_file"))
    if valid:
        data |= {"valid_loss": loss + 0.1, "valid_mean_token_accuracy": accuracy - 0.01}
    if valid and job.step % behave.full_every == 0:
        data |= {"full_valid_loss": loss + 0.2, "full_valid_mean_token_accuracy": accuracy}
    job.table.append(
        f"{job.step},{loss},{accuracy}," + (f"{loss + 0.1},{accuracy - 0.01}" if valid else ",")
    )
    if behave.tells_metrics:
        message = f"Step {job.step}/{steps}: training loss={loss}"
        job.tell(now, message, "metrics", data)
    if job.step % behave.checkpoint_every == 0:
        metrics = {name: value for name, value in data.items() if name != "total_steps"}
        job.checkpoints.append(
            {
                "object": "fine_tuning.job.checkpoint",
                "id": f"ftckpt_{job.id[-8:]}{job.step:04d}",
                "created_at": now,
                "fine_tuned_model_checkpoint": f"{job.model}:ckpt-step-{job.step}",
                "fine_tuning_job_id": job.id,
                "step_number": job.step,
                "metrics": metrics,
            }
        )
        del job.checkpoints[: -behave.checkpoints_kept]


def _finish(job: FakeJob, behave: Behave, now: int) -> None:
    job.finished_at = now
    if behave.moderates:
        job.tell(now, "The moderation checks passed.", "moderation_checks", {"blocked": False})
    if behave.fails is not None:
        job.status, job.error = "failed", behave.fails
        job.tell(now, "The job failed.")
        return
    job.status = "succeeded"
    job.tell(now, f"New fine-tuned model created: {job.model}")
    job.tell(now, "The job has successfully completed")
