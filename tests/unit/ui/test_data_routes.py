"""Rows reach the tables under neutral names; only known columns can be asked for."""

from __future__ import annotations

import errno
import json
from collections.abc import AsyncIterator
from typing import Any, cast

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from studio.domain.errors import Conflict, StorageFailed
from studio.ui.data_routes import DataRoutes, in_words
from tests.fakes.services import N_ROWS, FakeServices

ROWS = "/datasets/dsv_1/rows"


@pytest.fixture
async def client() -> AsyncIterator[httpx.AsyncClient]:
    routes = DataRoutes(cast(Any, FakeServices()))
    app = Starlette(
        routes=[
            Route("/datasets/{version_id}/rows", in_words(routes.examples)),
            Route("/datasets/{version_id}/export.jsonl", in_words(routes.export)),
            Route("/comparisons/{baseline_id}/{candidate_id}/rows", in_words(routes.comparison)),
        ]
    )
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as made:
        yield made


async def test_a_page_of_rows_and_their_number(client: httpx.AsyncClient) -> None:
    answer = await client.get(ROWS, params={"start": 0, "end": 2})
    assert answer.headers["cache-control"] == "no-store"
    found = answer.json()
    assert found["total"] == N_ROWS
    assert set(found["rows"][0]) == {"id", "c0", "c1", "c2", "c3"}
    assert [row["c0"] for row in found["rows"]] == [1, 2]


async def test_rows_are_sorted_and_filtered(client: httpx.AsyncClient) -> None:
    order = json.dumps([{"colId": "c0", "sort": "desc"}])
    wanted = json.dumps({"c3": {"filterType": "text", "type": "contains", "filter": "LEGAL"}})
    found = (await client.get(ROWS, params={"sort": order, "filter": wanted})).json()
    assert {row["c3"] for row in found["rows"]} == {"legal"}
    lines = [row["c0"] for row in found["rows"]]
    assert lines == sorted(lines, reverse=True)


@pytest.mark.parametrize(
    "parameters",
    [
        {"start": "x"},
        {"start": -1},
        {"start": 5, "end": 4},
        {"start": 0, "end": 1001},
        {"sort": "{"},
        {"sort": json.dumps([{"colId": "line; DROP TABLE examples", "sort": "asc"}])},
        {"sort": json.dumps([{"colId": "c9"}])},
        {"sort": json.dumps([{"colId": "c0"}, {"colId": "c1"}])},
        {"sort": json.dumps({"colId": "c0"})},
        {"filter": json.dumps({"prompt": {"filter": "a"}})},
        {"filter": json.dumps({"c1": "a"})},
        {"filter": json.dumps([1])},
    ],
    ids=str,
)
async def test_a_question_that_makes_no_sense_is_refused(
    client: httpx.AsyncClient, parameters: dict[str, Any]
) -> None:
    answer = await client.get(ROWS, params=parameters)
    assert answer.status_code == 400
    assert answer.headers["content-type"].startswith("text/plain")


async def test_an_unknown_version_is_not_found(client: httpx.AsyncClient) -> None:
    assert (await client.get("/datasets/dsv_9/rows")).status_code == 404


async def test_answers_stand_side_by_side_with_what_they_mean(client: httpx.AsyncClient) -> None:
    found = (await client.get("/comparisons/ev_1/ev_2/rows", params={"end": 9})).json()
    assert found["total"] == 82
    assert found["rows"][0] == {
        "id": "ex_1",
        "c0": "Question 1",
        "c1": "billing",
        "c2": "I would be happy to help with that.",
        "c3": "billing",
        "c4": "candidate right",
    }
    assert found["rows"][8]["c4"] == "both wrong"


async def test_a_selection_nobody_knows_is_refused(client: httpx.AsyncClient) -> None:
    answer = await client.get("/comparisons/ev_1/ev_2/rows", params={"only": "best"})
    assert answer.status_code == 400


async def test_an_export_is_a_file_to_keep_never_a_page(client: httpx.AsyncClient) -> None:
    answer = await client.get("/datasets/dsv_1/export.jsonl")
    assert answer.headers["content-type"] == "application/octet-stream"
    assert 'filename="tickets-v1.jsonl"' in answer.headers["content-disposition"]
    assert answer.text == '{"messages": []}\n'


@pytest.mark.parametrize(
    ("trouble", "status", "words"),
    [
        (OSError(errno.ENOSPC, "No space left on device"), 507, "The disk is full"),
        (StorageFailed("The database is damaged."), 507, "The database is damaged."),
        (Conflict("The run has not ended."), 409, "The run has not ended."),
        (ZeroDivisionError("secret detail"), 500, "The studio could not read these rows."),
    ],
)
async def test_trouble_has_a_status_and_a_sentence(
    trouble: Exception, status: int, words: str
) -> None:
    def fails(request: Request) -> Response:
        raise trouble

    app = Starlette(routes=[Route("/rows", in_words(fails))])
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
        answer = await client.get("/rows")
    assert answer.status_code == status
    assert answer.text.startswith(words)
    assert "secret" not in answer.text
