"""A manager reads why the model changed, and rolls it back: the real studio, the tiny model."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import pytest
from playwright.async_api import Page, expect

from studio.domain.models import BaseModel
from studio.settings import Settings
from tests.browser.conftest import NARROW, Visit
from tests.browser.test_accessibility import OVERHANG, violations
from tests.fakes.running_studio import RunningStudio, real_studio
from tests.fakes.turned_flywheel import turned

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.timeout(300)]

MINUTE = 60_000
"""Milliseconds, as the browser's driver counts."""
AT_REST = """() => document.getAnimations().every((one) => one.playState !== "running"
    || one.effect.getComputedTiming().iterations === Infinity)"""
"""Colours that are still on their way from dark to light have contrasts of their own."""
TABS = ("What happens next", "Why it changed", "Numbers", "How it learns", "How to call it")


@pytest.fixture(scope="module")
def real(
    tiny_models: Callable[[str], BaseModel], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[RunningStudio]:
    """The studio itself, in which a cycle has promoted the second revision of `letters`."""
    settings = Settings(data_dir=tmp_path_factory.mktemp("studio"))
    turned(settings, tiny_models("llama"))
    with real_studio(settings.data_dir) as running:
        yield running


async def everybody_can_use(page: Page, axe_source: str, what: str) -> None:
    """Both appearances pass, and nothing hangs over in a narrow window."""
    size = page.viewport_size
    for scheme in ("light", "dark"):
        await page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
        dark = re.compile(r"\bbody--dark\b")
        body = expect(page.locator("body"))
        await (body.to_have_class(dark) if scheme == "dark" else body.not_to_have_class(dark))
        await page.wait_for_function(AT_REST)
        assert await violations(page, axe_source) == [], f"{what}, {scheme}"
    await page.set_viewport_size(NARROW)
    assert await page.evaluate(OVERHANG) == 0, f"{what} scrolls sideways"
    assert size is not None
    await page.set_viewport_size(size)
    await page.emulate_media(color_scheme="light")


async def test_everybody_can_use_the_pages(
    visit: Visit, real: RunningStudio, axe_source: str
) -> None:
    async with visit("/deployments", of=real) as page:
        await expect(page.get_by_role("link", name="letters")).to_be_visible()
        await everybody_can_use(page, axe_source, "the list")
        await page.get_by_test_id("deploy").click()
        await expect(page.get_by_test_id("deploy-name")).to_be_visible()
        assert await violations(page, axe_source) == [], "the form that deploys"
        await page.keyboard.press("Escape")
        await page.get_by_role("link", name="letters").click()
        for tab in TABS:
            await page.get_by_role("tab", name=tab).click()
            panel = page.get_by_role("tabpanel")
            await expect(panel.get_by_role("heading").first).to_be_visible()
            await everybody_can_use(page, axe_source, tab)


async def test_a_manager_reads_why_the_model_changed_and_rolls_it_back(
    visit: Visit, real: RunningStudio
) -> None:
    async with visit("/", of=real) as page:
        # By keyboard: the palette finds the deployment by its name.
        await page.keyboard.press("Control+k")
        await page.get_by_role("combobox", name="Command palette").fill("letters")
        await page.get_by_role("option").filter(has_text="letters").first.wait_for()
        await page.keyboard.press("Enter")
        await page.wait_for_url("**/deployments/letters")
        await expect(page.get_by_text(re.compile(r"letters, second answers for"))).to_be_visible()
        await page.get_by_role("tab", name="Why it changed").click()
        await expect(page.get_by_text("ledger verified: 2 rows")).to_be_visible()
        changed = page.get_by_test_id("row-2")
        await expect(changed).to_contain_text("→ letters, second")
        await expect(changed).to_contain_text("Better on 29 of 40 held-out corrections")
        await changed.get_by_text("Evidence").click()
        await expect(changed).to_contain_text("0.003")
        await expect(page.get_by_text("Approved by Anna. It reads better.")).to_be_visible()

        await page.get_by_test_id("roll-back").press("Enter")
        quarantined = page.get_by_text(re.compile("answers now.*letters, second is quarantined"))
        await expect(quarantined).to_be_visible(timeout=MINUTE)
        await expect(page.get_by_test_id("row-3")).to_contain_text("Rolled back: letters, second →")
        await expect(page.get_by_text("ledger verified: 3 rows")).to_be_visible()
        await expect(page.get_by_test_id("roll-back")).to_be_disabled()
        await page.reload()
        await expect(page.get_by_text(re.compile(r"letters, second answers"))).to_have_count(0)
