"""Local backend: LoRA and QLoRA on this machine, each run a worker process with a folder."""

from __future__ import annotations

import json
import secrets
import shutil
import subprocess
import sys
import threading
from collections.abc import Sequence
from pathlib import Path

import psutil

from backends.local import estimate, hardware, lengths, manifest, process
from backends.local.lengths import Counted, Lengths
from backends.local.runs import RunFolder, RunSpec
from backends.local.trainer.batches import Schedule
from studio.domain.datasets import Example
from studio.domain.errors import ModelRefused, NotFound
from studio.domain.interfaces import RunState
from studio.domain.jobs import Event
from studio.domain.models import BaseModel
from studio.domain.training import Blocker, Method, Plan, TrainingSpec

MOST_TOKENS = 4096
FEWEST_EXAMPLES = 10
"""Below this OpenAI's fine-tuning API refuses too (supervised fine-tuning guide)."""
EFFECT_FROM = 50
"""Examples from which effects are usually seen (OpenAI supervised fine-tuning guide)."""


class LocalBackend:
    """Trains on this machine's GPU, or its CPU."""

    name = "local"

    def __init__(self, runs_dir: Path) -> None:
        self._runs = runs_dir
        self._lengths = Lengths(runs_dir / ".lengths")
        self._children: dict[str, subprocess.Popen[bytes]] = {}
        self._lock = threading.Lock()

    def unavailable_because(self) -> str | None:
        """Nothing is needed but this machine."""
        return None

    def plan(
        self,
        spec: TrainingSpec,
        model: BaseModel,
        train: Sequence[Example],
        validation: Sequence[Example],
    ) -> Plan:
        """Counts the tokens, looks at the machine and compares."""
        counted = self._lengths.count(model, [*train, *validation])
        settings, device = spec.hyperparameters, hardware.device()
        size = lengths.sizes(counted[: len(train)])
        schedule = Schedule(
            examples=max(1, len(train)), batch_size=settings.batch_size, epochs=settings.epochs
        )
        needed = estimate.memory_bytes(
            model.facts, spec.method, settings, size, device.kind, MOST_TOKENS
        )
        disk, free = (
            estimate.disk_bytes(model.facts, settings.lora_rank),
            hardware.disk_free(self._runs),
        )
        low, high, basis = estimate.seconds_range(
            model.facts, size.train_tokens * settings.epochs, device, self._speeds(spec)
        )
        fits = needed * estimate.MARGIN < device.memory_free * estimate.FILL
        blockers = [
            *_row_blockers(spec, [*train, *validation], counted, model),
            *_count_blockers(len(train)),
            *([] if fits else [self._memory_blocker(spec, model, size, device, needed)]),
            *([] if disk < free else [_disk_blocker(disk, free)]),
        ]
        return Plan(
            device=device.name,
            memory_needed=needed,
            memory_available=device.memory_free,
            disk_needed=disk,
            disk_available=free,
            seconds_low=low,
            seconds_high=high,
            basis=basis,
            total_steps=schedule.total_steps,
            train_examples=len(train),
            validation_examples=len(validation),
            train_tokens=size.train_tokens,
            blockers=tuple(blockers),
            warnings=_warnings(len(train), len(validation)),
        )

    def submit(
        self,
        spec: TrainingSpec,
        model: BaseModel,
        train: Sequence[Example],
        validation: Sequence[Example],
        *,
        job_id: str,
        resume_from: str | None = None,
    ) -> str:
        """Writes the run folder and starts its worker; an interrupted run goes on where it was."""
        run_id = f"run_{job_id}"
        folder = RunFolder(self._runs / run_id)
        with self._lock:
            if folder.exists() and (folder.result() is not None or self._alive(run_id, folder)):
                return run_id
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
            folder.withdraw_cancel()
            self._children[run_id] = _start_worker(folder)
        return run_id

    def events(self, run_id: str, after: int) -> list[Event]:
        """Reads the run's events file."""
        return self._folder(run_id).events(after)

    def state(self, run_id: str) -> RunState:
        """Reads the result, or looks whether the worker lives."""
        folder = self._folder(run_id)
        result = folder.result()
        if result is None and self._alive(run_id, folder):
            return RunState(status="running")
        result = result or folder.result()  # It may have finished between the two looks.
        whole = _has_checkpoint(folder)
        if result is None:
            return RunState(
                status="interrupted",
                failure="killed",
                resumable=whole,
                message=self._why_gone(run_id),
            )
        succeeded = result.status == "succeeded"
        return RunState(
            status=result.status,
            failure=result.failure,
            message=result.message,
            artifact=str(folder.path / "adapter") if succeeded else None,
            validation_loss=result.validation_loss,
            resumable=whole and not succeeded and result.failure != "nan",
        )

    def cancel(self, run_id: str) -> None:
        """Leaves a request in the run folder; the worker looks after every step."""
        self._folder(run_id).request_cancel()

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

    def _alive(self, run_id: str, folder: RunFolder) -> bool:
        child = self._children.get(run_id)
        if child is not None:
            return child.poll() is None
        # After a restart the worker is nobody's child: pid, start time and the folder on its
        # command line tell it from a stranger with a reused pid.
        beat = folder.heartbeat()
        if beat is None:
            return False
        try:
            worker = psutil.Process(beat.pid)
            return (
                abs(worker.create_time() - beat.started) < 1.0
                and worker.status() != psutil.STATUS_ZOMBIE
                and str(folder.path) in worker.cmdline()
            )
        except psutil.Error:
            return False

    def _why_gone(self, run_id: str) -> str:
        child = self._children.get(run_id)
        code = None if child is None else child.poll()
        if code in (-9, 137):
            return (
                "The worker was killed. When nobody did that on purpose, the machine ran out of "
                "memory: choose QLoRA or a smaller batch. Resume goes on from the last checkpoint."
            )
        return "The worker ended without a result. Resume goes on from the last checkpoint."

    def _speeds(self, spec: TrainingSpec) -> list[float]:
        speeds: list[float] = []
        for path in sorted(self._runs.glob("run_*/adapter/recipe.json"), reverse=True):
            recipe = json.loads(path.read_bytes())
            same = (
                recipe["training"]["base_model"] == spec.base_model
                and recipe["training"]["method"] == spec.method
            )
            if same and recipe["seconds"] > 0:
                speeds.append(recipe["tokens"] / recipe["seconds"])
        return speeds[:5]

    def _copy_checkpoints(self, source: Path, target: Path) -> None:
        if (source / "checkpoints").is_dir():
            shutil.copytree(source / "checkpoints", target / "checkpoints", dirs_exist_ok=True)

    def _memory_blocker(
        self,
        spec: TrainingSpec,
        model: BaseModel,
        size: estimate.Sizes,
        device: hardware.Device,
        needed: int,
    ) -> Blocker:
        quarter = estimate.memory_bytes(
            model.facts, Method.QLORA, spec.hyperparameters, size, device.kind, MOST_TOKENS
        )
        single = estimate.memory_bytes(
            model.facts,
            Method.QLORA,
            spec.hyperparameters.with_(batch_size=1),
            size,
            device.kind,
            size.longest,
        )
        limit = device.memory_free * estimate.FILL / estimate.MARGIN
        remedy = "Choose a smaller base model, or a machine with more memory."
        if spec.method is Method.LORA and quarter < limit:
            remedy = f"QLoRA would fit: it needs about {_gigabytes(quarter)}."
        elif single < limit:
            remedy = f"QLoRA with a batch size of 1 would fit: about {_gigabytes(single)}."
        return Blocker(
            what=f"This run needs about {_gigabytes(needed)} of memory; "
            f"{_gigabytes(device.memory_free)} are free on {device.name}.",
            remedy=remedy,
        )


def _start_worker(folder: RunFolder) -> subprocess.Popen[bytes]:
    with (folder.path / "worker.log").open("ab") as log:
        return subprocess.Popen(
            [sys.executable, "-m", "backends.local.train", str(folder.path)],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            env=process.environment(),
            cwd=process.ROOT,
            # Its own session: closing the terminal or the studio does not end the training.
            start_new_session=True,
        )


def _has_checkpoint(folder: RunFolder) -> bool:
    for checkpoint in (folder.path / "checkpoints").glob("step-*"):
        try:
            manifest.manifest_sha256(checkpoint)
        except ModelRefused:
            continue
        return True
    return False


def _row_blockers(
    spec: TrainingSpec, examples: Sequence[Example], counted: Sequence[Counted], model: BaseModel
) -> list[Blocker]:
    limit = min(spec.hyperparameters.sequence_length, model.facts.context_length)
    long = [e for e, row in zip(examples, counted, strict=True) if row.total > limit]
    if not long:
        return []
    longest = max(row.total for row in counted)
    lines = ", ".join(str(example.line) for example in long[:5])
    more = " …" if len(long) > 5 else ""
    remedy = f"Leave these rows out, or raise the sequence length to {longest}."
    if longest > model.facts.context_length:
        remedy = (
            f"Leave these rows out: the model reads at most {model.facts.context_length} tokens."
        )
    return [
        Blocker(
            what=f"{len(long)} examples are longer than {limit} tokens (lines {lines}{more}).",
            remedy=remedy,
            example_ids=tuple(example.id for example in long),
        )
    ]


def _count_blockers(train: int) -> list[Blocker]:
    if train >= FEWEST_EXAMPLES:
        return []
    return [
        Blocker(
            what=f"There are only {train} training examples.",
            remedy=f"Add at least {FEWEST_EXAMPLES - train} more; effects usually show from "
            f"{EFFECT_FROM} on.",
        )
    ]


def _disk_blocker(needed: int, free: int) -> Blocker:
    return Blocker(
        what=f"The run writes up to {_gigabytes(needed)}; {_gigabytes(free)} are free on the disk.",
        remedy="Free some space, or choose a data folder on another disk.",
    )


def _warnings(train: int, validation: int) -> tuple[str, ...]:
    found = []
    if FEWEST_EXAMPLES <= train < EFFECT_FROM:
        found.append(
            f"{train} training examples are few; effects usually show from {EFFECT_FROM} on."
        )
    if validation == 0:
        found.append("Without validation examples the last checkpoint is kept, not the best one.")
    return tuple(found)


def _gigabytes(count: float) -> str:
    return f"{count / 1e9:.1f} GB"
