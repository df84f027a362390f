"""Wire files: files and uploads of clients of the OpenAI wire; their bytes lie in a folder."""

from __future__ import annotations

from datetime import datetime

from studio.domain.errors import Conflict
from studio.domain.wire import Upload, UploadPart, WireFile
from studio.store import rows
from studio.store.database import Database


class WireFileStore:
    """Keeps what is known of files, uploads and their parts."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, file: WireFile) -> None:
        """Adds a file; the very same one again changes nothing."""
        with self._database.write() as cursor:
            rows.add(cursor, "wire_files", file, "file")

    def get(self, id: str) -> WireFile:
        """Returns a file, deleted or not, or raises NotFound."""
        with self._database.read() as cursor:
            return rows.get(cursor, WireFile, "wire_files", id, "file")

    def all(self, project_id: str | None = None) -> list[WireFile]:
        """Returns the files of one project or of all, newest first, deleted ones included."""
        with self._database.read() as cursor:
            where = "WHERE $1 IS NULL OR project_id = $1 ORDER BY created_at DESC, id"
            sql = rows.select(WireFile, "wire_files", where)
            return rows.values(cursor.execute(sql, [project_id]), WireFile)

    def delete(self, id: str) -> None:
        """Notes that a file was deleted; NotFound when there is none."""
        with self._database.write() as cursor:
            file = rows.get(cursor, WireFile, "wire_files", id, "file")
            rows.update(cursor, "wire_files", file.with_(deleted=True))

    def add_upload(self, upload: Upload) -> None:
        """Adds an upload."""
        with self._database.write() as cursor:
            rows.add(cursor, "wire_uploads", upload, "upload")

    def upload(self, id: str) -> Upload:
        """Returns an upload or raises NotFound."""
        with self._database.read() as cursor:
            return rows.get(cursor, Upload, "wire_uploads", id, "upload")

    def pending_uploads(self) -> list[Upload]:
        """Returns the uploads that still take parts, oldest first."""
        with self._database.read() as cursor:
            where = "WHERE status = 'pending' ORDER BY created_at, id"
            return rows.values(cursor.execute(rows.select(Upload, "wire_uploads", where)), Upload)

    def end_upload(self, upload: Upload, *, file: WireFile | None = None) -> None:
        """Writes how a pending upload ended, together with the file it became.

        Raises:
            Conflict: when it has ended already.
        """
        with self._database.write() as cursor:
            kept = rows.get(cursor, Upload, "wire_uploads", upload.id, "upload")
            if kept.status != "pending":
                raise Conflict(f"The upload is {kept.status}.", hint="Begin a new upload.")
            rows.update(cursor, "wire_uploads", upload)
            if file is not None:
                rows.add(cursor, "wire_files", file, "file")

    def add_part(self, part: UploadPart) -> None:
        """Adds a part of a pending upload; Conflict when the upload has ended."""
        with self._database.write() as cursor:
            kept = rows.get(cursor, Upload, "wire_uploads", part.upload_id, "upload")
            if kept.status != "pending":
                raise Conflict(f"The upload is {kept.status}.", hint="Begin a new upload.")
            rows.add(cursor, "wire_parts", part, "part")

    def parts(self, upload_id: str) -> list[UploadPart]:
        """Returns the parts of an upload in the order they came."""
        with self._database.read() as cursor:
            where = "WHERE upload_id = ? ORDER BY created_at, id"
            cursor.execute(rows.select(UploadPart, "wire_parts", where), [upload_id])
            return rows.values(cursor, UploadPart)

    def forget(self, before: datetime) -> None:
        """Forgets uploads that ended before that moment, with their parts."""
        with self._database.write() as cursor:
            cursor.execute(
                "DELETE FROM wire_parts WHERE upload_id IN (SELECT id FROM wire_uploads"
                " WHERE status <> 'pending' AND expires_at < ?)",
                [rows.cell(before)],
            )
            cursor.execute(
                "DELETE FROM wire_uploads WHERE status <> 'pending' AND expires_at < ?",
                [rows.cell(before)],
            )
