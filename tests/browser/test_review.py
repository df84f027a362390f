"""A reviewer clears the queue with the keyboard alone, in a page that everybody can use."""

from __future__ import annotations

import re

import pytest
from playwright.async_api import expect

from tests.browser.conftest import NARROW, Visit
from tests.browser.test_accessibility import OVERHANG, violations

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_a_reviewer_clears_a_queue_by_keyboard(visit: Visit, axe_source: str) -> None:
    async with visit("/review") as page:
        said, place = page.get_by_role("status"), page.locator(".ls-keys")
        await expect(place.get_by_text("1 of 3", exact=True)).to_be_visible()
        await page.wait_for_load_state("networkidle")
        assert await violations(page, axe_source) == [], "in the light appearance"
        await page.keyboard.press("?")
        await expect(page.get_by_role("dialog", name="Keys of the review")).to_be_visible()
        await page.keyboard.press("Escape")
        await expect(page.get_by_role("dialog", name="Keys of the review")).to_be_hidden()
        await page.emulate_media(color_scheme="dark")
        await expect(page.locator("body")).to_have_class(re.compile(r"\bbody--dark\b"))
        assert await violations(page, axe_source) == [], "in the dark appearance"
        await page.set_viewport_size(NARROW)
        assert await page.evaluate(OVERHANG) == 0, "a narrow window scrolls sideways"

        for left in (2, 1, 0):
            if await page.get_by_text("Personal data", exact=True).is_visible():
                await page.keyboard.press("p")
                await expect(said.get_by_text("is taken out")).to_be_visible()
            if left == 1:
                await page.keyboard.press("e")
                editor = page.get_by_label("What it should have answered")
                await expect(editor).to_be_focused()
                await page.keyboard.press("Control+End")
                await page.keyboard.type(" Really.")
                await page.keyboard.press("Control+Enter")
            else:
                await page.keyboard.press("a")
            waiting = f"1 of {left}" if left else "Nothing waits for you"
            await expect(page.get_by_text(waiting, exact=True)).to_be_visible()
        await expect(page.get_by_text("3 of 3 approved corrections")).to_be_visible()
        await page.keyboard.press("u")
        await expect(page.get_by_text("1 of 1", exact=True)).to_be_visible()
        await expect(page.get_by_text("2 of 3 approved corrections")).to_be_visible()
