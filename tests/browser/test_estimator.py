"""The estimator in the browser: every tab can be used by everybody, a figure is stated in full."""

from __future__ import annotations

import pytest
from playwright.async_api import Page, expect

from tests.browser.conftest import NARROW, Visit
from tests.browser.test_accessibility import OVERHANG, violations
from tests.fakes.running_studio import running_studio

pytestmark = pytest.mark.asyncio(loop_scope="session")

TABS = {
    "Business case": "Arms side by side",
    "Prices": "AWS",
    "Memory": "Does a fine-tune fit?",
    "Tokens and speed": "Measure this machine",
    "Track record": "Nothing was estimated yet",
}
"""Tab → words that are there once it is drawn."""


async def show(page: Page, title: str) -> None:
    await page.get_by_role("tab", name=title).click()
    await expect(page.get_by_text(TABS[title]).first).to_be_visible()


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
async def test_every_tab_can_be_used_by_everybody(
    visit: Visit, axe_source: str, dark: bool
) -> None:
    async with visit("/estimator", dark=dark) as page:
        for title in TABS:
            await show(page, title)
            assert await violations(page, axe_source) == [], title
        await page.set_viewport_size(NARROW)
        for title in TABS:
            await show(page, title)
            assert await page.evaluate(OVERHANG) == 0, title


async def test_whether_a_fine_tune_fits_is_told(visit: Visit, axe_source: str) -> None:
    async with visit("/estimator?tab=Memory") as page:
        await page.get_by_test_id("memory-go").click()
        await expect(page.get_by_text("It fits. The GPU's driver takes")).to_be_visible()
        assert await violations(page, axe_source) == []


async def test_an_assumption_is_stated_in_full(visit: Visit, axe_source: str) -> None:
    with running_studio() as fresh:
        async with visit("/estimator", of=fresh) as page:
            await page.get_by_text("Data and training").first.click()
            await page.get_by_test_id("assume-more-labelling.unit").click()
            await page.get_by_test_id("assumption-source").fill("three offers")
            assert await violations(page, axe_source) == []
            await page.get_by_test_id("assumption-keep").click()
            await expect(page.get_by_text("three offers. Range 0.1 to 2.")).to_be_visible()
