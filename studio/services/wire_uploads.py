"""Wire uploads: large files that come in parts and are put together in the order asked for."""

from __future__ import annotations

import secrets
import shutil
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from pathlib import Path

from studio.domain.errors import Conflict, InvalidInput, NotFound
from studio.domain.values import new_id, now
from studio.domain.wire import Purpose, Upload, UploadPart, WireFile
from studio.services.dataset_files import shown_name
from studio.services.wire_files import Incoming, WireFileService
from studio.store.failures import disk_error
from studio.store.wire_files import WireFileStore

LARGEST_PART = 64 * 1024 * 1024
"""Bytes of one part, as at OpenAI."""
LARGEST_UPLOAD = 8 * 1024**3
"""Bytes of the whole, as at OpenAI."""
LIFE = timedelta(hours=1)
"""So long an upload takes parts."""
MEMORY = timedelta(days=1)
"""So long an upload that ended can still be looked at."""
PIECE = 4 * 1024 * 1024


class WireUploadService:
    """What a client can do with uploads."""

    def __init__(
        self,
        store: WireFileStore,
        files: WireFileService,
        folder: Path,
        *,
        clock: Callable[[], datetime] = now,
    ) -> None:
        self._store, self._files, self._folder, self._clock = store, files, folder, clock

    def create(
        self,
        *,
        project_id: str,
        filename: str,
        purpose: Purpose,
        size: int,
        mime_type: str,
        keep_seconds: int | None = None,
    ) -> Upload:
        """Begins an upload of so many bytes."""
        if not 0 < size <= LARGEST_UPLOAD:
            raise InvalidInput(f"An upload has 1 to {LARGEST_UPLOAD:,} bytes, not {size:,}.")
        moment = self._clock()
        upload = Upload(
            id=new_id("upload"),
            project_id=project_id,
            filename=shown_name(filename),
            purpose=purpose,
            size=size,
            mime_type=mime_type,
            keep_seconds=keep_seconds,
            created_at=moment,
            expires_at=moment + LIFE,
        )
        self._store.add_upload(upload)
        return upload

    def get(self, upload_id: str, project_id: str) -> Upload:
        """Returns an upload of the project, or raises NotFound."""
        upload = self._store.upload(upload_id)
        if upload.project_id != project_id:
            raise NotFound(f"There is no upload {upload_id}.")
        if upload.status == "pending" and upload.expires_at <= self._clock():
            return self._end(upload.with_(status="expired"))
        return upload

    def file(self, upload: Upload) -> WireFile | None:
        """Returns the file that an upload became, None when there is none (any more)."""
        return None if upload.file_id is None else self._files.known(upload.file_id)

    def incoming(self, upload_id: str, project_id: str) -> Incoming:
        """Returns a place for a part that is about to come.

        Raises:
            Conflict: when the upload takes no parts any more.
        """
        self._pending(upload_id, project_id)
        return self._files.incoming(LARGEST_PART)

    def add_part(self, upload_id: str, project_id: str, incoming: Incoming) -> UploadPart:
        """Keeps what came as a part.

        Raises:
            InvalidInput: when the parts are more than the upload said it has.
        """
        upload = self._pending(upload_id, project_id)
        taken = sum(part.size for part in self._store.parts(upload_id))
        # A part may be sent twice, because an answer got lost, and still only be used once.
        if taken + incoming.size > 2 * upload.size:
            raise InvalidInput(
                f"The parts have more than the {upload.size:,} bytes that the upload is of."
            )
        part = UploadPart(
            id=new_id("part"), upload_id=upload_id, size=incoming.size, created_at=self._clock()
        )
        incoming.keep(self._at(upload) / part.id)
        self._store.add_part(part)
        return part

    def complete(
        self, upload_id: str, project_id: str, part_ids: Sequence[str], md5: str | None
    ) -> tuple[Upload, WireFile]:
        """Puts the parts together in that order; again, it returns the same file.

        Raises:
            InvalidInput: when a part is unknown or named twice, or bytes or checksum do not match.
            Conflict: when the upload was cancelled or has expired.
        """
        known = self.get(upload_id, project_id)
        if known.status == "completed" and (file := self.file(known)) is not None:
            return known, file
        upload = self._pending(upload_id, project_id)
        parts = {part.id: part for part in self._store.parts(upload_id)}
        _check(upload, parts, part_ids)
        with Incoming(self._folder / "incoming" / secrets.token_hex(16), upload.size) as whole:
            for part_id in part_ids:
                self._append(self._at(upload) / part_id, whole)
            if md5 is not None and md5.casefold() != whole.md5:
                raise InvalidInput(
                    f"The MD5 of the parts together is {whole.md5}, not {md5[:64]}.",
                    hint="Send the parts again.",
                )
            file = self._files.described(
                whole,
                project_id=project_id,
                filename=upload.filename,
                purpose=upload.purpose,
                keep_seconds=upload.keep_seconds,
            )
            whole.keep(self._files.path(file))
        done = upload.with_(status="completed", file_id=file.id)
        self._store.end_upload(done, file=file)
        self._clear(upload)
        return done, file

    def cancel(self, upload_id: str, project_id: str) -> Upload:
        """Ends an upload without a file; again, it changes nothing.

        Raises:
            Conflict: when it is complete or has expired.
        """
        upload = self.get(upload_id, project_id)
        if upload.status == "cancelled":
            return upload
        return self._end(self._pending(upload_id, project_id).with_(status="cancelled"))

    def clean(self) -> None:
        """Ends uploads whose time is over, and clears the disk of what nobody can use any more."""
        for upload in self._store.pending_uploads():
            if upload.expires_at <= self._clock():
                self._end(upload.with_(status="expired"))
        self._store.forget(self._clock() - MEMORY)

    def open(self) -> None:
        """Clears away the parts that an earlier studio left of uploads that have ended."""
        pending = {upload.id for upload in self._store.pending_uploads()}
        places = self._folder / "parts"
        for folder in places.iterdir() if places.is_dir() else ():
            if folder.name not in pending:
                shutil.rmtree(folder, ignore_errors=True)
        self.clean()

    def _pending(self, upload_id: str, project_id: str) -> Upload:
        upload = self.get(upload_id, project_id)
        if upload.status != "pending":
            raise Conflict(f"The upload is {upload.status}.", hint="Begin a new upload.")
        return upload

    def _end(self, upload: Upload) -> Upload:
        self._store.end_upload(upload)
        self._clear(upload)
        return upload

    def _clear(self, upload: Upload) -> None:
        shutil.rmtree(self._at(upload), ignore_errors=True)

    def _at(self, upload: Upload) -> Path:
        return self._folder / "parts" / upload.id

    def _append(self, part: Path, whole: Incoming) -> None:
        try:
            with part.open("rb") as stream:
                while piece := stream.read(PIECE):
                    whole.write(piece)
        except OSError as error:
            raise disk_error(error, "put the parts together") from error


def _check(upload: Upload, parts: dict[str, UploadPart], part_ids: Sequence[str]) -> None:
    unknown = [part_id for part_id in part_ids if part_id not in parts]
    if unknown:
        raise InvalidInput(f"The upload has no part {unknown[0]}.")
    if len(set(part_ids)) != len(part_ids):
        raise InvalidInput("A part is named twice.")
    total = sum(parts[part_id].size for part_id in part_ids)
    if total != upload.size:
        raise InvalidInput(
            f"The parts have {total:,} bytes, but the upload was begun for {upload.size:,}.",
            hint="Name every part once, in order; or begin an upload of the right size.",
        )
