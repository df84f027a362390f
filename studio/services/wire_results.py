"""Wire results: a finished run's figures as the CSV that clients of the OpenAI wire fetch."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping
from typing import Any

from studio.domain.jobs import Event, Job, JobStatus
from studio.domain.wire import WireFile
from studio.services.wire_files import WireFileService
from studio.store.jobs import JobStore

HEADER = ("step", "train_loss", "train_accuracy", "valid_loss", "valid_mean_token_accuracy")
OURS = ("loss", "token_accuracy", "validation_loss", "validation_token_accuracy")
"""Our names of the columns behind `step`."""
MOST_EVENTS = 1_000_000
TOLD = ("metrics", "checkpoint")


class ResultFiles:
    """Makes result files; one for each run that succeeded, when somebody first looks."""

    def __init__(self, jobs: JobStore, files: WireFileService) -> None:
        self._jobs, self._files = jobs, files

    def of(self, job: Job) -> WireFile | None:
        """Returns the job's result file, None before it succeeded and after it was deleted."""
        if job.status is not JobStatus.SUCCEEDED or job.finished_at is None:
            return None
        id = job.id.replace("job_", "file_") + "_results"
        known = self._files.known(id)
        if known is None:
            file = WireFile(
                id=id,
                project_id=job.project_id,
                filename="step_metrics.csv",
                purpose="fine-tune-results",
                size=0,
                sha256="",
                created_at=job.finished_at,
            )
            known = self._files.make(file, [table(self.measured(job)).encode()])
        return None if known.deleted else known

    def measured(self, job: Job) -> list[Event]:
        """Returns the run's figures and checkpoints, oldest first."""
        found = [
            event
            for kind in TOLD
            for event in self._jobs.events(job.id, limit=MOST_EVENTS, kind=kind)
        ]
        return sorted(found, key=lambda event: event.n)


def by_step(events: Iterable[Event]) -> dict[int, dict[str, Any]]:
    """Returns step → everything that was measured at it; a step done again counts as done last."""
    found: dict[int, dict[str, Any]] = {}
    for event in events:
        if event.kind == "metrics" and isinstance(event.data.get("step"), int):
            found.setdefault(event.data["step"], {}).update(event.data)
    return dict(sorted(found.items()))


def table(events: Iterable[Event]) -> str:
    """Returns the CSV; what was not measured at a step is blank, never zero."""
    text = io.StringIO()
    written = csv.writer(text, lineterminator="\n")
    written.writerow(HEADER)
    for step, figures in by_step(events).items():
        written.writerow([step, *(_cell(figures, name) for name in OURS)])
    return text.getvalue()


def _cell(figures: Mapping[str, Any], name: str) -> str:
    value = figures.get(name)
    return "" if value is None else repr(float(value))
