"""Files and uploads of the wire are kept; an upload ends once."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from studio.domain.errors import Conflict, NotFound
from studio.domain.values import new_id, now
from studio.domain.wire import Upload, UploadPart, WireFile
from studio.store.database import Database
from studio.store.wire_files import WireFileStore


@pytest.fixture
def store(database: Database) -> WireFileStore:
    return WireFileStore(database)


def file(**changes: Any) -> WireFile:
    given = {"project_id": "project_1", "filename": "a.jsonl", "purpose": "fine-tune"}
    made = WireFile(id=new_id("file"), size=3, sha256="ab" * 32, created_at=now(), **given)
    return made.with_(**changes)


def upload(**changes: Any) -> Upload:
    given = {"project_id": "project_1", "filename": "a.jsonl", "purpose": "fine-tune", "size": 3}
    moment = now()
    later = moment + timedelta(hours=1)
    made = Upload(
        id=new_id("upload"), mime_type="text/plain", created_at=moment, expires_at=later, **given
    )
    return made.with_(**changes)


def test_a_file_comes_back_as_it_was(store: WireFileStore) -> None:
    kept = file(expires_at=now())
    store.add(kept)
    store.add(kept)
    assert store.get(kept.id) == kept
    with pytest.raises(Conflict):
        store.add(kept.with_(size=4))


def test_files_of_a_project_come_newest_first_deleted_ones_marked(store: WireFileStore) -> None:
    made = [file(created_at=now() + timedelta(seconds=n)) for n in range(3)]
    for one in (*made, file(project_id="project_2")):
        store.add(one)
    store.delete(made[1].id)
    found = store.all("project_1")
    assert [(one.id, one.deleted) for one in found] == [
        (made[2].id, False),
        (made[1].id, True),
        (made[0].id, False),
    ]
    assert len(store.all()) == 4
    with pytest.raises(NotFound):
        store.delete("file_0")


def test_an_upload_ends_once_together_with_its_file(store: WireFileStore) -> None:
    begun, made = upload(), file()
    store.add_upload(begun)
    part = UploadPart(id="part_1", upload_id=begun.id, size=3, created_at=now())
    store.add_part(part)
    assert store.parts(begun.id) == [part] and store.pending_uploads() == [begun]
    done = begun.with_(status="completed", file_id=made.id)
    store.end_upload(done, file=made)
    assert store.upload(begun.id) == done and store.get(made.id) == made
    with pytest.raises(Conflict, match="completed"):
        store.end_upload(begun.with_(status="cancelled"))
    with pytest.raises(Conflict, match="completed"):
        store.add_part(part.model_copy(update={"id": "part_2"}))
    assert store.pending_uploads() == []


def test_ended_uploads_are_forgotten_in_time_and_pending_ones_never(store: WireFileStore) -> None:
    begun, pending = upload(), upload()
    for one in (begun, pending):
        store.add_upload(one)
        store.add_part(UploadPart(id=f"{one.id}_p", upload_id=one.id, size=3, created_at=now()))
    store.end_upload(begun.with_(status="cancelled"))
    store.forget(begun.expires_at)
    assert store.upload(begun.id).status == "cancelled"
    store.forget(begun.expires_at + timedelta(days=1))
    with pytest.raises(NotFound):
        store.upload(begun.id)
    assert store.parts(begun.id) == [] and len(store.parts(pending.id)) == 1
