"""The feedback page of a deployment, as somebody without an account meets it."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import uvicorn
from playwright.async_api import Browser, Page, expect
from starlette.applications import Starlette
from starlette.routing import Mount

from studio.api.public.app import create_public
from studio.server.guard import LocalGuard
from studio.server.sessions import LaunchKeys, Sessions
from tests.browser.conftest import NARROW, Trouble
from tests.browser.test_accessibility import violations
from tests.fakes.deployed import DeployedAnswers

pytestmark = pytest.mark.asyncio(loop_scope="session")

SIDEWAYS = "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"


@pytest.fixture(scope="module")
def answers() -> Iterator[DeployedAnswers]:
    made = DeployedAnswers()
    yield made
    made.shadows.close()
    made.feedback.close()
    made.bench.database.close()


@pytest.fixture(scope="module")
def origin(answers: DeployedAnswers, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Where the page is served, behind the guard that the studio has."""
    folder: Path = tmp_path_factory.mktemp("sessions")
    public: object = create_public(answers)  # type: ignore[arg-type]  # a fake has what it needs
    guard = LocalGuard(
        Starlette(routes=[Mount("/f", public)]),  # type: ignore[arg-type]
        sessions=Sessions(folder / "sessions.json"),
        keys=LaunchKeys(),
        cookie="ladder",
    )
    server = uvicorn.Server(uvicorn.Config(guard, port=0, log_config=None, lifespan="off"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    ends = time.monotonic() + 20
    while not server.started:
        assert time.monotonic() < ends, "the server did not start"
        time.sleep(0.01)
    port = server.servers[0].sockets[0].getsockname()[1]
    yield f"http://127.0.0.1:{port}"
    server.should_exit = True
    thread.join(10)


async def everybody_can_use(page: Page, axe_source: str, what: str) -> None:
    for scheme in ("light", "dark"):
        await page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
        assert await violations(page, axe_source) == [], f"{what}, {scheme}"


async def test_a_visitor_asks_rates_and_corrects(
    browser: Browser, origin: str, answers: DeployedAnswers, axe_source: str
) -> None:
    link = answers.deployments.open_link(answers.router.id).link
    context = await browser.new_context(viewport=NARROW)
    page, trouble = await context.new_page(), Trouble()
    page.set_default_timeout(10_000)
    trouble.watch(page, origin)
    await page.goto(f"{origin}/f/{link}")
    await expect(page.get_by_role("heading", name="router")).to_be_visible()
    await expect(page.get_by_text("0 of 100 approved corrections")).to_be_visible()
    await page.get_by_label("Your question").fill("Where is <img src=x onerror=alert(1)>?")
    await page.get_by_role("button", name="Ask").click()
    answer = page.locator(".answer")
    await expect(answer).to_have_text("Tuned: Where is <img src=x onerror=alert(1)>?")
    await everybody_can_use(page, axe_source, "an answer")
    up = page.get_by_role("button", name="Good")
    await up.click()
    await expect(up).to_have_attribute("aria-pressed", "true")
    await page.get_by_role("button", name="Correct it").click()
    await page.get_by_label("What it should have answered").fill("In the van.")
    await everybody_can_use(page, axe_source, "the correction")
    assert await page.evaluate(SIDEWAYS) == 0
    await page.get_by_role("button", name="Send").click()
    await expect(page.locator(".told")).to_contain_text("1 waits for a review.")
    (kept,) = answers.answers()
    thumb, correction = answers.kept.for_inference(kept.id)
    assert (thumb.thumb_up, correction.correction) == (True, "In the van.")
    assert trouble == []
    answers.deployments.close_link(answers.router.id)
    await page.reload()
    await expect(page.get_by_role("heading", name="This page is closed")).to_be_visible()
    await everybody_can_use(page, axe_source, "the closed page")
    await context.close()
