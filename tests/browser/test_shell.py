"""The window around the pages, in a real browser: keys, menus, palette, appearance, connection."""

from __future__ import annotations

import re

import pytest
from playwright.async_api import Page, expect

from studio.ui.strings import PLACES
from tests.browser.conftest import NARROW, Visit, open_page
from tests.fakes.running_studio import RunningStudio

DARK, LIGHT = re.compile(r"\bbody--dark\b"), re.compile(r"\bbody--light\b")
pytestmark = pytest.mark.asyncio(loop_scope="session")

TITLES = [place.title for place in PLACES]


async def test_the_palette_finds_a_job_and_opens_it(visit: Visit) -> None:
    async with visit("/") as page:
        await page.keyboard.press("Control+k")
        await page.get_by_role("combobox", name="Command palette").fill("second job")
        await expect(page.get_by_role("option")).to_have_count(1)
        await page.keyboard.press("Enter")
        await page.wait_for_url("**/jobs/job_2")
        title = page.get_by_role("heading", name="Letters, second try", level=1)
        await expect(title).to_be_visible()


async def test_the_palette_follows_the_arrow_keys(visit: Visit) -> None:
    async with visit("/") as page:
        await page.keyboard.press("Control+k")
        options = page.get_by_role("option")
        await expect(page.get_by_role("combobox", name="Command palette")).to_be_focused()
        await page.keyboard.press("ArrowDown")
        await expect(options.nth(1)).to_have_attribute("aria-selected", "true")
        await page.keyboard.press("Escape")
        await expect(options.first).to_be_hidden()


async def test_a_menu_is_walked_with_the_arrow_keys(visit: Visit) -> None:
    async with visit("/") as page:
        await page.get_by_role("menuitem", name="File", exact=True).focus()
        await page.keyboard.press("ArrowDown")
        await expect(page.get_by_role("menuitem", name="New project …")).to_be_focused()
        await page.keyboard.press("ArrowDown")
        await expect(page.get_by_role("menuitem", name="Import data …")).to_be_focused()
        await page.keyboard.press("ArrowRight")
        await expect(page.get_by_role("menuitem", name="Find anything …")).to_be_focused()
        await page.keyboard.press("Escape")
        await expect(page.get_by_role("menuitem", name="Edit", exact=True)).to_be_focused()


async def test_keys_go_to_pages_even_while_typing(visit: Visit) -> None:
    async with visit("/settings") as page:
        await page.get_by_label("HF_TOKEN").focus()
        await page.keyboard.press(f"Alt+{1 + TITLES.index('Datasets')}")
        await page.wait_for_url("**/datasets")
        await expect(page.get_by_role("link", name="Datasets")).to_have_attribute(
            "aria-current", "page"
        )
        await page.keyboard.press("F1")
        await expect(page.get_by_text("A version never changes;")).to_be_visible()


async def test_the_dark_appearance_is_remembered(visit: Visit, studio: RunningStudio) -> None:
    async with visit("/settings") as page:
        await page.get_by_role("radio", name="Dark").click()
        await expect(page.locator("body")).to_have_class(DARK)
        await page.reload()
        await open_page(page, page.url)
        await expect(page.locator("body")).to_have_class(DARK)
        await page.get_by_role("radio", name="As the system has it").click()
        await expect(page.locator("body")).to_have_class(LIGHT)


async def test_the_navigation_is_closed_on_a_narrow_window_and_closes_again(visit: Visit) -> None:
    async with visit("/", size=NARROW) as page:
        link = page.get_by_role("link", name="Models", exact=True)
        await expect(link).to_be_hidden()
        await page.get_by_role("button", name="Navigation").click()
        await link.click()
        await page.wait_for_url("**/models")
        await expect(link).to_be_hidden()


async def test_a_lost_connection_is_said_and_typed_words_are_kept(visit: Visit) -> None:
    async with visit("/settings") as page:
        await page.get_by_label("HF_TOKEN").fill("hf_never_lost")
        await page.evaluate("() => { socket.io.reconnection(false); socket.io.engine.close(); }")
        await expect(page.get_by_text("The connection to the studio is lost.")).to_be_visible()
        await page.evaluate("() => { socket.io.reconnection(true); socket.connect(); }")
        await expect(page.get_by_text("The connection to the studio is lost.")).to_be_hidden()
        await expect(page.get_by_label("HF_TOKEN")).to_have_value("hf_never_lost")


async def test_the_first_tab_stop_leads_to_the_content(visit: Visit) -> None:
    async with visit("/models") as page:
        await page.keyboard.press("Tab")
        await expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
        await page.keyboard.press("Enter")
        assert await page.evaluate("() => document.activeElement.className.includes('ls-content')")


async def test_a_new_project_is_made_from_the_header(visit: Visit) -> None:
    async with visit("/") as page:
        await page.get_by_role("button", name="Wrenfield Nurseries").click()
        await page.get_by_role("menuitem", name="New project …").last.click()
        await page.get_by_role("textbox", name="Name").fill("Ashgrove Mill")
        await page.get_by_role("button", name="Create project").click()
        await expect(page.get_by_role("heading", name="Ashgrove Mill", level=1)).to_be_visible()
        await switch_back(page)


async def switch_back(page: Page) -> None:
    """Leaves the studio as the other tests expect it."""
    await page.get_by_role("button", name="Ashgrove Mill").click()
    await page.get_by_role("menuitem", name="Wrenfield Nurseries").click()
    await expect(page.get_by_role("heading", name="Wrenfield Nurseries", level=1)).to_be_visible()


async def test_an_unknown_address_is_told_in_plain_words(visit: Visit) -> None:
    async with visit("/models", allow=("404",)) as page:
        await page.goto(page.url.replace("/models", "/nowhere"))
        await expect(page.get_by_text("There is no such page.")).to_be_visible()


async def test_a_removed_model_comes_back_with_undo(visit: Visit) -> None:
    async with visit("/models") as page:
        await page.get_by_role("button", name="Remove Maker/unused").click()
        await expect(page.get_by_role("button", name="Remove Maker/unused")).to_be_hidden()
        await page.keyboard.press("Control+z")
        await expect(page.get_by_role("button", name="Remove Maker/unused")).to_be_visible()
