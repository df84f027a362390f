"""Run folder: the files through which the studio and a training worker speak.

spec.json                what to train; written before the worker starts, never changed
train.jsonl, validation.jsonl   the examples, one JSON object a line
cancel                   its existence asks the worker to save a checkpoint and stop
pause                    its existence asks the worker to save a checkpoint and wait
worker.lock              locked by the worker as long as it lives
reference.json           preferences only: what the model before made of each pair, in order
heartbeat.json           pid, process start time, token and step; replaced every two seconds
events.jsonl             numbered news, appended
checkpoints/step-…/      whole when its manifest.json is there and matches; each holds an adapter
adapter/                 the finished model, whole when its manifest.json is there
result.json              how the run ended, or that it waits; written last
worker.log               what the worker printed
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

from backends.durable import replace
from backends.local import manifest
from studio.domain.datasets import Example
from studio.domain.errors import ModelRefused
from studio.domain.jobs import Checkpoint, Event, FailureKind
from studio.domain.models import BaseModel
from studio.domain.training import TrainingSpec
from studio.domain.values import Value

RESERVED = ".room-for-the-result"
ROOM = 65536
"""Bytes kept free for the result and the folder entry it needs."""


class RunSpec(Value):
    """Everything a worker needs to know, nothing secret among it."""

    token: str
    """Tells this run's worker from any other process with the same pid; not a secret."""
    job_id: str
    training: TrainingSpec
    model: BaseModel
    resume_from: str | None = None
    """Id of the run whose checkpoints were copied here to go on from."""


class Heartbeat(Value):
    """The worker's sign of life."""

    pid: int
    started: float
    """Start time of the process, seconds since the epoch, as psutil reports it."""
    token: str
    step: int
    at: datetime


class Result(Value):
    """How a run ended, or that it waits."""

    status: Literal["succeeded", "failed", "cancelled", "paused"]
    failure: FailureKind | None = None
    message: str = ""
    validation_loss: float | None = None
    step: int = 0


CANCELLED = Result(status="cancelled", message="Stopped as asked; the last checkpoint is kept.")
PAUSED = Result(status="paused", message="It waits at its last checkpoint until it is resumed.")


class RunFolder:
    """One run's files."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.checkpoints = path / "checkpoints"
        self.adapter = path / "adapter"

    def create(
        self, spec: RunSpec, train: Sequence[Example], validation: Sequence[Example]
    ) -> None:
        """Writes spec and examples durably; the spec last, so that it marks the folder as whole."""
        self.path.mkdir(parents=True, exist_ok=True)
        self._write_examples("train.jsonl", train)
        self._write_examples("validation.jsonl", validation)
        replace(self.path / "spec.json", spec.model_dump_json())

    def exists(self) -> bool:
        """Says whether the run was handed over completely."""
        return (self.path / "spec.json").is_file()

    def spec(self) -> RunSpec:
        """Returns what to train."""
        return RunSpec.model_validate_json((self.path / "spec.json").read_bytes())

    def examples(self, split: Literal["train", "validation"]) -> list[Example]:
        """Returns the examples of one split."""
        with (self.path / f"{split}.jsonl").open(encoding="utf-8") as stream:
            return [Example.model_validate_json(line) for line in stream]

    def reference(self) -> list[float] | None:
        """Returns what the model before tuning made of each pair, None while nobody asked it."""
        try:
            found: list[float] = json.loads((self.path / "reference.json").read_bytes())
        except FileNotFoundError:
            return None
        return found

    def keep_reference(self, margins: Sequence[float]) -> None:
        """Keeps that durably: a run that goes on compares with the very same numbers."""
        replace(self.path / "reference.json", json.dumps(margins))

    def request_cancel(self) -> None:
        """Asks the worker to stop; asking again changes nothing."""
        (self.path / "cancel").touch()

    def request_pause(self) -> None:
        """Asks the worker to wait; asking again changes nothing."""
        (self.path / "pause").touch()

    def let_go_on(self) -> None:
        """Takes old requests and the word of a pause back, before a new worker starts here."""
        # Whatever is left after a crash in between still says that the run can go on.
        for name in ("cancel", "pause", "result.json"):
            (self.path / name).unlink(missing_ok=True)

    def cancel_requested(self) -> bool:
        """Says whether somebody asked the worker to stop."""
        return (self.path / "cancel").exists()

    def pause_requested(self) -> bool:
        """Says whether somebody asked the worker to wait."""
        return (self.path / "pause").exists()

    def heartbeat(self) -> Heartbeat | None:
        """Returns the last sign of life, None when there never was one."""
        try:
            return Heartbeat.model_validate_json((self.path / "heartbeat.json").read_bytes())
        except FileNotFoundError:
            return None

    def beat(self, heartbeat: Heartbeat) -> None:
        """Replaces the sign of life."""
        # Not made durable: after a power cut the process is gone whatever the file says.
        aside = self.path / ".heartbeat.json.tmp"
        aside.write_text(heartbeat.model_dump_json(), encoding="utf-8")
        aside.replace(self.path / "heartbeat.json")

    def result(self) -> Result | None:
        """Returns how the run ended, None while it has not."""
        try:
            return Result.model_validate_json((self.path / "result.json").read_bytes())
        except FileNotFoundError:
            return None

    def reserve(self) -> None:
        """Takes the room that the result will need, so that a full disk cannot swallow it."""
        with (self.path / RESERVED).open("wb") as stream:
            stream.write(b"\0" * ROOM)

    def finish(self, result: Result) -> None:
        """Writes how the run ended, durably, in the room kept for it."""
        (self.path / RESERVED).unlink(missing_ok=True)
        replace(self.path / "result.json", result.model_dump_json())

    def events(self, after: int, limit: int = 1000) -> list[Event]:
        """Returns events numbered above `after`, oldest first; a torn last line does not count."""
        found: list[Event] = []
        try:
            stream = (self.path / "events.jsonl").open("rb")
        except FileNotFoundError:
            return found
        with stream:
            for line in stream:
                n = _number(line)
                if n is None:
                    break
                if n > after:
                    found.append(Event.model_validate_json(line))
                    if len(found) == limit:
                        break
        return found

    def log_tail(self, last: int) -> str:
        """Returns the last lines the worker printed."""
        try:
            with (self.path / "worker.log").open("rb") as stream:
                size = stream.seek(0, os.SEEK_END)
                stream.seek(max(0, size - 400 * last))
                return "\n".join(stream.read().decode("utf-8", "replace").splitlines()[-last:])
        except FileNotFoundError:
            return ""

    def _write_examples(self, name: str, examples: Iterable[Example]) -> None:
        with (self.path / name).open("w", encoding="utf-8", newline="\n") as stream:
            for example in examples:
                stream.write(example.model_dump_json() + "\n")
            stream.flush()
            os.fsync(stream.fileno())


def newest_whole(checkpoints: Path) -> Path | None:
    """Returns the newest checkpoint whose files match its manifest, None without one."""
    for folder in sorted(checkpoints.glob("step-*"), reverse=True):
        try:
            manifest.verify(folder)
        except ModelRefused:
            continue
        return folder
    return None


def kept_checkpoints(checkpoints: Path) -> list[Checkpoint]:
    """Returns the checkpoints that can be asked, oldest first; what is loaded is verified then."""
    found: dict[int, Checkpoint] = {}
    for folder in sorted(checkpoints.glob("step-*")):
        try:
            proof = manifest.manifest_sha256(folder)
        except ModelRefused:  # Torn, or dropped just now.
            continue
        step = int(folder.name.split("-")[1])
        # Of a step kept twice the one with its measurement comes later; the adapters are equal.
        found[step] = Checkpoint(step=step, artifact=str(folder), manifest_sha256=proof)
    return list(found.values())


class EventWriter:
    """Appends numbered events; goes on from the last whole line of an earlier worker."""

    def __init__(self, folder: RunFolder) -> None:
        self._path = folder.path / "events.jsonl"
        self._n = self._drop_torn_end()
        self._stream = self._path.open("a", encoding="utf-8", newline="\n")

    def write(self, kind: str, message: str = "", **data: Any) -> None:
        """Appends one event and hands it to the operating system."""
        self._n += 1
        line = {
            "n": self._n,
            "at": datetime.now(UTC).isoformat(),
            "kind": kind,
            "message": message,
            "data": data,
        }
        self._stream.write(json.dumps(line, separators=(",", ":")) + "\n")
        self._stream.flush()
        if kind != "metrics":  # Those are many, and a run that goes on tells most of them again.
            os.fsync(self._stream.fileno())

    def _drop_torn_end(self) -> int:
        """Cuts off what a crash left behind the last whole line; returns that line's number."""
        last = 0
        with self._path.open("a+b") as stream:
            stream.seek(0)
            whole = 0
            for line in stream:
                if _number(line) != last + 1:
                    break
                last, whole = last + 1, whole + len(line)
            stream.truncate(whole)
        return last


def _number(line: bytes) -> int | None:
    """Returns the number at the beginning of a whole line of events, None of a torn one."""
    # Read without parsing the rest: a long run is read often.
    head = line[5 : line.find(b",")]
    whole = line.startswith(b'{"n":') and line.endswith(b"}\n") and head.isdigit()
    return int(head) if whole else None
