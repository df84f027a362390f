"""The main job as a user does it, with the real model: file, columns, launch, compare, chat."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.async_api import Page, expect

from studio.domain.models import BaseModel
from studio.settings import Settings
from studio.store.database import Database
from studio.store.models import ModelStore
from tests.browser.conftest import Visit
from tests.fakes.running_studio import RunningStudio, real_studio

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.timeout(900)]

SAMPLE = Path(__file__).parents[2] / "assets" / "sample" / "examples.jsonl"
N_ROWS = 100
MINUTES = 60_000
"""Milliseconds, as the browser's driver counts."""


@pytest.fixture(scope="module")
def real(
    starter_model: BaseModel, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[RunningStudio]:
    """The studio itself, in a process of its own, with the starter model registered."""
    settings = Settings(data_dir=tmp_path_factory.mktemp("studio"))
    with Database(settings.database_path) as database:
        ModelStore(database).add_base(starter_model)
    with real_studio(settings.data_dir) as running:
        yield running


def letters() -> bytes:
    """A table whose columns do not say what they hold, with one row that cannot be used."""
    text = io.StringIO()
    table = csv.writer(text)
    table.writerow(["number", "letter", "team"])
    with SAMPLE.open(encoding="utf-8") as lines:
        for number, line in zip(range(N_ROWS), lines, strict=False):
            turns = json.loads(line)["messages"]
            table.writerow([number, turns[-2]["content"], turns[-1]["content"]])
    table.writerow([N_ROWS, "A letter that nobody has sorted", ""])
    return text.getvalue().encode()


async def choose(page: Page, marker: str, option: str) -> None:
    await page.get_by_test_id(marker).click()
    await page.get_by_role("option", name=option, exact=True).click()


async def import_letters(page: Page) -> None:
    await page.get_by_test_id("file-drop-input").set_input_files(
        {"name": "letters.csv", "mimeType": "text/csv", "buffer": letters()}
    )
    await expect(page.get_by_role("tab", name="Refused (1)")).to_be_visible()
    await choose(page, "import-column-prompt", "letter")
    await choose(page, "import-column-answer", "team")
    await page.get_by_test_id("import-system").fill("Name the team that answers this letter.")
    await expect(page.get_by_role("cell", name="Name the team").first).to_be_visible()
    await page.get_by_test_id("import-continue").click()
    await expect(page.get_by_test_id("import-create")).to_be_disabled()
    await page.get_by_role("switch", name="Leave out 1 row").click()
    await page.get_by_test_id("import-create").click()
    await page.wait_for_url("**/datasets/dsv_*")


async def launch(page: Page) -> None:
    await page.get_by_test_id("version-tune").click()
    await page.get_by_test_id("tune-effort-quick").click()
    start = page.get_by_test_id("tune-start")
    await expect(start).to_be_enabled(timeout=2 * MINUTES)
    await start.click()
    await page.wait_for_url("**/jobs/job_*")


async def test_a_file_becomes_a_tuned_model_that_is_measured_and_talked_to(
    visit: Visit, real: RunningStudio
) -> None:
    async with visit("/datasets?import=1", of=real) as page:
        await import_letters(page)
        await launch(page)
        running = page.get_by_role("main").get_by_text("Running", exact=True)
        await expect(running).to_be_visible(timeout=2 * MINUTES)
        drawn = """() => (getElement(Number(document.querySelector('.nicegui-echart').id.slice(1)))
            .chart?.getOption().series[0].data ?? []).length > 1"""
        await page.wait_for_function(drawn, timeout=4 * MINUTES)
        await page.get_by_test_id("job-evaluate").click(timeout=8 * MINUTES)
        await page.wait_for_url("**/evaluate/*/*")
        await expect(page.get_by_role("heading", name="Verdict")).to_be_visible(timeout=4 * MINUTES)
        await page.get_by_test_id("comparison-chat").click()
        await page.get_by_test_id("playground-prompt").fill("My order has not come.")
        await page.keyboard.press("Control+Enter")
        await page.get_by_test_id("playground-up-right-0").click(timeout=2 * MINUTES)
        await expect(page.get_by_text("Stored: good answer.")).to_be_visible()
