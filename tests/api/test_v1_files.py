from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import openai
import pytest
from openai import AsyncOpenAI

from studio.domain.values import now
from studio.services.wire_files import LARGEST_FILE, WireFileService
from studio.services.wire_uploads import WireUploadService
from studio.store.database import Database
from studio.store.wire_files import WireFileStore
from tests.api import wire
from tests.fakes.studio_parts import FakeProjects

ROWS = b'{"messages": []}\n' * 3


class Clock:
    """A clock that a test moves on."""

    def __init__(self) -> None:
        self.time = now()

    def __call__(self) -> datetime:
        return self.time

    def go_on(self, **span: float) -> None:
        self.time += timedelta(**span)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def reading() -> set[str]:
    return set()


@pytest.fixture
def services(tmp_path: Path, clock: Clock, reading: set[str]) -> SimpleNamespace:
    store = WireFileStore(Database(None))
    files = WireFileService(store, tmp_path, reading=lambda: reading, clock=clock)
    uploads = WireUploadService(store, files, tmp_path, clock=clock)
    return SimpleNamespace(projects=FakeProjects(), wire_files=files, wire_uploads=uploads)


@pytest.fixture
async def client(services: SimpleNamespace) -> AsyncIterator[AsyncOpenAI]:
    async with wire.client(services) as made:
        yield made


def kept(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


async def test_a_file_comes_in_is_found_read_and_deleted(
    client: AsyncOpenAI, tmp_path: Path
) -> None:
    file = await client.files.create(file=("rows.jsonl", ROWS), purpose="fine-tune")
    assert (file.bytes, file.filename, file.status) == (len(ROWS), "rows.jsonl", "processed")
    assert (await client.files.retrieve(file.id)) == file
    assert (await client.files.content(file.id)).content == ROWS
    assert [one.id async for one in client.files.list()] == [file.id]
    assert (await client.files.wait_for_processing(file.id)).id == file.id
    assert (await client.files.delete(file.id)).deleted
    with pytest.raises(openai.NotFoundError):
        await client.files.retrieve(file.id)
    assert kept(tmp_path) == []


async def test_files_are_listed_by_purpose_in_pages_either_way(
    client: AsyncOpenAI, clock: Clock
) -> None:
    made = []
    for number in range(5):
        purpose: Any = "batch" if number == 2 else "fine-tune"
        made.append(await client.files.create(file=(f"{number}", b"x"), purpose=purpose))
        clock.go_on(seconds=1)
    names = [one.filename async for one in client.files.list(limit=2)]
    assert names == ["4", "3", "2", "1", "0"]
    assert [one.filename async for one in client.files.list(order="asc", limit=3)] == names[::-1]
    assert [one.id async for one in client.files.list(purpose="batch")] == [made[2].id]
    first = await client.files.list(limit=2)
    assert first.has_more and first.last_id == first.data[-1].id  # type: ignore[attr-defined]


async def test_a_file_goes_when_its_time_is_over(
    client: AsyncOpenAI, clock: Clock, services: SimpleNamespace, tmp_path: Path
) -> None:
    short = await client.files.create(
        file=("a", b"x"),
        purpose="user_data",
        expires_after={"anchor": "created_at", "seconds": 3600},
    )
    batch = await client.files.create(file=("b", b"x"), purpose="batch")
    assert short.expires_at == short.created_at + 3600
    assert batch.expires_at == batch.created_at + 30 * 86_400
    clock.go_on(hours=2)
    assert [one.id async for one in client.files.list()] == [batch.id]
    services.wire_files.clean()
    assert len(kept(tmp_path)) == 1


@pytest.mark.parametrize("seconds", [3599, 2_592_001])
async def test_a_time_out_of_bounds_is_refused(client: AsyncOpenAI, seconds: int) -> None:
    with pytest.raises(openai.BadRequestError) as raised:
        await client.files.create(
            file=("a", b"x"),
            purpose="batch",
            expires_after={"anchor": "created_at", "seconds": seconds},
        )
    assert raised.value.param == "expires_after.seconds"


async def test_a_wrong_purpose_an_empty_file_and_extras_are_refused(client: AsyncOpenAI) -> None:
    wrong: Any = "holiday"
    with pytest.raises(openai.BadRequestError) as raised:
        await client.files.create(file=("a", b"x"), purpose=wrong)
    assert raised.value.param == "purpose"
    with pytest.raises(openai.BadRequestError, match="empty"):
        await client.files.create(file=("a", b""), purpose="batch")
    with pytest.raises(openai.BadRequestError, match="colour"):
        await client.files.create(file=("a", b"x"), purpose="batch", extra_body={"colour": "red"})


async def test_a_deleted_file_stays_on_disk_while_it_is_read(
    client: AsyncOpenAI, services: SimpleNamespace, reading: set[str], tmp_path: Path
) -> None:
    file = await client.files.create(file=("a", ROWS), purpose="fine-tune")
    reading.add(file.id.replace("file-", "file_"))
    await client.files.delete(file.id)
    assert [one async for one in client.files.list()] == []
    assert len(kept(tmp_path)) == 1
    reading.clear()
    services.wire_files.clean()
    assert kept(tmp_path) == []


async def test_names_from_outside_never_reach_the_disk(client: AsyncOpenAI, tmp_path: Path) -> None:
    file = await client.files.create(file=("../../etc/pass\x07wd", b"x"), purpose="batch")
    assert "/" not in file.filename and "\x07" not in file.filename
    assert all(path.is_relative_to(tmp_path / "files") for path in kept(tmp_path))


def form(*parts: bytes, end: bytes = b"--b--\r\n") -> bytes:
    return b"".join(b"--b\r\n" + part + b"\r\n" for part in parts) + end


def part(name: str, content: bytes, filename: str = "") -> bytes:
    named = f'; filename="{filename}"' if filename else ""
    head = f'Content-Disposition: form-data; name="{name}"{named}\r\n\r\n'
    return head.encode() + content


PURPOSE, FILE = part("purpose", b"batch"), part("file", b"x", "a")
BROKEN = {
    "cut": form(PURPOSE, FILE, end=b""),
    "no file": form(PURPOSE),
    "two files": form(PURPOSE, FILE, FILE),
    "purpose twice": form(PURPOSE, PURPOSE, FILE),
    "no purpose": form(FILE),
    "no form": b"hello",
    "not utf-8": form(part("purpose", b"\xff"), FILE),
    "long field": form(part("purpose", b"x" * 100_000), FILE),
}


@pytest.mark.parametrize("body", BROKEN.values(), ids=BROKEN)
async def test_a_broken_form_leaves_nothing_behind(
    services: SimpleNamespace, tmp_path: Path, body: bytes
) -> None:
    headers = {"content-type": "multipart/form-data; boundary=b"}
    async with wire.plain(services) as http:
        answer = await http.post("/files", content=body, headers=headers)
    assert answer.status_code in (400, 413)
    assert set(answer.json()["error"]) == {"message", "type", "param", "code"}
    assert kept(tmp_path) == []


async def test_the_order_of_the_form_does_not_matter(services: SimpleNamespace) -> None:
    headers = {"content-type": "multipart/form-data; boundary=b"}
    async with wire.plain(services) as http:
        answer = await http.post("/files", content=form(FILE, PURPOSE), headers=headers)
        assert answer.status_code == 200
        assert (await http.post("/files", json={"purpose": "batch"})).status_code == 400


async def test_a_file_over_the_limit_is_refused_while_it_arrives(
    services: SimpleNamespace, tmp_path: Path
) -> None:
    sent = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal sent
        yield form(PURPOSE, part("file", b"", "a"), end=b"").removesuffix(b"\r\n")
        while True:
            sent += 1
            yield b"x" * 1024**2

    headers = {"content-type": "multipart/form-data; boundary=b"}
    small = WireFileService.incoming
    services.wire_files.incoming = lambda: small(services.wire_files, 3 * 1024**2)
    async with wire.plain(services) as http:
        answer = await http.post("/files", content=endless(), headers=headers)
    assert answer.status_code == 413 and "3 MB" in answer.json()["error"]["message"]
    assert sent < 10 and kept(tmp_path) == []
    assert LARGEST_FILE == 512 * 1024**2


async def test_an_upload_in_parts_becomes_one_file(client: AsyncOpenAI, tmp_path: Path) -> None:
    body = b"".join(b"%06d\n" % number for number in range(3000))
    done = await client.uploads.upload_file_chunked(
        file=body,
        filename="rows.jsonl",
        bytes=len(body),
        mime_type="application/jsonl",
        purpose="fine-tune",
        part_size=8000,
        md5=hashlib.md5(body).hexdigest(),
    )
    assert done.status == "completed" and done.file is not None
    assert (await client.files.content(done.file.id)).content == body
    assert len(kept(tmp_path)) == 1


async def begun(client: AsyncOpenAI, size: int = 4) -> Any:
    return await client.uploads.create(
        bytes=size, filename="a", mime_type="text/plain", purpose="batch"
    )


async def test_parts_go_together_in_the_order_asked_for(client: AsyncOpenAI) -> None:
    upload = await begun(client)
    one = await client.uploads.parts.create(upload.id, data=b"cd")
    two = await client.uploads.parts.create(upload.id, data=b"ab")
    done = await client.uploads.complete(upload.id, part_ids=[two.id, one.id])
    assert done.file is not None
    assert (await client.files.content(done.file.id)).content == b"abcd"
    again = await client.uploads.complete(upload.id, part_ids=[two.id, one.id])
    assert again.file == done.file


async def test_an_upload_that_does_not_add_up_is_refused(client: AsyncOpenAI) -> None:
    upload = await begun(client)
    made = await client.uploads.parts.create(upload.id, data=b"abc")
    for parts, word in (([made.id], "3 bytes"), ([made.id, made.id], "twice"), (["part_0"], "no")):
        with pytest.raises(openai.BadRequestError, match=word):
            await client.uploads.complete(upload.id, part_ids=parts)
    rest = await client.uploads.parts.create(upload.id, data=b"d")
    with pytest.raises(openai.BadRequestError, match="MD5"):
        await client.uploads.complete(upload.id, part_ids=[made.id, rest.id], md5="0" * 32)
    with pytest.raises(openai.BadRequestError, match="more than"):
        await client.uploads.parts.create(upload.id, data=b"x" * 9)
    assert (await client.uploads.complete(upload.id, part_ids=[made.id, rest.id])).file


async def test_a_cancelled_upload_leaves_nothing_and_takes_nothing(
    client: AsyncOpenAI, tmp_path: Path
) -> None:
    upload = await begun(client)
    made = await client.uploads.parts.create(upload.id, data=b"abcd")
    assert (await client.uploads.cancel(upload.id)).status == "cancelled"
    assert (await client.uploads.cancel(upload.id)).status == "cancelled"
    assert kept(tmp_path) == []
    with pytest.raises(openai.ConflictError, match="cancelled"):
        await client.uploads.parts.create(upload.id, data=b"abcd")
    with pytest.raises(openai.ConflictError, match="cancelled"):
        await client.uploads.complete(upload.id, part_ids=[made.id])


async def test_an_upload_expires_after_an_hour_and_leaves_nothing(
    client: AsyncOpenAI, clock: Clock, services: SimpleNamespace, tmp_path: Path
) -> None:
    upload = await begun(client)
    await client.uploads.parts.create(upload.id, data=b"abcd")
    assert upload.expires_at == upload.created_at + 3600
    clock.go_on(minutes=61)
    services.wire_uploads.clean()
    assert kept(tmp_path) == []
    with pytest.raises(openai.ConflictError, match="expired"):
        await client.uploads.parts.create(upload.id, data=b"abcd")
    clock.go_on(days=2)
    services.wire_uploads.clean()
    with pytest.raises(openai.NotFoundError):
        await client.uploads.cancel(upload.id)


async def test_a_new_start_clears_what_was_left_half_done(
    client: AsyncOpenAI, services: SimpleNamespace, tmp_path: Path
) -> None:
    file = await client.files.create(file=("a", ROWS), purpose="fine-tune")
    upload = await begun(client)
    await client.uploads.parts.create(upload.id, data=b"abcd")
    for stray in ("incoming/1", "files/file_0.bin", "parts/upload_0/part_0"):
        (tmp_path / stray).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / stray).write_bytes(b"x")
    services.wire_files.open()
    services.wire_uploads.open()
    names = {path.parent.name for path in kept(tmp_path)}
    assert names == {"files", upload.id} and len(kept(tmp_path)) == 2
    assert (await client.files.content(file.id)).content == ROWS


async def test_many_files_at_once_do_not_meet(client: AsyncOpenAI) -> None:
    bodies = [b"%d" % number * 10_000 for number in range(8)]
    made = await asyncio.gather(
        *(client.files.create(file=("a", body), purpose="fine-tune") for body in bodies)
    )
    assert len({file.id for file in made}) == 8
    for file, body in zip(made, bodies, strict=True):
        assert (await client.files.content(file.id)).content == body


async def test_another_projects_files_are_not_there(
    client: AsyncOpenAI, services: SimpleNamespace
) -> None:
    file = await client.files.create(file=("a", ROWS), purpose="fine-tune")
    services.projects.kept.insert(0, services.projects.create(name="Other"))
    assert [one async for one in client.files.list()] == []
    with pytest.raises(openai.NotFoundError):
        await client.files.content(file.id)


async def test_bytes_that_are_gone_from_the_disk_are_said_so(
    client: AsyncOpenAI, tmp_path: Path
) -> None:
    file = await client.files.create(file=("a", ROWS), purpose="fine-tune")
    for path in kept(tmp_path):
        path.unlink()
    with pytest.raises(openai.NotFoundError, match="gone"):
        await client.files.content(file.id)
