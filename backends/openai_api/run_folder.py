"""Run folder: all that is known of a hosted run, in files that outlive the studio.

spec.json                what to train; written last of the submission, never changed
train.jsonl, validation.jsonl   exactly the bytes that are uploaded
remote.json              what was begun and done at the server; replaced around every act
events.jsonl             numbered news, appended; each line remembers the server's id for it
cancel, pause, resume    their existence asks the courier for it
result-1.csv             the server's table of results, decoded
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any, Literal

from backends.durable import replace
from backends.openai_api.remote import Remote, RunSpec
from studio.domain.jobs import Event

Wish = Literal["cancel", "pause", "resume"]
FILES = ("train.jsonl", "validation.jsonl")
MOST_EVENTS = 1000
HEAD = b'{"n":'
"""How every line of events begins; its number follows."""


class RunFolder:
    """One run's files."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def create(self, spec: RunSpec, files: dict[str, bytes]) -> None:
        """Writes files and spec durably; the spec last, so that it marks the folder as whole."""
        self.path.mkdir(parents=True, exist_ok=True)
        for name, content in files.items():
            replace(self.path / name, content)
        replace(self.path / "spec.json", spec.model_dump_json().encode())

    def exists(self) -> bool:
        """Says whether the run was handed over completely."""
        return (self.path / "spec.json").is_file()

    def spec(self) -> RunSpec:
        """Returns what to train."""
        return RunSpec.model_validate_json((self.path / "spec.json").read_bytes())

    def files(self) -> list[str]:
        """Returns the names of the files to upload, the training file first."""
        return [name for name in FILES if (self.path / name).is_file()]

    def remote(self) -> Remote | None:
        """Returns what is known at the server, None before the first act."""
        try:
            return Remote.model_validate_json((self.path / "remote.json").read_bytes())
        except FileNotFoundError:
            return None

    def keep(self, remote: Remote) -> None:
        """Replaces what is known at the server, durably."""
        replace(self.path / "remote.json", remote.model_dump_json().encode())

    def wish(self, what: Wish) -> None:
        """Leaves a request for the courier; leaving it again changes nothing."""
        (self.path / what).touch()

    def wished(self, what: Wish) -> bool:
        """Says whether that was asked for."""
        return (self.path / what).exists()

    def settle(self, what: Wish) -> None:
        """Takes a request away, because it was granted, refused or taken back."""
        (self.path / what).unlink(missing_ok=True)

    def events(self, after: int, limit: int = MOST_EVENTS) -> list[Event]:
        """Returns events numbered above `after`, oldest first; a torn last line does not count."""
        found: list[Event] = []
        for _, told in _lines(self.path / "events.jsonl", after):
            told.pop("key", None)
            found.append(Event.model_validate(told))
            if len(found) == limit:
                break
        return found

    def log_tail(self, last: int) -> str:
        """Returns the last news in words, one a line."""
        said = [
            f"{told['at'][:19].replace('T', ' ')}  {told['message']}"
            for _, told in _lines(self.path / "events.jsonl")
            if told["message"]
        ]
        return "\n".join(said[-last:])


class News:
    """Appends numbered events, each at most once; goes on after the last whole line."""

    def __init__(self, folder: RunFolder) -> None:
        self._path = folder.path / "events.jsonl"
        self._n = 0
        self._at: datetime | None = None
        self.keys: set[str] = set()
        """What was told already: the server's ids, and names of our own."""
        self.steps: set[int] = set()
        """Steps whose training loss was told."""
        self.first: tuple[datetime, int] | None = None
        """When the first step was told, and which it was."""
        self._take_up()

    def write(
        self, kind: str, message: str = "", *, key: str = "", at: datetime, **data: Any
    ) -> None:
        """Appends one event durably; what has a key that was told before is not told again."""
        if key and key in self.keys:
            return
        moment = at if self._at is None else max(self._at, at)
        told = {
            "n": self._n + 1,
            "at": moment.isoformat(),
            "kind": kind,
            "message": message,
            "data": data,
            "key": key,
        }
        with self._path.open("ab") as stream:
            stream.write(json.dumps(told, separators=(",", ":")).encode() + b"\n")
            stream.flush()
            if kind != "metrics":
                os.fsync(stream.fileno())
        self._note(told)

    def _take_up(self) -> None:
        whole = 0
        for line, told in _lines(self._path):
            self._note(told)
            whole += len(line)
        if self._path.exists():
            # A crash may have torn the last line; the next one must not be glued to it.
            os.truncate(self._path, whole)

    def _note(self, told: dict[str, Any]) -> None:
        self._n, self._at = told["n"], datetime.fromisoformat(told["at"])
        if told.get("key"):
            self.keys.add(told["key"])
        if told["kind"] == "metrics" and "loss" in told["data"]:
            step = int(told["data"]["step"])
            self.steps.add(step)
            self.first = self.first or (self._at, step)


def _lines(path: Path, after: int = 0) -> Iterator[tuple[bytes, dict[str, Any]]]:
    """Yields each whole line as it stands and as it reads, up to the first that is torn.

    Lines up to number `after` are passed over unread: a long run is looked at often.
    """
    try:
        stream = path.open("rb")
    except FileNotFoundError:
        return
    with stream:
        for line in stream:
            if not line.endswith(b"}\n"):
                return
            head = line[len(HEAD) : line.find(b",")]
            if line.startswith(HEAD) and head.isdigit() and int(head) <= after:
                continue
            try:
                told = json.loads(line)
            except ValueError:
                return
            yield line, told
