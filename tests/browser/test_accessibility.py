"""Every page, light and dark, passes the machine-checkable part of WCAG 2.2 AA."""

from __future__ import annotations

import re

import pytest
from playwright.async_api import Page, expect

from tests.browser.conftest import NARROW, Visit

pytestmark = pytest.mark.asyncio(loop_scope="session")

PATHS = (
    "/",
    "/datasets",
    "/datasets?import=1",
    "/datasets/dsv_1",
    "/fine-tune",
    "/fine-tune/new",
    "/fine-tune/new?backend=endpoint:openai",
    "/jobs/job_2",
    "/jobs/job_3",
    "/models",
    "/evaluate",
    "/evaluate/ev_1/ev_2",
    "/playground",
    "/settings",
    "/ladder/charter",
    "/ladder/evidence",
    "/ladder/prompt",
    "/ladder/few-shot",
    "/ladder/failures",
    "/ladder/rag",
    "/ladder/fine-tune",
    "/ladder/verdict",
)
OVERHANG = """() => Math.max(...["html", ".ls-content"].map(
    (name) => document.querySelector(name)).map((one) => one.scrollWidth - one.clientWidth))"""
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]


async def violations(page: Page, axe_source: str) -> list[str]:
    """Returns what axe finds, each with the elements concerned."""
    await page.evaluate(axe_source)
    found = await page.evaluate(
        "rules => axe.run(document, {runOnly: {type: 'tag', values: rules}})", RULES
    )
    return [
        f"{one['id']}: {node['html'][:160]} — {node['any'][0]['message'] if node['any'] else ''}"
        for one in found["violations"]
        for node in one["nodes"]
    ]


@pytest.mark.parametrize("path", PATHS)
async def test_a_page_can_be_used_by_everybody(visit: Visit, axe_source: str, path: str) -> None:
    async with visit(path) as page:
        await page.wait_for_load_state("networkidle")
        assert await violations(page, axe_source) == [], "in the light appearance"
        await page.emulate_media(color_scheme="dark")
        await expect(page.locator("body")).to_have_class(re.compile(r"\bbody--dark\b"))
        assert await violations(page, axe_source) == [], "in the dark appearance"
        await page.set_viewport_size(NARROW)
        await expect(page.get_by_role("link", name="Home", exact=True)).to_be_hidden()
        assert await page.evaluate(OVERHANG) == 0, "a narrow window scrolls sideways"


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
async def test_open_menus_dialogs_and_toasts_can_be_used_by_everybody(
    visit: Visit, axe_source: str, dark: bool
) -> None:
    async with visit("/models", dark=dark) as page:
        await page.get_by_role("menuitem", name="File", exact=True).click()
        await page.get_by_role("menuitem", name="New project …").wait_for()
        assert await violations(page, axe_source) == []
        await page.keyboard.press("Escape")
        await page.keyboard.press("Control+k")
        await page.get_by_role("option").first.wait_for()
        assert await violations(page, axe_source) == []
        await page.keyboard.press("Escape")
        await page.keyboard.press("Control+/")
        await page.get_by_role("heading", name="Keyboard shortcuts").wait_for()
        assert await violations(page, axe_source) == []
        await page.keyboard.press("Escape")
        await page.keyboard.press("Control+s")
        await page.get_by_text("Everything is saved as you go.").wait_for()
        assert await violations(page, axe_source) == []
        await page.get_by_role("button", name="Get a base model …").click()
        await page.get_by_role("textbox", name="Name on the model hub").wait_for()
        await page.get_by_role("button", name="Get it").click()
        await page.get_by_text("Write the model's name.").wait_for()
        assert await violations(page, axe_source) == []
