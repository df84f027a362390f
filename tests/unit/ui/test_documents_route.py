"""Documents are streamed like every upload, read under their own name, refusals told."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, cast

import httpx
import pytest
from starlette.applications import Starlette
from starlette.routing import Route

from studio.ui.data_routes import DataRoutes, in_words
from studio.ui.documents_route import FIRST, DocumentsRoute
from tests.fakes.services import FakeServices


@pytest.fixture
def services(tmp_path: Path) -> FakeServices:
    return FakeServices(tmp_path)


@pytest.fixture
async def client(services: FakeServices, tmp_path: Path) -> AsyncIterator[httpx.AsyncClient]:
    route = DocumentsRoute(cast(Any, services), tmp_path / "incoming", 1000)
    rows = in_words(DataRoutes(cast(Any, services)).documents)
    app = Starlette(
        routes=[
            Route("/projects/{project_id}/documents", route.put, methods=["PUT"]),
            Route("/corpora/{corpus_id}/documents", rows),
        ]
    )
    transport = httpx.ASGITransport(app, raise_app_exceptions=True)
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as made:
        yield made
    assert list((tmp_path / "incoming").glob("*")) == []


async def put(
    client: httpx.AsyncClient, name: str, text: bytes = b"Two words", **query: str
) -> Any:
    return await client.put(
        "/projects/prj_1/documents", params={"filename": name, **query}, content=text
    )


async def test_the_first_document_makes_the_collection(
    client: httpx.AsyncClient, services: FakeServices
) -> None:
    answer = await put(client, "Träume.md")
    assert answer.json() == {
        "filename": "Träume.md",
        "corpus": "cor_1",
        "documents": 1,
        "refused": [],
    }
    assert services.retrieval.bodies[0].name == FIRST
    await put(client, "more.md", corpus="cor_1")
    assert len(services.retrieval.bodies) == 1
    assert [line.key for line in services.retrieval.lines] == ["Träume.md", "more.md"]


async def test_a_refused_file_is_an_answer_with_its_reason(client: httpx.AsyncClient) -> None:
    answer = await put(client, "setup.exe")
    assert answer.status_code == 200
    assert answer.json()["refused"] == [
        {"name": "setup.exe", "reason": "This kind is not understood."}
    ]


async def test_a_file_over_the_limit_reaches_no_reader(
    client: httpx.AsyncClient, services: FakeServices
) -> None:
    answer = await put(client, "large.txt", b"x" * 1001)
    assert answer.status_code == 413
    assert services.retrieval.lines == []


async def test_documents_are_paged_sorted_and_filtered(client: httpx.AsyncClient) -> None:
    for name in ("b.md", "a.md", "c.md"):
        await put(client, name)
    query = {"start": "0", "end": "2", "sort": '[{"colId": "c0", "sort": "desc"}]'}
    page = (await client.get("/corpora/cor_1/documents", params=query)).json()
    assert [row["c0"] for row in page["rows"]] == ["c.md", "b.md"]
    assert page["total"] == 3
    query = {"filter": '{"c0": {"type": "contains", "filter": "A."}}'}
    page = (await client.get("/corpora/cor_1/documents", params=query)).json()
    assert (page["rows"][0]["c0"], page["total"]) == ("a.md", 1)


async def test_an_unknown_collection_or_column_is_told(client: httpx.AsyncClient) -> None:
    await put(client, "a.md")
    assert (await client.get("/corpora/cor_9/documents")).status_code == 404
    query = {"sort": '[{"colId": "key; drop", "sort": "asc"}]'}
    assert (await client.get("/corpora/cor_1/documents", params=query)).status_code == 400
