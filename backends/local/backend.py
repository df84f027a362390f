"""Local backend: LoRA and QLoRA on this machine, each run a worker process with a folder."""

from __future__ import annotations

import json
import secrets
import shutil
import sys
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from backends.local import claim, estimate, hardware, instruments, manifest, planning, preflight
from backends.local.lengths import Lengths
from backends.local.runs import CANCELLED, RunFolder, RunSpec, kept_checkpoints, newest_whole
from backends.local.trainer.batches import Schedule
from studio.domain.datasets import Example
from studio.domain.errors import InvalidInput, NotFound, StorageFailed
from studio.domain.interfaces import RunState, TrainingBackend
from studio.domain.jobs import Checkpoint, Event
from studio.domain.models import BaseModel
from studio.domain.training import Plan, TrainingSpec

RECENT = 5
"""Earlier runs whose speed an estimate rests on."""
GONE = (
    "The worker was ended from outside, or the machine ran out of memory; if nobody ended it, "
    "choose QLoRA or a smaller batch. Resume goes on from the last checkpoint."
)


class LocalBackend:
    """Trains on this machine's GPU, or its CPU."""

    name = "local"
    parallel = False

    def __init__(self, runs_dir: Path) -> None:
        self._runs = runs_dir
        self._lengths = Lengths(runs_dir / ".lengths")
        # Looking whether a worker lives takes its claim for a moment, so looking and starting
        # must not meet.
        self._lock = threading.Lock()

    def unavailable_because(self) -> str | None:
        """Nothing is needed but this machine."""
        return None

    def plan(
        self,
        spec: TrainingSpec,
        model: BaseModel | None,
        train: Sequence[Example],
        validation: Sequence[Example],
    ) -> Plan:
        """Counts the tokens, looks at the machine and compares."""
        model = _given(spec, model)
        examples = [*train, *validation]
        counted, size, worked = planning.rows(self._lengths, spec, model, train, validation)
        settings, device = spec.hyperparameters, hardware.device()
        schedule = Schedule(
            examples=max(1, len(train)), batch_size=settings.batch_size, epochs=settings.epochs
        )
        way = estimate.way(model.facts, spec.method, settings, size, device)
        needs = preflight.Needs(
            memory=way.memory,
            disk=estimate.disk_bytes(model.facts, settings.lora_rank),
            disk_free=hardware.disk_free(self._runs),
        )
        low, high, basis = estimate.seconds_range(
            model.facts,
            worked,
            device,
            self._speeds(spec),
            recompute=way.recompute,
            probe=instruments.kept(self._runs, spec.base_model, spec.method),
            method=spec.method,
        )
        return Plan(
            device=device.name,
            memory_needed=needs.memory,
            memory_available=device.memory_free,
            disk_needed=needs.disk,
            disk_available=needs.disk_free,
            seconds_low=low,
            seconds_high=high,
            basis=basis,
            total_steps=schedule.total_steps,
            train_examples=len(train),
            validation_examples=len(validation),
            train_tokens=size.train_tokens,
            blockers=preflight.blockers(
                spec, model, examples, counted, len(train), device, needs, size
            ),
            warnings=(
                *preflight.warnings(len(train), len(validation), way),
                *planning.warnings(spec, train),
            ),
        )

    def submit(
        self,
        spec: TrainingSpec,
        model: BaseModel | None,
        train: Sequence[Example],
        validation: Sequence[Example],
        *,
        job_id: str,
        resume_from: str | None = None,
    ) -> str:
        """Writes the run folder and starts its worker; a run that waits goes on where it was.

        Raises:
            InvalidInput: without a base model.
            StorageFailed: when the disk refuses to take the run folder.
        """
        model = _given(spec, model)
        run_id = f"run_{job_id}"
        folder = RunFolder(self._runs / run_id)
        with self._lock:
            try:
                if not folder.exists():
                    if resume_from is not None:
                        self._copy_checkpoints(self._folder(resume_from).path, folder.path)
                    run = RunSpec(
                        token=secrets.token_hex(16),
                        job_id=job_id,
                        training=spec,
                        model=model,
                        resume_from=resume_from,
                    )
                    folder.create(run, train, validation)
                if _can_go_on(folder) and not claim.held(folder):
                    folder.let_go_on()
                    self._start(run_id, folder)
            except OSError as error:
                raise StorageFailed(
                    f"The run folder could not be written: {error.strerror or error}.",
                    hint="Free some disk space, then start the run again.",
                ) from error
        return run_id

    def events(self, run_id: str, after: int) -> list[Event]:
        """Reads the run's events file."""
        return self._folder(run_id).events(after)

    def state(self, run_id: str) -> RunState:
        """Reads the result, or looks whether the worker lives."""
        folder = self._folder(run_id)
        result = folder.result()
        if (result is None or result.status == "paused") and self._alive(folder):
            return RunState(status="running")  # Or it is just leaving, its word for that written.
        result = result or folder.result()  # It may have finished between the two looks.
        whole = newest_whole(folder.checkpoints) is not None
        if result is None:
            return RunState(status="interrupted", failure="killed", message=GONE, resumable=whole)
        if result.status == "paused" and folder.cancel_requested():
            result = CANCELLED
        if result.status != "succeeded":
            return RunState(
                status=result.status,
                failure=result.failure,
                message=result.message,
                resumable=whole and result.failure != "nan",
            )
        if not (folder.adapter / manifest.NAME).is_file():
            return RunState(
                status="failed",
                failure="internal",
                message=f"The tuned model was saved, but its folder {folder.adapter} is gone.",
                resumable=whole,
            )
        return RunState(
            status="succeeded",
            message=result.message,
            artifact=str(folder.adapter),
            validation_loss=result.validation_loss,
            # A run that finished just before it saw a request to stop is not lost.
            resumable=whole,
        )

    def cancel(self, run_id: str) -> None:
        """Leaves a request in the run folder; the worker looks after every step."""
        self._ask("stop", self._folder(run_id).request_cancel)

    def pause(self, run_id: str) -> None:
        """Leaves a request in the run folder; the worker looks after every step."""
        self._ask("wait", self._folder(run_id).request_pause)

    def checkpoints(self, run_id: str) -> list[Checkpoint]:
        """Looks which checkpoints the run keeps."""
        return kept_checkpoints(self._folder(run_id).checkpoints)

    def log(self, run_id: str, last: int = 200) -> str:
        """Reads the end of the worker's log."""
        return self._folder(run_id).log_tail(last)

    def _folder(self, run_id: str) -> RunFolder:
        folder = RunFolder(self._runs / run_id)
        if not folder.exists():
            raise NotFound(
                f"There is no run folder for {run_id}.",
                hint="It may have been removed from the data folder by hand.",
            )
        return folder

    def _ask(self, what: str, request: Callable[[], None]) -> None:
        try:
            request()
        except OSError as error:
            raise StorageFailed(
                f"The run cannot be asked to {what}: {error.strerror or error}.",
                hint="Free some disk space, then ask again.",
            ) from error

    def _start(self, run_id: str, folder: RunFolder) -> None:
        command = [sys.executable, "-m", "backends.local.train", str(folder.path)]
        child = claim.start(folder, command)
        if child is not None:
            # Takes leave of the worker when it ends, so that no zombie is left.
            threading.Thread(target=child.wait, name=f"wait-{run_id}", daemon=True).start()

    def _alive(self, folder: RunFolder) -> bool:
        with self._lock:
            return claim.held(folder)

    def _speeds(self, spec: TrainingSpec) -> list[float]:
        recipes = [
            json.loads(path.read_bytes())
            for path in sorted(
                self._runs.glob("run_*/adapter/recipe.json"),
                key=lambda path: path.stat().st_mtime,
                reverse=True,
            )
        ]
        alike = [
            recipe
            for recipe in recipes
            if recipe["training"]["base_model"] == spec.base_model
            and recipe["training"]["method"] == spec.method
            and recipe["seconds"] > 0
        ]
        # A token takes about as long whatever is learnt from it; the same objective is nearer.
        nearest = [r for r in alike if r["training"].get("objective", "sft") == spec.objective]
        return [recipe["tokens"] / recipe["seconds"] for recipe in (nearest or alike)][:RECENT]

    def _copy_checkpoints(self, source: Path, target: Path) -> None:
        if (source / "checkpoints").is_dir():
            shutil.copytree(source / "checkpoints", target / "checkpoints", dirs_exist_ok=True)


def _given(spec: TrainingSpec, model: BaseModel | None) -> BaseModel:
    if model is None:
        raise InvalidInput(
            f"There is no base model {spec.base_model!r} on this machine to be tuned.",
            hint="Fetch it on the Models page, or choose another one.",
        )
    return model


def _can_go_on(folder: RunFolder) -> bool:
    """Says whether the run has not come to its end: it never ended, or it waits."""
    result = folder.result()
    return result is None or (result.status == "paused" and not folder.cancel_requested())


if TYPE_CHECKING:  # mypy holds the class to its Protocol here; the registry makes it by name.
    _: type[TrainingBackend] = LocalBackend
