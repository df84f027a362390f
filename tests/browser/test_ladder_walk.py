"""The whole ladder as a consultant climbs it, with the real model and a restart in the middle."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.async_api import Page, expect

from studio.domain.models import BaseModel
from studio.settings import Settings
from studio.store.database import Database
from studio.store.models import ModelStore
from tests.browser.conftest import Visit
from tests.fakes import paper
from tests.fakes.running_studio import real_studio

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.timeout(1500)]

MINUTES = 60_000
"""Milliseconds, as the browser's driver counts."""
GUIDE = "# Desks\n\nSwift looks after the app, the camera and the orchard stream.\n"


@pytest.fixture(scope="module")
def folder(starter_model: BaseModel, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A data folder in which the starter model lies already."""
    settings = Settings(data_dir=tmp_path_factory.mktemp("ladder"))
    with Database(settings.database_path) as database:
        ModelStore(database).add_base(starter_model)
    yield settings.data_dir


async def measured(page: Page, step: str) -> None:
    """Waits until a step of the rail is measured."""
    state = page.get_by_test_id(f"step-{step}")
    await expect(state).to_contain_text("Measured", timeout=8 * MINUTES)


async def agree(page: Page) -> None:
    await page.get_by_test_id("ladder-empty-action").click()
    await page.get_by_test_id("charter-client").wait_for(timeout=2 * MINUTES)
    await page.get_by_test_id("charter-client").fill("Quernbeck Orchards")
    await page.get_by_test_id("charter-signer").fill("Ada Muster")
    await page.get_by_test_id("charter-sign").click()
    await expect(page.get_by_text("Version 1 is agreed")).to_be_visible()


async def choose_evidence(page: Page) -> None:
    await page.get_by_test_id("ladder-next-bottom").click()
    await page.get_by_test_id("evidence-use").click()
    await page.get_by_test_id("evidence-limit").fill("20")
    await expect(page.get_by_text("With 20 examples a score is known to")).to_be_visible()


async def bring_documents(page: Page) -> None:
    await page.get_by_test_id("step-rag").click()
    await page.get_by_test_id("corpus-drop-input").set_input_files(
        {"name": "desks.md", "mimeType": "text/markdown", "buffer": GUIDE.encode()}
    )
    await page.get_by_test_id("corpus-index").click()
    await page.get_by_test_id("corpus-question").fill("Who looks after the stream?")
    await page.get_by_test_id("corpus-search").click()
    await expect(page.get_by_text("Swift looks after the app").first).to_be_visible()


async def test_a_consultant_climbs_the_ladder(visit: Visit, folder: Path) -> None:
    with real_studio(folder) as first:
        async with visit("/ladder", of=first) as page:
            await agree(page)
            await choose_evidence(page)
            await page.get_by_test_id("ladder-next-bottom").click()
            await page.get_by_test_id("rung-start").click()
            await measured(page, "prompt")
            await page.get_by_test_id("step-few-shot").click()
            await page.get_by_test_id("rung-shots").fill("2")
            await page.get_by_test_id("rung-start").click()
            await expect(page.get_by_text("Measuring has begun.")).to_be_visible()
    # The studio ends while the second rung is being measured; a new one goes on with it.
    with real_studio(folder) as second:
        async with visit("/ladder/few-shot", of=second) as page:
            await expect(page.get_by_test_id("rung-shots")).to_have_value("2")
            await measured(page, "few-shot")
            await page.get_by_test_id("step-failures").click()
            await expect(page.get_by_text("0 of ").first).to_be_visible()
            # A slow machine draws the answers before the page takes the keys.
            await expect(page.get_by_role("group", name="Sorting wrong answers")).to_be_focused()
            await page.keyboard.press("2")
            await page.keyboard.press("1")
            await expect(page.get_by_text("2 of ").first).to_be_visible()
            await bring_documents(page)
            await page.get_by_test_id("rung-start").click()
            await measured(page, "rag")
            await look_at_fine_tuning(page)
            await page.get_by_test_id("step-verdict").click()
            await expect(page.get_by_text("Few-shot against Prompt")).to_be_visible()
            await expect(page.get_by_text("Recommended:")).to_be_visible()
            await keep_the_report(page, folder)


async def look_at_fine_tuning(page: Page) -> None:
    """How far the examples go, and every place to tune at; the pilot itself takes too long."""
    await page.get_by_test_id("step-fine-tune").click()
    await expect(page.get_by_text("A pilot needs")).to_be_visible()
    for place in ("On a rented GPU", "At a provider"):
        await expect(page.get_by_text(place).first).to_be_visible(timeout=2 * MINUTES)


async def keep_the_report(page: Page, folder: Path) -> None:
    """The report, a PDF that names client and signer, and a page that opens beside this one."""
    async with page.expect_download(timeout=2 * MINUTES) as coming:
        await page.get_by_test_id("verdict-report").click()
    path = folder / "report.pdf"
    await (await coming.value).save_as(path)
    first, *others = paper.pages(path)
    assert paper.plain("Quernbeck Orchards") in first
    assert len(others) > 5 and any(paper.plain("Ada Muster") in text for text in others)
    async with page.expect_popup() as opening:
        await page.get_by_test_id("verdict-report-html").click()
    report = await opening.value
    await expect(report.get_by_text("Quernbeck Orchards").first).to_be_visible()
