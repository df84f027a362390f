"""Uploads put parts together as asked for, or leave nothing behind."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import openai
import pytest
from openai import AsyncOpenAI

from tests.api import wire
from tests.api.file_desk import FileDesk

ROWS = b'{"messages": []}\n' * 3


@pytest.fixture
def desk(tmp_path: Path) -> FileDesk:
    return FileDesk(tmp_path)


async def test_an_upload_in_parts_becomes_one_file(desk: FileDesk, client: AsyncOpenAI) -> None:
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
    assert len(desk.kept()) == 1


async def begun(client: AsyncOpenAI, size: int = 4) -> Any:
    return await client.uploads.create(
        bytes=size, filename="a", mime_type="text/plain", purpose="batch"
    )


async def test_parts_go_together_in_the_order_asked_for(
    desk: FileDesk, client: AsyncOpenAI
) -> None:
    upload = await begun(client)
    one = await client.uploads.parts.create(upload.id, data=b"cd")
    two = await client.uploads.parts.create(upload.id, data=b"ab")
    done = await client.uploads.complete(upload.id, part_ids=[two.id, one.id])
    assert done.file is not None
    assert (await client.files.content(done.file.id)).content == b"abcd"
    again = await client.uploads.complete(upload.id, part_ids=[two.id, one.id])
    assert again.file == done.file


async def test_an_upload_that_does_not_add_up_is_refused(
    desk: FileDesk, client: AsyncOpenAI
) -> None:
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
    desk: FileDesk, client: AsyncOpenAI
) -> None:
    upload = await begun(client)
    made = await client.uploads.parts.create(upload.id, data=b"abcd")
    assert (await client.uploads.cancel(upload.id)).status == "cancelled"
    assert (await client.uploads.cancel(upload.id)).status == "cancelled"
    assert desk.kept() == []
    with pytest.raises(openai.ConflictError, match="cancelled"):
        await client.uploads.parts.create(upload.id, data=b"abcd")
    with pytest.raises(openai.ConflictError, match="cancelled"):
        await client.uploads.complete(upload.id, part_ids=[made.id])


async def test_an_upload_expires_after_an_hour_and_leaves_nothing(
    desk: FileDesk, client: AsyncOpenAI
) -> None:
    upload = await begun(client)
    await client.uploads.parts.create(upload.id, data=b"abcd")
    assert upload.expires_at == upload.created_at + 3600
    desk.clock.go_on(minutes=61)
    desk.wire_uploads.clean()
    assert desk.kept() == []
    with pytest.raises(openai.ConflictError, match="expired"):
        await client.uploads.parts.create(upload.id, data=b"abcd")
    desk.clock.go_on(days=2)
    desk.wire_uploads.clean()
    with pytest.raises(openai.NotFoundError):
        await client.uploads.cancel(upload.id)


async def test_a_new_start_clears_what_was_left_half_done(
    desk: FileDesk, client: AsyncOpenAI
) -> None:
    file = await client.files.create(file=("a", ROWS), purpose="fine-tune")
    upload = await begun(client)
    await client.uploads.parts.create(upload.id, data=b"abcd")
    for stray in ("incoming/1", "files/file_0.bin", "parts/upload_0/part_0"):
        (desk.folder / stray).parent.mkdir(parents=True, exist_ok=True)
        (desk.folder / stray).write_bytes(b"x")
    desk.wire_files.open()
    desk.wire_uploads.open()
    names = {path.parent.name for path in desk.kept()}
    assert names == {"files", upload.id} and len(desk.kept()) == 2
    assert (await client.files.content(file.id)).content == ROWS


async def test_only_parts_may_be_large(desk: FileDesk) -> None:
    async def endless() -> AsyncIterator[bytes]:
        while True:
            yield b" " * 1_000_000

    async with wire.plain(desk) as http:
        kind = {"content-type": "application/json"}
        for path in ("/uploads", "/uploads/upload_0/complete"):
            answer = await http.post(path, content=endless(), headers=kind)
            assert answer.status_code == 413
