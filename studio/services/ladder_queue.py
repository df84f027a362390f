"""Runs of the ladder one after the other; those that wait for a fine-tune begin when it is done."""

from __future__ import annotations

import threading
from collections.abc import Callable

from studio.domain.errors import Conflict
from studio.domain.evaluation import RunStatus
from studio.domain.ladder import RungRun
from studio.domain.values import now
from studio.services.ladder_pilot import Pilots
from studio.services.ladder_run import RungMeasurement
from studio.services.turns import Turns
from studio.store.ladder import LadderStore
from studio.store.runs import ENDED

PERIOD = 1.0
"""Seconds between two looks at fine-tunes that runs wait for."""


class RungQueue:
    """Carries runs out on one background thread."""

    def __init__(
        self,
        ladder: LadderStore,
        measurement: RungMeasurement,
        pilots: Pilots,
        changed: Callable[[], None] = lambda: None,
    ) -> None:
        """`changed` is called whenever a run is not what it was, from any thread."""
        self._ladder, self._measurement, self._pilots = ladder, measurement, pilots
        self._changed = changed
        self._turns = Turns("rungs", self._measure, look=self._look, period=PERIOD)
        self._lock = threading.Lock()
        self._cancelled: set[str] = set()
        self._awaiting: set[str] = set()

    def open(self) -> None:
        """Begins to work, on what an earlier studio left first; again, it changes nothing."""
        self._turns.open(self._leftovers)

    def close(self) -> None:
        """Stops after the answer in progress; unfinished runs go on when opened again."""
        self._turns.close()

    def add(self, run: RungRun) -> RungRun:
        """Lines a run up; the same work still under way is returned instead."""
        run = self._pilots.settled(run)
        with self._lock:
            for other in self._ladder.all(run.project_id):
                if other.status not in ENDED and _same_work(other, run):
                    return other
            self._ladder.add(run)
            if self._pilots.waits(run):
                self._awaiting.add(run.id)
        if run.status is RunStatus.QUEUED and not self._pilots.waits(run):
            self._turns.put(run.id)
        self._changed()
        return run

    def cancel(self, run_id: str) -> RungRun:
        """Asks a run to stop, keeping the answers it has; Conflict when it has ended otherwise."""
        with self._lock:
            run = self._ladder.get(run_id)
            if run.status is RunStatus.QUEUED:
                run = run.with_(status=RunStatus.CANCELLED, message="", finished_at=now())
                self._ladder.save(run)
            elif run.status is RunStatus.RUNNING:
                self._cancelled.add(run_id)
            elif run.status is not RunStatus.CANCELLED:
                raise Conflict(f"The run has {run.status} already and cannot be cancelled.")
        self._changed()
        return run

    def _leftovers(self) -> list[str]:
        left = [run for run in reversed(self._ladder.all()) if run.status not in ENDED]
        self._awaiting |= {run.id for run in left if self._pilots.waits(run)}
        return [run.id for run in left if run.id not in self._awaiting]

    def _look(self) -> None:
        """Takes up the runs whose fine-tune has ended."""
        for run_id in list(self._awaiting):
            with self._lock:
                kept = self._ladder.get(run_id)
                run = self._pilots.settled(kept)
                if run == kept and self._pilots.waits(run):
                    continue
                self._awaiting.discard(run_id)
                if run != kept:
                    self._ladder.save(run)
            if run.status is RunStatus.QUEUED:
                self._turns.put(run_id)
            self._changed()

    def _measure(self, run_id: str) -> None:
        with self._lock:
            run = self._ladder.get(run_id)
            if run.status in ENDED:
                return
            run = run.with_(status=RunStatus.RUNNING, started_at=run.started_at or now())
            self._ladder.save(run)
        self._changed()
        self._measurement.carry_out(
            run,
            cancelled=lambda: run_id in self._cancelled,
            closing=self._turns.closing,
            changed=self._changed,
        )


def _same_work(one: RungRun, other: RungRun) -> bool:
    """Equal setups on one suite; a pilot's setup names its model only once that is trained."""
    if one.suite != other.suite or one.metric != other.metric:
        return False
    if one.job_id is not None and one.job_id == other.job_id:
        return one.setup.with_(model_id="") == other.setup.with_(model_id="")
    return one.setup == other.setup
