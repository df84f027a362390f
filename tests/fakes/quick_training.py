"""A training backend whose runs go as far as a test lets them, at once and without weights."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from pathlib import Path

from studio.domain.datasets import Example
from studio.domain.errors import NotFound
from studio.domain.interfaces import RunState
from studio.domain.jobs import Event
from studio.domain.models import BaseModel
from studio.domain.training import Blocker, Plan, TrainingSpec
from studio.domain.values import now

STEPS = 4


class QuickTraining:
    """Runs succeed after `STEPS` looks unless `held`; `fails` ends them, `too_long` blocks them."""

    name = "local"

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._runs: dict[str, list[Event]] = {}
        self._cancelled: set[str] = set()
        self.held = False
        self.fails = ""
        self.too_long: tuple[str, ...] = ()
        self.began = threading.Event()
        self.submitted: list[TrainingSpec] = []

    def unavailable_because(self) -> str | None:
        return None

    def plan(
        self,
        spec: TrainingSpec,
        model: BaseModel,
        train: Sequence[Example],
        validation: Sequence[Example],
    ) -> Plan:
        here = {example.id for example in train}
        unfit = tuple(row for row in self.too_long if row in here)
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
            total_steps=STEPS,
            train_examples=len(train),
            validation_examples=len(validation),
            train_tokens=None,
            blockers=(blocker,) if unfit else (),
            warnings=("The machine is busy.",),
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
        run_id = f"run_{job_id}"
        self._runs.setdefault(run_id, [])
        self.submitted.append(spec)
        self.began.set()
        return run_id

    def events(self, run_id: str, after: int) -> list[Event]:
        return [event for event in self._run(run_id) if event.n > after]

    def state(self, run_id: str) -> RunState:
        events = self._run(run_id)
        if run_id in self._cancelled:
            return RunState(status="cancelled", message="Stopped as asked.", resumable=True)
        if self.fails:
            return RunState(status="failed", failure="oom", message=self.fails)
        if not self.held and len(events) < STEPS:
            n = len(events) + 1
            data = {"step": n, "total_steps": STEPS, "loss": 2 / n, "eta_seconds": STEPS - n}
            events.append(Event(n=n, at=now(), kind="metrics", data=data))
        if len(events) < STEPS:
            return RunState(status="running")
        folder = self._folder / run_id
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "manifest.json").write_text("{}", encoding="utf-8")
        return RunState(status="succeeded", artifact=str(folder), validation_loss=0.5)

    def cancel(self, run_id: str) -> None:
        self._run(run_id)
        self._cancelled.add(run_id)

    def log(self, run_id: str, last: int = 200) -> str:
        self._run(run_id)
        return "The worker says hello."

    def _run(self, run_id: str) -> list[Event]:
        if run_id not in self._runs:
            raise NotFound(f"There is no run {run_id}.")
        return self._runs[run_id]
