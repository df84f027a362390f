"""The ladder in the browser: keys, drafts that survive, documents dropped in, every part open."""

from __future__ import annotations

import pytest
from playwright.async_api import Page, expect

from studio.ui.pages.ladder.steps import Step
from tests.browser.conftest import WIDE, Visit
from tests.browser.test_accessibility import violations
from tests.fakes.running_studio import running_studio

pytestmark = pytest.mark.asyncio(loop_scope="session")

WANTED = {
    Step.CHARTER: ("ladder charter", "Charter"),
    Step.EVIDENCE: ("evidence", "Evidence"),
    Step.PROMPT: ("prompting", "Prompt"),
    Step.FEW_SHOT: ("few shot", "Few-shot"),
    Step.FAILURES: ("wrong answers", "Failures"),
    Step.RAG: ("retrieval", "Retrieval (RAG)"),
    Step.FINE_TUNE: ("ladder fine-tuning", "Fine-tuning"),
    Step.VERDICT: ("verdict", "Verdict"),
}
"""Step → what somebody types who looks for it, and the title of its page."""


async def test_wrong_answers_are_sorted_with_the_keyboard_alone(visit: Visit) -> None:
    with running_studio() as fresh:
        async with visit("/ladder/failures", of=fresh) as page:
            progress = page.get_by_text("5 of 12 sorted")
            await expect(progress).to_be_visible()
            await page.keyboard.press("1")
            await expect(page.get_by_text("6 of 12 sorted")).to_be_visible()
            await page.keyboard.press("k")
            context = page.get_by_test_id("failures-context")
            await expect(context).to_have_attribute("aria-pressed", "true")
            await page.keyboard.press("z")
            await expect(progress).to_be_visible()
            await expect(context).to_have_attribute("aria-pressed", "false")
            note = page.get_by_test_id("failures-note")
            await note.fill("12 months")
            await expect(progress).to_be_visible()


async def test_what_was_typed_is_there_again_after_a_reload(visit: Visit) -> None:
    with running_studio() as fresh:
        async with visit("/ladder/charter", of=fresh) as page:
            await page.get_by_test_id("charter-client").fill("Wrenfield")
            await expect(page.get_by_text("Saved ")).to_be_visible()
            await page.get_by_test_id("step-prompt").click()
            await page.get_by_test_id("rung-system").fill("One word only.")
            await page.wait_for_load_state("networkidle")
            await page.reload()
            await expect(page.get_by_test_id("rung-system")).to_have_value("One word only.")
            await page.go_back()
            await expect(page.get_by_test_id("charter-client")).to_have_value("Wrenfield")


async def test_a_change_made_just_before_leaving_is_kept(visit: Visit) -> None:
    with running_studio() as fresh:
        async with visit("/ladder/charter", of=fresh) as page:
            await page.get_by_test_id("charter-requests-month").fill("1200")
            await page.get_by_test_id("step-evidence").click()
            await expect(page.get_by_role("heading", name="Evidence", level=1)).to_be_visible()
            await page.get_by_test_id("step-charter").click()
            await expect(page.get_by_test_id("charter-requests-month")).to_have_value("1200")


async def test_a_variable_goes_where_the_cursor_stands(visit: Visit) -> None:
    with running_studio() as fresh:
        async with visit("/ladder/rag", of=fresh) as page:
            template = page.get_by_test_id("rung-template")
            await template.fill("Read this: . Then say: {question}")
            await template.evaluate("field => field.setSelectionRange(11, 11)")
            await page.get_by_role("button", name="Insert {passages}").click()
            await expect(template).to_have_value("Read this: {passages}. Then say: {question}")


async def test_several_documents_are_dropped_and_the_refused_one_is_named(visit: Visit) -> None:
    with running_studio() as fresh:
        async with visit("/ladder/rag", of=fresh) as page:
            await page.get_by_test_id("corpus-drop-input").set_input_files(
                [
                    {"name": name, "mimeType": "text/plain", "buffer": b"Returns: 14 days."}
                    for name in ("handbook.md", "setup.exe", "faq.txt")
                ]
            )
            await expect(page.get_by_text("2 documents, ")).to_be_visible()
            await expect(page.get_by_role("cell", name="setup.exe")).to_be_visible()
            await page.get_by_test_id("corpus-list").click()
            await expect(page.get_by_role("gridcell", name="faq.txt").first).to_be_visible()
            await page.get_by_role("gridcell", name="handbook.md").first.click()
            await expect(page.get_by_text("All about handbook.md.")).to_be_visible()
            await page.get_by_role("button", name="Close").click()
            await page.get_by_test_id("corpus-index").click()
            await expect(page.get_by_text("Cutting documents")).to_be_visible()
            await page.get_by_test_id("corpus-progress-cancel").click()
            await expect(page.get_by_test_id("corpus-index")).to_be_visible()


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
async def test_everything_opened_can_be_used_by_everybody(
    visit: Visit, axe_source: str, dark: bool
) -> None:
    async with visit("/ladder/few-shot", dark=dark) as page:
        await open_all(page)
        await expect(page.get_by_text("I would be happy to help").first).to_be_visible()
        assert await violations(page, axe_source) == []
    async with visit("/ladder/verdict", dark=dark) as page:
        await open_all(page)
        assert await violations(page, axe_source) == []


async def open_all(page: Page) -> None:
    """Opens every folded part of the page."""
    await page.wait_for_load_state("networkidle")
    await page.set_viewport_size({"width": WIDE["width"], "height": 2400})
    folded = page.locator("details:not([open]) > summary")
    while await folded.count():
        await folded.first.click()
    await page.wait_for_load_state("networkidle")


async def test_the_palette_leads_to_every_step_by_what_people_call_it(visit: Visit) -> None:
    async with visit("/ladder/verdict") as page:
        for step, (typed, heading) in WANTED.items():
            await page.keyboard.press("Control+k")
            box = page.get_by_role("combobox", name="Command palette")
            await expect(box).to_be_focused()
            await box.fill(typed)
            await expect(page.get_by_role("option").first).to_contain_text("Ladder: ")
            await page.keyboard.press("Enter")
            await page.wait_for_url(f"**/ladder/{step}")
            await expect(page.get_by_role("heading", name=heading, level=1)).to_be_visible()
            await expect(box).to_be_hidden()
            await expect(page.get_by_test_id(f"step-{step}")).to_have_attribute(
                "aria-current", "step"
            )
