"""Deployments seen and changed at `/v1/deployments`."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from typing import Any

import httpx2
import pytest

from studio.api.v1.auth import needed
from studio.domain.deployments import Slot
from studio.domain.keys import Scope
from tests.api import wire
from tests.fakes.deployed import DeployedAnswers

WHY = {"actor": "ada", "reason": "A test wants it."}


@pytest.fixture
def answers() -> Iterator[DeployedAnswers]:
    made = DeployedAnswers()
    yield made
    made.bench.database.close()


@pytest.fixture
async def client(answers: DeployedAnswers) -> AsyncIterator[httpx2.AsyncClient]:
    async with wire.plain(answers) as made:
        yield made


async def post(client: httpx2.AsyncClient, path: str, **body: Any) -> httpx2.Response:
    return await client.post(f"/deployments/router/{path}", json=body)


async def test_a_deployment_is_told_slot_by_slot_without_its_secrets(
    client: httpx2.AsyncClient, answers: DeployedAnswers
) -> None:
    opened = answers.deployments.open_link(answers.router.id)
    (listed,) = (await client.get("/deployments")).json()["data"]
    told = (await client.get("/deployments/router")).json()
    assert told == listed
    assert told["champion"]["id"] == told["anchor"]["id"] == answers.champion.id
    assert told["champion"]["model"] == "tuned" and told["candidate"] is None
    assert opened.link not in str(told) and opened.salt not in str(told)


async def test_a_candidate_gets_a_share_and_is_promoted_and_rolled_back(
    client: httpx2.AsyncClient, answers: DeployedAnswers
) -> None:
    router, better = answers.router.id, answers.better.id
    answers.deployments.place(router, Slot.CANDIDATE, better, share=0.05, **WHY)
    assert (await post(client, "traffic", share=0.25)).json()["share"] == 0.25
    promoted = (await post(client, "promote", reason="It is better.")).json()
    assert promoted["champion"]["id"] == better and promoted["candidate"] is None
    assert promoted["share"] == 0 and promoted["previous"]["model"] == "tuned"
    back = (await post(client, "rollback", reason="It was not.")).json()
    assert back["champion"]["model"] == "tuned" and back["previous"] is None
    ledger = (await client.get("/deployments/router/ledger")).json()
    assert [row["action"] for row in ledger["data"]] == [
        "create",
        "canary_start",
        "canary_step",
        "promote",
        "rollback",
    ]
    assert ledger["data"][2]["reason"] == "Asked for over the API."
    assert ledger["data"][-1]["actor"] == "api" and ledger["first_broken"] is None
    assert (await post(client, "promote", revision=better)).status_code == 409


async def test_a_ledger_that_was_tampered_with_says_where(
    client: httpx2.AsyncClient, answers: DeployedAnswers
) -> None:
    answers.tamper("UPDATE deployment_ledger SET actor = 'nobody' WHERE seq = 1")
    assert (await client.get("/deployments/router/ledger")).json()["first_broken"] == 1


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("promote", {}, 409),
        ("rollback", {}, 409),
        ("traffic", {"share": 0.5}, 409),
        ("traffic", {"share": 1.5}, 400),
        ("traffic", {}, 400),
        ("promote", {"revision": "revision_gone"}, 404),
        ("promote", {"who": "me"}, 400),
    ],
)
async def test_what_cannot_be_done_is_refused(
    client: httpx2.AsyncClient, path: str, body: dict[str, Any], status: int
) -> None:
    assert (await post(client, path, **body)).status_code == status


async def test_a_deployment_that_is_not_there_is_404(client: httpx2.AsyncClient) -> None:
    assert (await client.get("/deployments/gone")).status_code == 404
    assert (await client.post("/deployments/gone/rollback", json={})).status_code == 404


def test_looking_needs_read_and_changing_needs_deploy() -> None:
    assert needed("GET", "/deployments/router/ledger") == (Scope.READ, Scope.DEPLOY)
    for path in ("promote", "rollback", "traffic"):
        assert needed("POST", f"/deployments/router/{path}") == (Scope.DEPLOY,)
