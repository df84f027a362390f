"""Who has the link of a feedback page may ask and say, and reaches nothing else."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from typing import Any

import httpx2
import pytest

from studio.api.public.app import CLOSED, COOKIE, create_public
from studio.api.public.paces import ALLOWED, Most, Paces
from studio.domain.deployments import Slot
from studio.domain.errors import WorkerFailed
from studio.domain.feedback import Source
from tests.fakes.deployed import DeployedAnswers

BASE = "http://127.0.0.1"


@pytest.fixture
def answers() -> Iterator[DeployedAnswers]:
    made = DeployedAnswers()
    yield made
    made.shadows.close()
    made.feedback.close()
    made.bench.database.close()


def visitor(answers: Any, **allowed: Most) -> httpx2.AsyncClient:
    """Returns somebody with a browser; `/f` is mounted as the server does."""
    public = create_public(answers, Paces({**ALLOWED, **allowed}))

    async def mounted(scope: Any, receive: Any, send: Any) -> None:
        await public({**scope, "root_path": "/f"}, receive, send)

    transport = httpx2.ASGITransport(mounted, client=("127.0.0.1", 1))
    return httpx2.AsyncClient(transport=transport, base_url=BASE)


@pytest.fixture
async def page(answers: DeployedAnswers) -> AsyncIterator[httpx2.AsyncClient]:
    link = answers.deployments.open_link(answers.router.id).link
    async with visitor(answers) as browser:
        opened = await browser.get(f"/f/{link}")
        assert (opened.status_code, "/f/-/page.js" in opened.text) == (200, True)
        browser.base_url = f"{BASE}/f/{link}/"
        yield browser


async def test_a_visitor_asks_rates_and_corrects(
    page: httpx2.AsyncClient, answers: DeployedAnswers
) -> None:
    about = (await page.get("about")).json()
    assert (about["name"], about["learns"]) == ("router", True)
    assert about["counted"] == "0 of 100 approved corrections towards the next training."
    told = (await page.post("ask", json={"question": " Hello <b>there</b> "})).json()
    assert told["answer"] == "Tuned: Hello <b>there</b>"
    thumb = await page.post("say", json={"id": told["id"], "thumb": "down"})
    assert (thumb.status_code, "corrections" in thumb.json()["sentence"]) == (201, True)
    said = {"id": told["id"], "correction": "Good day.", "comment": "Be polite."}
    assert "; 1 waits for a review." in (await page.post("say", json=said)).json()["sentence"]
    down, better = answers.kept.for_inference(told["id"])
    given = answers.kept.inference(told["id"])
    assert (down.thumb_up, better.correction, better.comment) == (False, "Good day.", "Be polite.")
    assert (down.source, down.rater) == (Source.LINK, given.session)
    assert given.session.startswith("visitor-")
    assert page.cookies[COOKIE] not in given.session


async def test_a_visitor_stays_with_who_answered_first(
    page: httpx2.AsyncClient, answers: DeployedAnswers
) -> None:
    for _ in range(2):
        await page.post("ask", json={"question": "Hello"})
    assert len({one.session for one in answers.answers()}) == 1


async def test_answers_of_others_cannot_be_rated(
    page: httpx2.AsyncClient, answers: DeployedAnswers
) -> None:
    told = (await page.post("ask", json={"question": "Hello"})).json()
    page.cookies.clear()
    assert (await page.post("say", json={"id": told["id"], "thumb": "up"})).status_code == 400
    await page.get(str(page.base_url).rstrip("/"))
    for id in (told["id"], "inference_0"):
        refused = await page.post("say", json={"id": id, "thumb": "up"})
        assert (refused.status_code, "not given to you" in refused.text) == (404, True)
    assert answers.kept.for_inference(told["id"]) == []


async def test_a_closed_page_answers_nobody(
    page: httpx2.AsyncClient, answers: DeployedAnswers
) -> None:
    answers.deployments.close_link(answers.router.id)
    assert (await page.get("about")).json() == {"error": CLOSED}
    assert (await page.post("ask", json={"question": "Hello"})).status_code == 404
    async with visitor(answers) as stranger:
        for path in ("/f/", "/f/guessed", "/f/guessed/about", "/f/-/page.html", "/f/-/..%2fx"):
            assert (path, (await stranger.get(path)).status_code) == (path, 404)
        for name in ("page.js", "page.css"):
            assert (await stranger.get(f"/f/-/{name}")).status_code == 200
    assert answers.answers() == []


@pytest.mark.parametrize(
    "where, body",
    [
        ("ask", {}),
        ("ask", {"question": "  "}),
        ("ask", {"question": "x" * 8_001}),
        ("ask", {"question": "Hello", "model": "tuned"}),
        ("say", {"id": "inference_1", "thumb": "sideways"}),
        ("say", {"id": "inference_1", "correction": "x" * 20_001}),
        ("say", {"id": "inference_1", "rater": "somebody else"}),
    ],
)
async def test_nonsense_is_refused(
    page: httpx2.AsyncClient, where: str, body: dict[str, Any]
) -> None:
    refused = await page.post(where, json=body)
    assert (refused.status_code, bool(refused.json()["error"])) == (400, True)
    plain = await page.post(where, content=b"{}", headers={"content-type": "text/plain"})
    assert plain.status_code == 400


async def test_who_asks_too_fast_waits(answers: DeployedAnswers) -> None:
    link = answers.deployments.open_link(answers.router.id).link
    async with visitor(answers, ask=Most(2, 100)) as browser:
        await browser.get(f"/f/{link}")
        asked = [await browser.post(f"/f/{link}/ask", json={"question": "Hi"}) for _ in range(3)]
    assert [one.status_code for one in asked] == [200, 200, 429]
    assert 0 < int(asked[-1].headers["retry-after"]) <= 60


async def test_what_is_wrong_inside_is_not_told_to_strangers(
    page: httpx2.AsyncClient, answers: DeployedAnswers, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*given: Any, **named: Any) -> Any:
        raise WorkerFailed("The worker at the secret place ended.", hint="Look at its log.")

    monkeypatch.setattr(answers.completions, "answer", broken)
    refused = await page.post("ask", json={"question": "Hello"})
    assert (refused.status_code, "secret" in refused.text) == (503, False)


async def test_the_answer_is_the_champions(
    page: httpx2.AsyncClient, answers: DeployedAnswers
) -> None:
    answers.deployments.promote(answers.router.id, answers.better.id, actor="ada", reason="Better.")
    told = (await page.post("ask", json={"question": "Hello"})).json()
    given = answers.kept.inference(told["id"])
    assert given.revision_id == answers.now_is().slots[Slot.CHAMPION] == answers.better.id
