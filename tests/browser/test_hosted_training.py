"""A hosted run and a local one by the same steps: nothing but name, price and privacy differ."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator

import pytest
from playwright.async_api import Page, expect

from studio.bootstrap import build_services
from studio.domain.datasets import DataFormat
from studio.domain.models import BaseModel
from studio.settings import Settings
from studio.store.database import Database
from studio.store.models import ModelStore
from tests.browser.conftest import Visit
from tests.fakes.openai_server.app import OpenAIServer, openai_server
from tests.fakes.running_studio import RunningStudio, real_studio
from tests.tiny_rows import examples

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.timeout(300)]

MINUTE = 60_000
"""Milliseconds, as the browser's driver counts."""
ONLY_HERE = {"tune-method-lora", "tune-method-qlora"}
"""What the form has for this machine alone: how weights are changed is no provider's question."""
ONLY_THERE = {"privacy-agree", "tune-here", "tune-effort-there"}
"""What it has for a provider alone: the notice, the way back, and leaving it to them."""


@pytest.fixture(scope="module")
def provider() -> Iterator[OpenAIServer]:
    with openai_server() as running:
        running.behave.pace = 12
        yield running


@pytest.fixture(scope="module")
def real(
    provider: OpenAIServer,
    tiny_models: Callable[[str], BaseModel],
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[RunningStudio]:
    """The studio itself with a tiny model here, an endpoint that tunes, and forty questions."""
    settings = Settings(data_dir=tmp_path_factory.mktemp("studio"))
    with Database(settings.database_path) as database:
        ModelStore(database).add_base(tiny_models("llama"))
    services = build_services(settings)
    services.endpoints.add("acme", provider.url, ["base-mini"], trains=["base-mini"])
    file = settings.data_dir / "colours.jsonl"
    rows = ({"messages": [turn.model_dump() for turn in one.messages]} for one in examples(60))
    file.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    services.datasets.create(
        services.datasets.stage(file, file.name).id,
        project_id=services.projects.default().id,
        name="Colours",
        format=DataFormat.CHAT,
    )
    services.close()
    with real_studio(settings.data_dir) as running:
        yield running


async def marks(page: Page) -> set[str]:
    """What stands on a page, by the names that tests know it by."""
    found = await page.get_by_role("main").locator("[data-testid]:visible").all()
    return {str(await one.get_attribute("data-testid")) for one in found}


async def tuned(page: Page, origin: str, place: str, name: str) -> list[set[str]]:
    """Describes a run there, starts it, waits for its model and measures it; what was seen."""
    await page.goto(f"{origin}/fine-tune/new")
    await page.get_by_test_id(f"tune-place-{place}").click()
    await page.get_by_test_id("tune-effort-quick").click()
    await page.get_by_test_id("tune-name").fill(name)
    start = page.get_by_test_id("tune-start")
    agree = page.get_by_test_id("privacy-agree")
    planning = page.get_by_text("Working out what this needs").filter(visible=True)
    await expect(planning.first).to_be_visible()
    await expect(planning).to_have_count(0, timeout=MINUTE)
    form = await marks(page)
    if await agree.is_visible():
        await expect(start).to_be_disabled()
        await agree.click()
    await expect(start).to_be_enabled(timeout=MINUTE)
    await start.click()
    await page.wait_for_url("**/jobs/job_*")
    await expect(page.get_by_test_id("job-evaluate")).to_be_visible(timeout=2 * MINUTE)
    job = await marks(page)
    await page.get_by_test_id("job-evaluate").click()
    await page.wait_for_url("**/evaluate/*/*")
    await expect(page.get_by_role("heading", name="Verdict")).to_be_visible(timeout=MINUTE)
    return [form, job, await marks(page)]


async def test_nobody_can_tell_a_hosted_run_from_a_local_one_but_by_what_has_to_differ(
    visit: Visit, real: RunningStudio, provider: OpenAIServer
) -> None:
    async with visit("/fine-tune/new", of=real) as page:
        there = await tuned(page, real.origin, "endpoint:acme", "Colours there")
        here = await tuned(page, real.origin, "local", "Colours here")
    assert here[0] - there[0] == ONLY_HERE
    assert there[0] - here[0] == ONLY_THERE
    assert there[1:] == here[1:]
    (job,) = provider.records.jobs.values()
    assert job.status == "succeeded"
    left = {file.purpose for file in provider.records.files.values()}
    assert left == {"fine-tune-results"}, "what was uploaded is deleted in the end"
