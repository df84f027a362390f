"""Files come to `/v1` as OpenAI documents it, and leave nothing behind when they go."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import openai
import pytest
from openai import AsyncOpenAI

from studio.services.wire_files import LARGEST_FILE, WireFileService
from tests.api import wire
from tests.api.file_desk import FileDesk

ROWS = b'{"messages": []}\n' * 3


@pytest.fixture
def desk(tmp_path: Path) -> FileDesk:
    return FileDesk(tmp_path)


async def test_a_file_comes_in_is_found_read_and_deleted(
    desk: FileDesk, client: AsyncOpenAI
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
    assert desk.kept() == []


async def test_files_are_listed_by_purpose_in_pages_either_way(
    desk: FileDesk, client: AsyncOpenAI
) -> None:
    made = []
    for number in range(5):
        purpose: Any = "batch" if number == 2 else "fine-tune"
        made.append(await client.files.create(file=(f"{number}", b"x"), purpose=purpose))
        desk.clock.go_on(seconds=1)
    names = [one.filename async for one in client.files.list(limit=2)]
    assert names == ["4", "3", "2", "1", "0"]
    assert [one.filename async for one in client.files.list(order="asc", limit=3)] == names[::-1]
    assert [one.id async for one in client.files.list(purpose="batch")] == [made[2].id]
    first = await client.files.list(limit=2)
    assert first.has_more and first.last_id == first.data[-1].id  # type: ignore[attr-defined]


async def test_a_file_goes_when_its_time_is_over(desk: FileDesk, client: AsyncOpenAI) -> None:
    short = await client.files.create(
        file=("a", b"x"),
        purpose="user_data",
        expires_after={"anchor": "created_at", "seconds": 3600},
    )
    batch = await client.files.create(file=("b", b"x"), purpose="batch")
    assert short.expires_at == short.created_at + 3600
    assert batch.expires_at == batch.created_at + 30 * 86_400
    desk.clock.go_on(hours=2)
    assert [one.id async for one in client.files.list()] == [batch.id]
    desk.wire_files.clean()
    assert len(desk.kept()) == 1


@pytest.mark.parametrize("seconds", [3599, 2_592_001])
async def test_a_time_out_of_bounds_is_refused(
    desk: FileDesk, client: AsyncOpenAI, seconds: int
) -> None:
    with pytest.raises(openai.BadRequestError) as raised:
        await client.files.create(
            file=("a", b"x"),
            purpose="batch",
            expires_after={"anchor": "created_at", "seconds": seconds},
        )
    assert raised.value.param == "expires_after.seconds"


async def test_a_wrong_purpose_an_empty_file_and_extras_are_refused(
    desk: FileDesk, client: AsyncOpenAI
) -> None:
    wrong: Any = "holiday"
    with pytest.raises(openai.BadRequestError) as raised:
        await client.files.create(file=("a", b"x"), purpose=wrong)
    assert raised.value.param == "purpose"
    with pytest.raises(openai.BadRequestError, match="empty"):
        await client.files.create(file=("a", b""), purpose="batch")
    with pytest.raises(openai.BadRequestError, match="colour"):
        await client.files.create(file=("a", b"x"), purpose="batch", extra_body={"colour": "red"})


async def test_a_deleted_file_stays_on_disk_while_it_is_read(
    desk: FileDesk, client: AsyncOpenAI
) -> None:
    file = await client.files.create(file=("a", ROWS), purpose="fine-tune")
    desk.reading.add(file.id.replace("file-", "file_"))
    await client.files.delete(file.id)
    assert [one async for one in client.files.list()] == []
    assert len(desk.kept()) == 1
    desk.reading.clear()
    desk.wire_files.clean()
    assert desk.kept() == []


async def test_names_from_outside_never_reach_the_disk(desk: FileDesk, client: AsyncOpenAI) -> None:
    file = await client.files.create(file=("../../etc/pass\x07wd", b"x"), purpose="batch")
    assert "/" not in file.filename and "\x07" not in file.filename
    assert all(path.is_relative_to(desk.folder / "files") for path in desk.kept())


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
async def test_a_broken_form_leaves_nothing_behind(desk: FileDesk, body: bytes) -> None:
    headers = {"content-type": "multipart/form-data; boundary=b"}
    async with wire.plain(desk) as http:
        answer = await http.post("/files", content=body, headers=headers)
    assert answer.status_code in (400, 413)
    assert set(answer.json()["error"]) == {"message", "type", "param", "code"}
    assert desk.kept() == []


async def test_the_order_of_the_form_does_not_matter(desk: FileDesk) -> None:
    headers = {"content-type": "multipart/form-data; boundary=b"}
    async with wire.plain(desk) as http:
        answer = await http.post("/files", content=form(FILE, PURPOSE), headers=headers)
        assert answer.status_code == 200
        assert (await http.post("/files", json={"purpose": "batch"})).status_code == 400


async def test_a_file_over_the_limit_is_refused_while_it_arrives(desk: FileDesk) -> None:
    sent = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal sent
        yield form(PURPOSE, part("file", b"", "a"), end=b"").removesuffix(b"\r\n")
        while True:
            sent += 1
            yield b"x" * 1024**2

    headers = {"content-type": "multipart/form-data; boundary=b"}
    small = WireFileService.incoming
    desk.wire_files.incoming = lambda: small(desk.wire_files, 3 * 1024**2)
    async with wire.plain(desk) as http:
        answer = await http.post("/files", content=endless(), headers=headers)
    assert answer.status_code == 413 and "3 MB" in answer.json()["error"]["message"]
    assert sent < 10 and desk.kept() == []
    assert LARGEST_FILE == 512 * 1024**2


async def test_many_files_at_once_do_not_meet(desk: FileDesk, client: AsyncOpenAI) -> None:
    bodies = [b"%d" % number * 10_000 for number in range(8)]
    made = await asyncio.gather(
        *(client.files.create(file=("a", body), purpose="fine-tune") for body in bodies)
    )
    assert len({file.id for file in made}) == 8
    for file, body in zip(made, bodies, strict=True):
        assert (await client.files.content(file.id)).content == body


async def test_another_projects_files_are_not_there(desk: FileDesk, client: AsyncOpenAI) -> None:
    file = await client.files.create(file=("a", ROWS), purpose="fine-tune")
    desk.projects.kept.insert(0, desk.projects.create(name="Other"))
    assert [one async for one in client.files.list()] == []
    with pytest.raises(openai.NotFoundError):
        await client.files.content(file.id)


async def test_bytes_that_are_gone_from_the_disk_are_said_so(
    desk: FileDesk, client: AsyncOpenAI
) -> None:
    file = await client.files.create(file=("a", ROWS), purpose="fine-tune")
    for path in desk.kept():
        path.unlink()
    with pytest.raises(openai.NotFoundError, match="gone"):
        await client.files.content(file.id)
