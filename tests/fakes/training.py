"""FakeBackend: a training backend whose runs go a step further at each look, without weights."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from studio.domain.datasets import Example
from studio.domain.errors import NotFound, StudioError
from studio.domain.interfaces import RunState
from studio.domain.jobs import Checkpoint, Event, FailureKind
from studio.domain.models import BaseModel
from studio.domain.training import Blocker, Plan, TrainingSpec
from studio.domain.values import now

STEPS = 4
MOST_EVENTS = 1000


@dataclass
class FakeRun:
    """One run."""

    step: int = 0
    status: Literal["running", "paused", "succeeded", "failed", "cancelled", "interrupted"] = (
        "running"
    )
    asked_to_stop: bool = False
    asked_to_wait: bool = False
    events: list[Event] = field(default_factory=list)

    def tell(self, kind: Literal["metrics", "checkpoint"], data: dict[str, float]) -> None:
        """Adds one event."""
        n = len(self.events) + 1
        self.events.append(Event(n=n, at=now(), kind=kind, message="", data=data))


class FakeBackend:
    """Runs succeed after `steps` looks unless `held`; `fails` ends them, `too_long` blocks them."""

    name = "local"
    parallel = False

    def __init__(self, folder: Path, steps: int = STEPS) -> None:
        self._folder, self._steps = folder, steps
        self._runs: dict[str, FakeRun] = {}
        self.held = False
        self.fails = ""
        self.away = ""
        """Why the backend cannot train; empty when it can."""
        self.failure: FailureKind = "oom"
        """What kind of failure it is when it `fails`."""
        self.refuses: StudioError | None = None
        """Raised instead of taking a run."""
        self.trouble: Exception | None = None
        """Raised instead of saying where a run stands."""
        self.on_submit: Callable[[], object] = lambda: None
        """Called while a run is handed over."""
        self.too_long: tuple[str, ...] = ()
        self.began = threading.Event()
        self.closed = False
        self.submitted: list[TrainingSpec] = []

    def unavailable_because(self) -> str | None:
        return self.away or None

    def plan(
        self,
        spec: TrainingSpec,
        model: BaseModel | None,
        train: Sequence[Example],
        validation: Sequence[Example],
    ) -> Plan:
        limit = spec.hyperparameters.sequence_length
        unfit = tuple(
            example.id
            for example in (*train, *validation)
            if example.id in self.too_long or len(_words(example)) > limit
        )
        blocker = Blocker(what="1 row is too long.", remedy="Shorten it.", example_ids=unfit)
        return Plan(
            device="CPU, 2 cores",
            memory_needed=1_200_000_000,
            memory_available=None,
            disk_needed=50_000_000,
            disk_available=90_000_000_000,
            seconds_low=30,
            seconds_high=120,
            basis="a prior",
            total_steps=self._steps,
            train_examples=len(train),
            validation_examples=len(validation),
            train_tokens=None,
            blockers=(blocker,) if unfit else (),
            warnings=("The machine is busy.",),
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
        if self.refuses is not None:
            raise self.refuses
        run_id = f"run_{job_id}"
        if run_id not in self._runs:
            step = 0 if resume_from is None else self._run(resume_from).step
            self._runs[run_id] = FakeRun(step=step)
        run = self._runs[run_id]
        if run.status in ("interrupted", "paused"):
            run.status, run.asked_to_stop, run.asked_to_wait = "running", False, False
        self.submitted.append(spec)
        self.began.set()
        self.on_submit()
        return run_id

    def events(self, run_id: str, after: int) -> list[Event]:
        found = [event for event in self._run(run_id).events if event.n > after]
        return found[:MOST_EVENTS]

    def state(self, run_id: str) -> RunState:
        if self.trouble is not None:
            raise self.trouble
        run = self._run(run_id)
        if run.status == "running":
            self._go_on(run)
        whole = run.step > 0
        if run.status in ("running", "paused"):
            return RunState(status=run.status, resumable=whole)
        if run.status == "interrupted":
            return RunState(
                status="interrupted", failure="killed", message="It is gone.", resumable=whole
            )
        if run.status == "failed":
            return RunState(
                status="failed", failure=self.failure, message=self.fails, resumable=whole
            )
        if run.status == "cancelled":
            # Stopping saves a checkpoint first.
            return RunState(status="cancelled", message="Stopped as asked.", resumable=True)
        folder = self._folder / run_id
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "manifest.json").write_text("{}", encoding="utf-8")
        return RunState(
            status="succeeded", artifact=str(folder), validation_loss=0.5, resumable=whole
        )

    def cancel(self, run_id: str) -> None:
        run = self._run(run_id)
        run.asked_to_stop = True
        if run.status == "paused":
            run.status = "cancelled"

    def pause(self, run_id: str) -> None:
        self._run(run_id).asked_to_wait = True

    def checkpoints(self, run_id: str) -> list[Checkpoint]:
        steps = [int(e.data["step"]) for e in self._run(run_id).events if e.kind == "checkpoint"]
        return [self._checkpoint(run_id, step) for step in steps[-3:]]

    def log(self, run_id: str, last: int = 200) -> str:
        self._run(run_id)
        return "The worker says hello."

    def kill(self, run_id: str) -> None:
        """Ends a run as a SIGKILL would."""
        self._run(run_id).status = "interrupted"

    def finish(self, run_id: str) -> None:
        """Lets a run succeed as it stands."""
        self._run(run_id).status = "succeeded"

    def told(self, run_id: str, events: Sequence[Event]) -> None:
        """Puts these events in place of the run's own."""
        self._run(run_id).events[:] = events

    def ignore_request(self, run_id: str) -> None:
        """Lets a run end by itself although it was asked to stop."""
        self._run(run_id).asked_to_stop = False

    def close(self) -> None:
        self.closed = True

    def forget(self, run_id: str) -> None:
        """Loses a run as deleting its folder would."""
        del self._runs[run_id]

    def _checkpoint(self, run_id: str, step: int) -> Checkpoint:
        folder = self._folder / run_id / "checkpoints" / str(step)
        folder.mkdir(parents=True, exist_ok=True)
        manifest = b"{}"
        (folder / "manifest.json").write_bytes(manifest)
        digest = hashlib.sha256(manifest).hexdigest()
        return Checkpoint(step=step, artifact=str(folder), manifest_sha256=digest)

    def _go_on(self, run: FakeRun) -> None:
        if run.asked_to_stop:
            run.status = "cancelled"
        elif run.asked_to_wait:
            run.status = "paused"
        elif self.fails:
            run.status = "failed"
        elif not self.held:
            run.step += 1
            left = self._steps - run.step
            percent = 100 * run.step / self._steps
            run.tell(
                "metrics",
                {
                    "step": run.step,
                    "total_steps": self._steps,
                    "loss": 2 / run.step,
                    "percent": percent,
                    "eta_seconds": left,
                },
            )
            run.tell("checkpoint", {"step": run.step})
            if left == 0:
                run.status = "succeeded"

    def _run(self, run_id: str) -> FakeRun:
        if run_id not in self._runs:
            raise NotFound(f"There is no run {run_id}.")
        return self._runs[run_id]


def _words(example: Example) -> list[str]:
    return " ".join(message.content for message in example.messages).split()
