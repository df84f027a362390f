"""Small services with every kind of method that the wire has to carry."""

from __future__ import annotations

import errno
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from studio.domain.datasets import Message, Split
from studio.domain.errors import Conflict, InvalidDataset, StudioError
from studio.domain.projects import Project
from studio.domain.training import Hyperparameters
from studio.domain.values import now


class Echo:
    """Gives back what it got, fails when told to, yields, and calls back."""

    def __init__(self) -> None:
        self.closed = threading.Event()
        self.go_on = threading.Event()
        self.finished = threading.Event()

    def project(self, name: str, *, description: str = "") -> Project:
        return Project(id="project_1", name=name, description=description, created_at=now())

    def splits(self, wanted: dict[Split, int], part: Split | None = None) -> dict[Split, int]:
        return {split: count for split, count in wanted.items() if part in (None, split)}

    def pair(self, messages: Sequence[Message]) -> tuple[list[Message], int]:
        return list(messages), len(messages)

    def hyperparameters(self, given: Hyperparameters) -> Hyperparameters:
        return given

    def place(self, path: str | Path) -> str:
        return str(path)

    def nothing(self) -> None:
        """Does nothing."""

    def refuse(self, kind: str) -> None:
        raise {"conflict": Conflict, "data": InvalidDataset}[kind]("No.", hint="Do that.")

    def fill_the_disk(self) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    def break_down(self) -> None:
        raise RuntimeError("secret detail")

    def pieces(self, words: list[str]) -> Iterator[str | Project]:
        try:
            for word in words:
                if word == "fail":
                    raise Conflict("In the middle.")
                yield word
            yield self.project("whole")
        finally:
            self.closed.set()

    def endless(self) -> Iterator[str]:
        try:
            while True:
                yield "x" * 1000
        finally:
            self.closed.set()

    def pull(self, name: str, *, progress: Callable[[str, float | None], None] = print) -> str:
        progress("half", 0.5)
        self.go_on.wait(20)
        if name == "bad":
            raise StudioError("Not there.", hint="Another name.")
        progress("done", None)
        self.finished.set()
        return name.upper()

    def fetch(
        self,
        name: str,
        *,
        progress: Callable[[str, float | None], None] = print,
        cancelled: Callable[[], bool] = lambda: False,
    ) -> str:
        progress("half", 0.5)
        while not self.go_on.wait(0.01):
            if cancelled():
                self.finished.set()
                raise Conflict("Stopped.")
        return name.upper()

    def hidden(self) -> str:
        return "never seen from outside"


@dataclass(frozen=True)
class EchoServices:
    """A container as the wire expects it."""

    echo: Echo = field(default_factory=Echo)


METHODS = {
    "echo": tuple(name for name in vars(Echo) if not name.startswith("_") and name != "hidden")
}
