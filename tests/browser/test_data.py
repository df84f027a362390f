"""Data in the browser: rows over HTTP, uploads, a chart that grows, a page budget."""

from __future__ import annotations

import csv
import io
import time

import pytest
from playwright.async_api import Page, expect

from tests.browser.conftest import Visit
from tests.fakes.running_studio import running_studio
from tests.fakes.services import N_ROWS, TEAMS

pytestmark = pytest.mark.asyncio(loop_scope="session")

GRID = "getElement(Number(document.querySelector('.ls-grid .nicegui-aggrid').id.slice(1))).api"
CHART = """() => (getElement(Number(document.querySelector('.nicegui-echart')?.id.slice(1)))
    ?.chart?.getOption().series ?? []).map((one) => (one.data ?? []).length)"""


def tickets_csv(n: int = 40) -> bytes:
    """A small table to import."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(["text", "label", "note"])
    for number in range(n):
        writer.writerow([f"Letter {number}", TEAMS[number % len(TEAMS)], ""])
    return text.getvalue().encode()


async def test_the_last_row_is_a_jump_away(visit: Visit) -> None:
    async with visit("/datasets/dsv_1") as page:
        await expect(page.get_by_text(f"{N_ROWS} rows", exact=True)).to_be_visible()
        await page.evaluate(f"() => {GRID}.ensureIndexVisible({N_ROWS - 1})")
        last = page.get_by_role("gridcell", name=f"Letter {N_ROWS}: ", exact=False)
        await expect(last).to_be_visible()


async def test_rows_are_sorted_and_filtered_by_the_server(visit: Visit) -> None:
    async with visit("/datasets/dsv_1") as page:
        await page.get_by_role("columnheader", name="Line").click()
        await page.get_by_role("columnheader", name="Line").click()
        cell = page.locator("[role=row][row-index='0'] [col-id=c0]")
        await expect(cell).to_have_text(str(N_ROWS))
        model = "{c3: {filterType: 'text', type: 'equals', filter: 'legal'}}"
        await page.evaluate(f"() => {GRID}.setFilterModel({model})")
        await expect(page.get_by_text("83 rows", exact=True)).to_be_visible()


async def test_an_uploaded_file_is_shown_before_it_is_kept(visit: Visit) -> None:
    async with visit("/datasets?import=1") as page:
        await page.locator("input[type=file]").set_input_files(
            {"name": "tickets.csv", "mimeType": "text/csv", "buffer": tickets_csv()}
        )
        await put_aside(page, "tickets.csv")


async def test_a_file_dropped_on_the_page_is_uploaded_too(visit: Visit) -> None:
    async with visit("/datasets?import=1") as page:
        await page.wait_for_load_state("networkidle")
        await page.locator(".ls-drop").evaluate(
            """(drop) => {
                const files = new DataTransfer();
                files.items.add(new File(["text,label\\n"], "dropped.csv"));
                drop.dispatchEvent(new DragEvent("drop", {dataTransfer: files, bubbles: true}));
            }"""
        )
        await put_aside(page, "dropped.csv")


async def put_aside(page: Page, name: str) -> None:
    """Waits for the preview, then leaves the import as another test expects it."""
    await expect(page.get_by_role("heading", name=name)).to_be_visible()
    await expect(page.get_by_role("cell", name="Question 1")).to_be_visible()
    await page.get_by_role("button", name="Cancel").click()
    await expect(page.get_by_role("heading", name="Datasets", level=1)).to_be_visible()


async def test_a_chart_grows_and_is_whole_again_after_a_reload(visit: Visit) -> None:
    with running_studio("training") as training:
        async with visit("/jobs/job_2", of=training) as page:
            first = await longest(page, more_than=42)
            grown = await longest(page, more_than=first)
            await page.reload()
            assert await longest(page, more_than=grown - 1) >= grown


async def longest(page: Page, more_than: int) -> int:
    """Waits until the longest line has more points than that, and returns how many."""
    await page.wait_for_function(f"() => Math.max(...({CHART})()) > {more_than}")
    return int(max(await page.evaluate(CHART)))


async def test_pages_come_quickly(visit: Visit) -> None:
    """Budgets are several times what an idle machine needs: they catch what has become slow."""
    async with visit("/") as page:
        for name, seconds in (("Models", 3.0), ("Datasets", 3.0), ("Models", 1.5)):
            began = time.monotonic()
            await page.get_by_role("link", name=name, exact=True).click()
            await page.get_by_role("heading", name=name, level=1).wait_for()
            assert (name, time.monotonic() - began < seconds) == (name, True)
