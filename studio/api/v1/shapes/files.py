"""Shapes of files and uploads."""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import BaseModel, Field

from studio.api.v1 import ids
from studio.api.v1.shapes.shape import Asked, Shape
from studio.domain.wire import Upload, UploadPart, WireFile


class FileObject(Shape):
    """A file."""

    OMITTED: ClassVar[frozenset[str]] = frozenset({"expires_at"})

    id: str
    object: Literal["file"] = "file"
    bytes: int
    created_at: int
    expires_at: int | None = None
    filename: str
    purpose: str
    status: Literal["processed"] = "processed"
    """Whatever was kept whole is ready; what a job thinks of its rows is the job's to say."""


class FileList(Shape):
    """Some files."""

    object: Literal["list"] = "list"
    data: list[FileObject]
    first_id: str | None
    last_id: str | None
    has_more: bool


class FileDeleted(Shape):
    """A file that is gone."""

    id: str
    object: Literal["file"] = "file"
    deleted: Literal[True] = True


class ExpiresAfter(Asked):
    """When a file goes by itself."""

    anchor: Literal["created_at"]
    seconds: int = Field(ge=3600, le=2_592_000)


class UploadAsked(Asked):
    """What an upload is begun with."""

    filename: str = Field(min_length=1, max_length=255)
    purpose: Literal["assistants", "batch", "fine-tune", "vision"]
    bytes: int = Field(ge=1)
    mime_type: str = Field(min_length=1, max_length=255)
    expires_after: ExpiresAfter | None = None


class CompletionAsked(Asked):
    """How the parts of an upload go together."""

    part_ids: list[str] = Field(min_length=1, max_length=10_000)
    md5: str | None = None


class UploadObject(Shape):
    """A large file on its way in."""

    OMITTED: ClassVar[frozenset[str]] = frozenset({"file"})

    id: str
    object: Literal["upload"] = "upload"
    bytes: int
    created_at: int
    expires_at: int
    filename: str
    purpose: str
    status: str
    file: FileObject | None = None


class PartObject(Shape):
    """A part that came."""

    id: str
    object: Literal["upload.part"] = "upload.part"
    created_at: int
    upload_id: str


class FormFields(BaseModel):
    """What a file's form says beside the file."""

    purpose: Literal["assistants", "batch", "fine-tune", "vision", "user_data", "evals"]
    expires_after: ExpiresAfter | None = None


def file_object(file: WireFile) -> FileObject:
    """Returns a file as the wire shows it."""
    return FileObject(
        id=ids.theirs(file.id),
        bytes=file.size,
        created_at=int(file.created_at.timestamp()),
        expires_at=int(file.expires_at.timestamp()) if file.expires_at else None,
        filename=file.filename,
        purpose=file.purpose,
    )


def upload_object(upload: Upload, file: WireFile | None = None) -> UploadObject:
    """Returns an upload as the wire shows it."""
    return UploadObject(
        id=ids.theirs(upload.id),
        bytes=upload.size,
        created_at=int(upload.created_at.timestamp()),
        expires_at=int(upload.expires_at.timestamp()),
        filename=upload.filename,
        purpose=upload.purpose,
        status=upload.status,
        file=None if file is None else file_object(file),
    )


def part_object(part: UploadPart) -> PartObject:
    """Returns a part as the wire shows it."""
    return PartObject(
        id=ids.theirs(part.id),
        created_at=int(part.created_at.timestamp()),
        upload_id=ids.theirs(part.upload_id),
    )
