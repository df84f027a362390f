"""KeptBackend: a training backend whose runs are files, so that they outlive a killed studio."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from studio.domain.datasets import Example
from studio.domain.interfaces import RunState
from studio.domain.jobs import Checkpoint, Event
from studio.domain.models import BaseModel
from studio.domain.training import Plan, TrainingSpec


class KeptBackend:
    """A run succeeds at its `looks`-th look; those whose turn is in `fails` fail instead.

    `started.jsonl` has one line for every run that ever began.
    """

    name = "local"
    parallel = False

    def __init__(
        self,
        folder: Path,
        *,
        looks: int = 2,
        fails: Sequence[int] = (),
        wrote: Callable[[], None] = lambda: None,
    ) -> None:
        """`wrote` is called around every write: a test may end the process there."""
        self._folder, self._looks, self._fails, self._wrote = folder, looks, tuple(fails), wrote
        folder.mkdir(parents=True, exist_ok=True)

    def started(self) -> list[dict[str, Any]]:
        """Returns every run that began, oldest first."""
        path = self._folder / "started.jsonl"
        if not path.exists():
            return []
        return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]

    def unavailable_because(self) -> str | None:
        return None

    def plan(
        self,
        spec: TrainingSpec,
        model: BaseModel | None,
        train: Sequence[Example],
        validation: Sequence[Example],
    ) -> Plan:
        return Plan(
            device="CPU, 2 cores",
            memory_needed=None,
            memory_available=None,
            disk_needed=None,
            disk_available=None,
            seconds_low=30,
            seconds_high=120,
            basis="a prior",
            total_steps=4,
            train_examples=len(train),
            validation_examples=len(validation),
            train_tokens=None,
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
        """Begins a run; the same job again is the same run."""
        run_id = f"run_{job_id}"
        if not (self._folder / run_id).exists():
            line = {"job": job_id, "rows": [example.id for example in train]}
            if all(known["job"] != job_id for known in self.started()):
                with (self._folder / "started.jsonl").open("a", encoding="utf-8") as stream:
                    stream.write(json.dumps(line) + "\n")
            self._wrote()
            (self._folder / run_id).mkdir()
            self._wrote()
        return run_id

    def events(self, run_id: str, after: int) -> list[Event]:
        return []

    def state(self, run_id: str) -> RunState:
        folder = self._folder / run_id
        looked = len(list(folder.glob("look-*")))
        if looked < self._looks:
            (folder / f"look-{looked}").touch()
            self._wrote()
            return RunState(status="running", resumable=True)
        turn = [known["job"] for known in self.started()].index(run_id.removeprefix("run_"))
        if turn in self._fails:
            return RunState(status="failed", failure="oom", message="It ran out of memory.")
        (folder / "manifest.json").write_text("{}", encoding="utf-8")
        self._wrote()
        return RunState(status="succeeded", artifact=str(folder), validation_loss=0.5)

    def cancel(self, run_id: str) -> None:
        """Has nothing to stop."""

    def pause(self, run_id: str) -> None:
        """Has nothing to stop."""

    def checkpoints(self, run_id: str) -> list[Checkpoint]:
        return []

    def log(self, run_id: str, last: int = 200) -> str:
        return ""
