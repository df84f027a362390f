"""news: the events and checkpoints of a fine-tune as the wire tells them, the newest first.

An event's id carries its place, so that a cursor stays good whatever happens to the job: each
event of the run has four places, its own and three for what its ending adds.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any, Literal, NamedTuple

from studio.api.v1 import ids
from studio.api.v1.errors import invalid
from studio.api.v1.jobs import model_name, status_of, tuned_model
from studio.api.v1.shapes.fine_tuning import CheckpointObject, EventObject
from studio.domain.jobs import Event, JobStatus
from studio.services.wire_orders import Facts, WireJob
from studio.services.wire_results import by_step

FIGURES = {
    "loss": ("train_loss",),
    "token_accuracy": ("train_mean_token_accuracy",),
    # Ours are measured over the whole validation file each time: they are both of theirs.
    "validation_loss": ("valid_loss", "full_valid_loss"),
    "validation_token_accuracy": ("valid_mean_token_accuracy", "full_valid_mean_token_accuracy"),
}
"""Our figures → what the wire calls them. What was not measured has no key."""
WORDS = {"train_loss": "training loss", "full_valid_loss": "full validation loss"}
OF_CHECKPOINTS = tuple(name for names in FIGURES.values() for name in names)
PLACES = 4
"""Places of each event of the run."""
FIRST = 16
"""Places before the run's own events are for what came before it."""
ID = re.compile(r"ftevent-([0-9a-z]+)-([0-9a-f]{10})")
Level = Literal["info", "warn", "error"]


class News(NamedTuple):
    """One piece of news at its place."""

    place: int
    at: datetime
    level: Level
    message: str
    data: dict[str, Any] | None = None


def below(cursor: str | None, wire: WireJob) -> int | None:
    """Returns the place that an event's id carries, None without one.

    Raises:
        ApiError: when it is no event of this job.
    """
    if cursor is None:
        return None
    found = ID.fullmatch(cursor)
    if found is None or found[1] != _hex(wire):
        raise invalid(f"There is no event {cursor[:80]} of this job to go on after.", "after")
    return int(found[2], 16)


def number_below(place: int | None) -> int | None:
    """Returns below which number the run's own events lie that come after a place."""
    return None if place is None else max(1, -(-(place - FIRST) // PLACES))


def told(
    wire: WireJob, facts: Facts, events: Iterable[Event], place: int | None
) -> Iterator[EventObject]:
    """Yields the news below a place, newest first; `events` are the run's own, newest first."""
    for one in (*_after(wire, facts), *map(_of, events), *_before(wire)):
        if place is None or one.place < place:
            yield EventObject(
                id=f"ftevent-{_hex(wire)}-{one.place:010x}",
                created_at=int(one.at.timestamp()),
                level=one.level,
                message=one.message,
                type="message" if one.data is None else "metrics",
                data=one.data or {},
            )


def checkpoints(
    wire: WireJob, events: Iterable[Event], steps_kept: Collection[int]
) -> list[CheckpointObject]:
    """Returns the checkpoints of a run that can be asked, newest first.

    `events` are its figures and what it said when it saved one.
    """
    kept = list(events)
    figures = by_step(kept)
    saved = {int(one.data["step"]): one for one in kept if one.kind == "checkpoint"}
    # A run that was stopped and went on saved some steps twice: the later one counts.
    return [
        _checkpoint(wire, step, saved[step], figures.get(step, {}))
        for step in sorted(saved.keys() & set(steps_kept), reverse=True)
    ]


def figures_of(data: Mapping[str, Any]) -> dict[str, Any]:
    """Returns a run's figures by the names of the wire; those it has no name for keep ours."""
    found: dict[str, Any] = {}
    for name, value in data.items():
        for theirs in FIGURES.get(name, (name,)):
            found[theirs] = value
    return found


def _checkpoint(
    wire: WireJob, step: int, event: Event, figures: Mapping[str, Any]
) -> CheckpointObject:
    known = figures_of(figures)
    return CheckpointObject(
        id=f"ftckpt_{_hex(wire)}{step:08x}",
        created_at=int(event.at.timestamp()),
        fine_tuned_model_checkpoint=ids.checkpoint(model_name(wire), step),
        fine_tuning_job_id=ids.theirs(wire.id),
        metrics={"step": step, **{name: known[name] for name in OF_CHECKPOINTS if name in known}},
        step_number=step,
    )


def _hex(wire: WireJob) -> str:
    return wire.id.partition("_")[2]


def _before(wire: WireJob) -> Iterator[News]:
    """What happened before the run had news of its own, newest first."""
    order, job = wire.order, wire.job
    if job is None and order.status == "failed":
        yield News(5, order.finished_at or order.created_at, "error", order.error_message)
    if job is None and order.status == "cancelled":
        at = order.finished_at or order.created_at
        yield News(4, at, "info", "The job has been cancelled")
    if job is not None:
        yield News(3, job.created_at, "info", "Files validated, moving job to queued state")
    file = ids.theirs(order.training_file)
    yield News(2, order.created_at, "info", f"Validating training file: {file}")
    name = ids.theirs(order.id)
    yield News(1, order.created_at, "info", f"Created fine-tuning job: {name}")


def _after(wire: WireJob, facts: Facts) -> Iterator[News]:
    """What the job's state adds behind the last news of its run, newest first."""
    job = wire.job
    if job is None:
        return
    place, at = _place(facts.last_event), job.finished_at or job.created_at
    if job.status is JobStatus.SUCCEEDED:
        yield News(place + 3, at, "info", "The job has successfully completed")
        model = tuned_model(wire)
        if model is not None:
            yield News(place + 2, at, "info", f"New fine-tuned model created: {model}")
    elif job.status is JobStatus.FAILED:
        yield News(place + 3, at, "error", job.message)
    elif status_of(wire) == "cancelled":
        yield News(place + 3, at, "info", "The job has been cancelled")
    elif job.status is JobStatus.INTERRUPTED:
        yield News(place + 1, at, "warn", f"The job was interrupted and waits. {job.message}")


def _of(event: Event) -> News:
    place = _place(event.n)
    if event.kind == "metrics":
        data = figures_of(event.data)
        return News(place, event.at, "info", _sentence(data), data)
    level: Level = "error" if event.kind == "failure" else "info"
    return News(place, event.at, level, event.message or event.kind)


def _place(n: int) -> int:
    return FIRST + n * PLACES


def _sentence(data: Mapping[str, Any]) -> str:
    step, total = data.get("step"), data.get("total_steps")
    where = f"Step {step}" if total is None else f"Step {step}/{total}"
    figures = [f"{word}={data[name]:.4g}" for name, word in WORDS.items() if name in data]
    return f"{where}: {', '.join(figures)}" if figures else where
