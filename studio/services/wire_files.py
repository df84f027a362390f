"""Wire files: what clients of the OpenAI wire keep here, streamed to disk and gone on request."""

from __future__ import annotations

import hashlib
import os
import secrets
import shutil
from collections.abc import Callable, Collection, Iterable
from datetime import datetime, timedelta
from pathlib import Path
from types import TracebackType
from typing import IO, Self

from studio.domain.errors import InvalidInput, NotFound, StorageFailed
from studio.domain.values import new_id, now
from studio.domain.wire import ROWS, Purpose, WireFile
from studio.services.dataset_files import shown_name
from studio.store.artifacts import sync_folder
from studio.store.failures import disk_error
from studio.store.wire_files import WireFileStore

LARGEST_FILE = 512 * 1024 * 1024
"""Bytes of one file, as at OpenAI."""
LARGEST_BATCH = 200 * 1024 * 1024
"""Bytes of a file of questions for a batch, as at OpenAI."""
SPARE = 500_000_000
"""Bytes that a file must leave free on the disk."""
SHORTEST, LONGEST = 3600, 2_592_000
"""Seconds for which a file may be kept before it goes by itself."""
BATCH_DAYS = 30
"""Batch files go by themselves after so long, others stay: OpenAI's rule."""


class Incoming:
    """Bytes on their way to disk; they are gone again unless somebody keeps them."""

    def __init__(self, path: Path, largest: int) -> None:
        self.path, self._largest = path, largest
        self.size = 0
        self._sha256, self._md5 = hashlib.sha256(), hashlib.md5(usedforsecurity=False)
        try:
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            self._free = shutil.disk_usage(path.parent).free - SPARE
            self._stream: IO[bytes] = path.open("xb")
        except OSError as error:
            raise disk_error(error, "take the file in") from error

    @property
    def room(self) -> int:
        """Bytes that may still come."""
        return self._largest - self.size

    @property
    def sha256(self) -> str:
        """Hash of what came so far."""
        return self._sha256.hexdigest()

    @property
    def md5(self) -> str:
        """Checksum of what came so far, as the wire asks for it; it protects nothing."""
        return self._md5.hexdigest()

    def write(self, piece: bytes) -> None:
        """Takes the next bytes.

        Raises:
            InvalidInput: when more came than there was room for.
            StorageFailed: when the disk has no room.
        """
        self.size += len(piece)
        if self.size > self._largest:
            raise InvalidInput(
                f"The file is larger than {self._largest // 1024**2} MB.",
                hint="Split it into smaller files.",
            )
        if self.size > self._free:
            raise StorageFailed(
                "There is not enough room on the disk for this file.",
                hint="Make room in the data folder, then try again.",
            )
        self._sha256.update(piece)
        self._md5.update(piece)
        try:
            self._stream.write(piece)
        except OSError as error:
            raise disk_error(error, "take the file in") from error

    def keep(self, path: Path) -> None:
        """Makes the bytes durable under their final name."""
        try:
            self._stream.flush()
            os.fsync(self._stream.fileno())
            self._stream.close()
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            self.path.replace(path)
            sync_folder(path.parent)
        except OSError as error:
            raise disk_error(error, "keep the file") from error

    def __enter__(self) -> Self:
        """Returns itself."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Removes what nobody kept."""
        self._stream.close()
        self.path.unlink(missing_ok=True)


class WireFileService:
    """What a client can do with files."""

    def __init__(
        self,
        store: WireFileStore,
        folder: Path,
        *,
        reading: Callable[[], Collection[str]] = tuple,
        absent: Callable[[str, str], WireFile | None] = lambda file_id, project_id: None,
        clock: Callable[[], datetime] = now,
    ) -> None:
        """`reading()` names the files whose bytes must stay although they were deleted.

        `absent(id, project_id)` makes files that nobody uploaded when they are asked for.
        """
        self._store, self._folder = store, folder
        self._reading, self._absent, self._clock = reading, absent, clock

    def incoming(self, largest: int = LARGEST_FILE) -> Incoming:
        """Returns a place for bytes that are about to come."""
        return Incoming(self._folder / "incoming" / secrets.token_hex(16), largest)

    def create(
        self,
        incoming: Incoming,
        *,
        project_id: str,
        filename: str,
        purpose: Purpose,
        keep_seconds: int | None = None,
    ) -> WireFile:
        """Keeps what came as a file.

        Raises:
            InvalidInput: when there is nothing in it, a batch file has more than batch files may
                have, or its time is out of bounds.
        """
        file = self.described(
            incoming,
            project_id=project_id,
            filename=filename,
            purpose=purpose,
            keep_seconds=keep_seconds,
        )
        incoming.keep(self.path(file))
        self._store.add(file)
        return file

    def described(
        self,
        incoming: Incoming,
        *,
        project_id: str,
        filename: str,
        purpose: Purpose,
        keep_seconds: int | None,
    ) -> WireFile:
        """Returns the file that bytes would become, once they may become one."""
        if incoming.size == 0:
            raise InvalidInput("The file is empty.", hint="Send a file with contents.")
        if purpose == "batch" and incoming.size > LARGEST_BATCH:
            raise InvalidInput(f"A batch file has at most {LARGEST_BATCH // 1024**2} MB.")
        moment = self._clock()
        return WireFile(
            id=new_id("file"),
            project_id=project_id,
            filename=shown_name(filename),
            purpose=purpose,
            size=incoming.size,
            sha256=incoming.sha256,
            created_at=moment,
            expires_at=_expiry(moment, purpose, keep_seconds),
        )

    def make(self, file: WireFile, pieces: Iterable[bytes]) -> WireFile:
        """Keeps a file that the studio writes itself, under an id it chose; once is enough.

        Size and hash of `file` are those of the pieces afterwards.
        """
        with self.incoming() as incoming:
            for piece in pieces:
                incoming.write(piece)
            made = file.with_(size=incoming.size, sha256=incoming.sha256)
            incoming.keep(self.path(made))
        self._store.add(made)
        return made

    def known(self, file_id: str) -> WireFile | None:
        """Returns a file, deleted or not, or None when there never was one of that id."""
        try:
            return self._store.get(file_id)
        except NotFound:
            return None

    def all(self, project_id: str) -> list[WireFile]:
        """Returns the project's files, newest first."""
        return [file for file in self._store.all(project_id) if not self._gone(file)]

    def get(self, file_id: str, project_id: str) -> WireFile:
        """Returns a file of the project, or raises NotFound."""
        file = self.known(file_id) or self._absent(file_id, project_id)
        if file is None or file.project_id != project_id or self._gone(file):
            raise NotFound(f"There is no file {file_id}.", hint="It may have been deleted.")
        return file

    def path(self, file: WireFile) -> Path:
        """Returns where the bytes lie; rows go by a name that says so to whoever reads them."""
        return self._folder / "files" / f"{file.id}.{'jsonl' if file.purpose in ROWS else 'bin'}"

    def content(self, file_id: str, project_id: str) -> tuple[WireFile, Path]:
        """Returns a file of the project and where its bytes lie, or raises NotFound."""
        file = self.get(file_id, project_id)
        path = self.path(file)
        if not path.is_file():
            raise NotFound(
                f"The contents of {file.filename} are gone from the data folder.",
                hint="Delete the file and upload it again.",
            )
        return file, path

    def delete(self, file_id: str, project_id: str) -> None:
        """Deletes a file; whoever is reading it may come to its end."""
        self.get(file_id, project_id)
        self._store.delete(file_id)
        self.clean()

    def clean(self) -> None:
        """Removes the bytes of files that are gone, and what an earlier studio left half done."""
        reading = set(self._reading())
        for file in self._store.all():
            if not file.deleted and self._gone(file):
                self._store.delete(file.id)
            if self._gone(file) and file.id not in reading:
                self.path(file).unlink(missing_ok=True)

    def open(self) -> None:
        """Clears away what was on its way in when an earlier studio ended."""
        shutil.rmtree(self._folder / "incoming", ignore_errors=True)
        known = {self.path(file) for file in self._store.all()}
        kept = self._folder / "files"
        for path in kept.iterdir() if kept.is_dir() else ():
            if path not in known:
                path.unlink(missing_ok=True)
        self.clean()

    def _gone(self, file: WireFile) -> bool:
        return file.deleted or (file.expires_at is not None and file.expires_at <= self._clock())


def _expiry(moment: datetime, purpose: Purpose, keep_seconds: int | None) -> datetime | None:
    if keep_seconds is None:
        return moment + timedelta(days=BATCH_DAYS) if purpose == "batch" else None
    if not SHORTEST <= keep_seconds <= LONGEST:
        raise InvalidInput(
            f"A file is kept for {SHORTEST} to {LONGEST} seconds, not for {keep_seconds}."
        )
    return moment + timedelta(seconds=keep_seconds)
