"""FileDesk: the services behind `/v1`'s files and uploads, with a clock that a test moves on."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from openai import AsyncOpenAI

from studio.domain.values import now
from studio.services.wire_files import WireFileService
from studio.services.wire_uploads import WireUploadService
from studio.store.database import Database
from studio.store.wire_files import WireFileStore
from tests.api import wire
from tests.fakes.studio_parts import FakeProjects


class Clock:
    """A clock that a test moves on."""

    def __init__(self) -> None:
        self.time = now()

    def __call__(self) -> datetime:
        return self.time

    def go_on(self, **span: float) -> None:
        self.time += timedelta(**span)


@dataclass
class FileDesk:
    """Services over one database in memory and one folder."""

    folder: Path
    clock: Clock = field(default_factory=Clock)
    reading: set[str] = field(default_factory=set)
    """Files that somebody reads."""

    def __post_init__(self) -> None:
        store = WireFileStore(Database(None))
        self.projects = FakeProjects()
        self.wire_files = WireFileService(
            store, self.folder, reading=lambda: self.reading, clock=self.clock
        )
        self.wire_uploads = WireUploadService(store, self.wire_files, self.folder, clock=self.clock)

    def client(self) -> AsyncOpenAI:
        """Returns the official client in front of them."""
        return wire.client(self)

    def kept(self) -> list[Path]:
        """Returns every file on the disk."""
        return [path for path in self.folder.rglob("*") if path.is_file()]
