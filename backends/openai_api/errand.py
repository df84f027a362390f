"""Errand: what every part of a courier's work shares: the folder, the news, the line, the clock."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Literal

import httpx2
import openai

from backends.openai_api import lines
from backends.openai_api.client import client_for
from backends.openai_api.errors import struck
from backends.openai_api.remote import Ending, Phase, Remote
from backends.openai_api.run_folder import News, RunFolder
from backends.openai_api.trouble import Trouble, asking
from studio.domain.endpoints import Connection
from studio.domain.errors import BackendUnavailable, NotFound, StudioError
from studio.domain.jobs import FailureKind


@dataclass(frozen=True, kw_only=True)
class Pace:
    """How long things may take and how often one looks; in seconds and bytes."""

    first_look: float = 2.0
    slowest_look: float = 15.0
    slower: float = 1.08
    """How much longer each wait is than the one before."""
    grace: float = 60.0
    """How long a job may take to turn up before another is asked for."""
    watch: float = 900.0
    """How long second jobs are looked for after a job was asked for."""
    look: float = 10.0
    """First wait between two looks for second jobs; it doubles."""
    longest_pause: float = 60.0
    """Longest pause after trouble, unless the server asks for more."""
    answer: float = 30.0
    """Longest silence of the server, but for a job being made and a file being taken."""
    create: float = 120.0
    upload: float = 300.0
    processing: float = 1800.0
    """How long a file may be looked at by the server."""
    tries: int = 5
    """Attempts at what can be left undone."""
    posts: int = 12
    """How often a job is asked for that never turns up."""
    whole: int = 100_000_000
    """Larger files go in parts."""
    part: int = 64_000_000


LONGEST = 2000
"""Characters kept of one thing a server says."""
Connect = Callable[[], Connection]
Carrier = Callable[[], httpx2.BaseTransport | None]
"""Makes what carries requests in place of the network; None stands for the network."""


class Line:
    """The client for a run's server; made anew when address or key change."""

    def __init__(self, connect: Connect, carrier: Carrier = lambda: None) -> None:
        self._connect, self._carrier = connect, carrier
        self._made: tuple[Connection, openai.OpenAI] | None = None

    def connection(self) -> Connection:
        """Returns address and key as they are now; Trouble when the key is not there."""
        try:
            return self._connect()
        except (BackendUnavailable, NotFound) as error:
            raise Trouble("key", error) from error
        except StudioError as error:
            raise Trouble("unclear", error) from error

    def client(self, seconds: float) -> tuple[Connection, openai.OpenAI]:
        """Returns the client, which asks once and waits at most so long."""
        connection = self.connection()
        if self._made is None or self._made[0] != connection:
            self.close()
            self._made = (connection, client_for(connection, transport=self._carrier()))
        patient = self._made[1].with_options(max_retries=0, timeout=seconds)
        return connection, patient

    def heard(self, said: str) -> str:
        """Returns what a server said, without the key and not too long."""
        key = "" if self._made is None else self._made[0].key
        return struck(said, key)[:LONGEST]

    def close(self) -> None:
        """Lets go of the connections."""
        if self._made is not None:
            self._made[1].close()
            self._made = None


class Errand:
    """One run on its way; each change to `remote` is on disk before the next act."""

    def __init__(
        self,
        folder: RunFolder,
        line: Line,
        pace: Pace,
        clock: Callable[[], datetime],
        lacks: set[str],
    ) -> None:
        """`lacks` is what the server was seen not to offer to any run."""
        self.folder, self.line, self.pace, self.clock = folder, line, pace, clock
        self.spec = folder.spec()
        self.news = News(folder)
        found = folder.remote()
        if found is None:
            found = Remote(began_at=clock())
            folder.keep(found)
        self.remote = found
        self._hashes = [_sha256(folder.path / name) for name in folder.files()]
        self.unable: set[str] = set()
        """What the server was seen not to offer to this run."""
        self.lacks = lacks

    def keep(self, **changes: Any) -> None:
        """Writes what changed, durably, where it changed."""
        changed = self.remote.with_(**changes)
        if changed != self.remote:
            self.folder.keep(changed)
            self.remote = changed

    def enter(self, phase: Phase, **changes: Any) -> None:
        """Goes on to the next phase."""
        self.keep(phase=phase, tries=0, **changes)

    @contextmanager
    def asking(self, seconds: float | None = None) -> Iterator[openai.OpenAI]:
        """Lends the client for one request; whatever goes wrong comes out as Trouble.

        Nothing is sent to a place that nobody agreed to.
        """
        connection, client = self.line.client(seconds or self.pace.answer)
        self._agreed(connection)
        with asking(connection):
            yield client

    def tell(self, kind: str, message: str = "", *, key: str = "", **data: Any) -> None:
        """Adds to the run's news; what has a key is told once."""
        self.news.write(kind, message, key=key, at=self.clock(), **data)

    def end(
        self,
        status: Literal["succeeded", "failed", "cancelled"],
        message: str,
        failure: FailureKind | None = None,
        *,
        then: Phase = "tidy",
        **changes: Any,
    ) -> None:
        """Notes how the run ended; what it left at the server is looked after next."""
        ending = Ending(status=status, failure=failure, message=message)
        self.enter(then, ending=ending, ended_at=self.clock(), **changes)

    def since(self, moment: datetime | None) -> float:
        """Returns the seconds since then, without end when there was no such moment."""
        return float("inf") if moment is None else (self.clock() - moment).total_seconds()

    def place(self) -> str:
        """Returns the server's name for sentences."""
        return self.spec.training.backend.partition(":")[2] or "server"

    def _agreed(self, connection: Connection) -> None:
        training = self.spec.training
        wanted = lines.fingerprint(connection.host, training.base_model, self._hashes)
        if training.agreed == wanted:
            return
        if any(sent.began for sent in self.remote.sent):
            # The run is at the old address, and its key is nothing for the new one.
            raise Trouble(
                "key",
                BackendUnavailable(
                    f"The endpoint {self.place()} leads to {connection.host} now, but this run is"
                    " elsewhere.",
                    hint="Put its former address back under Settings.",
                ),
            )
        raise NotAgreed(
            f"Nobody agreed to send these files to {connection.host}, so nothing was sent."
            " Start a new run: it shows what leaves this machine."
        )


class NotAgreed(Exception):
    """The address changed after the user agreed, or nobody ever agreed."""


def _sha256(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
