"""A fine-tune of the wire lives as a job of the studio does."""

from __future__ import annotations

from pathlib import Path

import openai
import pytest
from openai import AsyncOpenAI

from studio.domain.jobs import JobStatus
from studio.store import rows as table
from tests.api.wire_desk import Interrupting, WireDesk, ours


async def test_a_whole_life_from_the_file_to_the_tuned_model(
    desk: WireDesk, client: AsyncOpenAI
) -> None:
    job = await desk.order(client, suffix="Router")
    seen = [job.status]
    desk.check()
    seen.append((await client.fine_tuning.jobs.retrieve(job.id)).status)
    for _ in range(6):
        desk.poll()
        seen.append((await client.fine_tuning.jobs.retrieve(job.id)).status)
    order = ["validating_files", "queued", "running", "succeeded"]
    assert list(dict.fromkeys(seen)) == order
    done = await client.fine_tuning.jobs.retrieve(job.id)
    assert done.fine_tuned_model == f"ft:small:ladder:router:{job.id[-8:]}"
    assert done.finished_at and done.error is None and len(done.result_files) == 1
    kept = desk.jobs.get(ours(job))
    assert kept.status is JobStatus.SUCCEEDED and kept.model_version_id == f"model_{job.id[6:]}"


async def test_orders_of_an_earlier_studio_are_checked_by_the_next(
    desk: WireDesk, client: AsyncOpenAI
) -> None:
    job = await desk.order(client)
    desk.start_again()
    desk.wire_jobs.open()
    desk.wire_jobs.close()
    assert (await client.fine_tuning.jobs.retrieve(job.id)).status == "queued"


async def test_a_studio_that_ended_between_run_and_order_makes_no_second_run(
    desk: WireDesk, client: AsyncOpenAI
) -> None:
    job = await desk.order(client)
    order = desk.wire_jobs.get(ours(job), desk.projects.default().id).order
    desk.check()
    with desk.database.write() as cursor:
        table.update(cursor, "tuning_orders", order)  # As if the last write had not been done.
    desk.start_again()
    desk.check()
    assert len(desk.jobs.all()) == 1 and len(desk.datasets.all(order.project_id)) == 1
    assert (await client.fine_tuning.jobs.retrieve(job.id)).status == "queued"


async def test_a_fine_tune_can_be_cancelled_before_it_is_checked(
    desk: WireDesk, client: AsyncOpenAI
) -> None:
    job = await desk.order(client)
    assert (await client.fine_tuning.jobs.cancel(job.id)).status == "cancelled"
    assert (await client.fine_tuning.jobs.cancel(job.id)).status == "cancelled"
    desk.check()
    assert desk.jobs.all() == []
    with pytest.raises(openai.ConflictError):
        await client.fine_tuning.jobs.pause(job.id)
    assert (await client.fine_tuning.jobs.list_events(job.id)).data[0].message.endswith("cancelled")


async def test_a_fine_tune_that_is_cancelled_while_it_is_checked_never_trains(
    tmp_path: Path,
) -> None:
    reader = Interrupting()
    desk = WireDesk(tmp_path, reader=reader)
    async with desk.client() as client:
        job = await desk.order(client)
        project = desk.projects.default().id
        reader.meanwhile = lambda: desk.wire_jobs.cancel(ours(job), project)
        desk.check()
        desk.poll(3)
        assert (await client.fine_tuning.jobs.retrieve(job.id)).status == "cancelled"
    assert desk.backend.submitted == []


async def test_a_running_fine_tune_is_cancelled_at_once_and_stays_so(
    desk: WireDesk, client: AsyncOpenAI
) -> None:
    desk.backend.held = True
    job = await desk.order(client)
    desk.check()
    desk.poll(2)
    assert (await client.fine_tuning.jobs.cancel(job.id)).status == "cancelled"
    assert desk.jobs.get(ours(job)).status is JobStatus.CANCELLING
    desk.poll(2)
    ended = await client.fine_tuning.jobs.retrieve(job.id)
    assert ended.status == "cancelled" and ended.finished_at and ended.result_files == []


async def test_what_came_to_its_end_can_be_neither_cancelled_paused_nor_resumed(
    desk: WireDesk, client: AsyncOpenAI
) -> None:
    job = await desk.finished(client)
    calls = client.fine_tuning.jobs
    for call in (calls.cancel, calls.pause, calls.resume):
        with pytest.raises(openai.ConflictError) as raised:
            await call(job.id)
        assert raised.value.response.headers["x-should-retry"] == "false"
    assert (await calls.retrieve(job.id)).status == "succeeded"


async def test_a_fine_tune_pauses_and_goes_on(desk: WireDesk, client: AsyncOpenAI) -> None:
    calls = client.fine_tuning.jobs
    job = await desk.order(client)
    with pytest.raises(openai.ConflictError, match="checked"):
        await calls.pause(job.id)
    desk.check()
    desk.poll(2)
    assert (await calls.pause(job.id)).status == "paused"
    assert (await calls.pause(job.id)).status == "paused"
    desk.poll()
    assert desk.jobs.get(ours(job)).status is JobStatus.PAUSED
    assert (await calls.resume(job.id)).status == "queued"
    with pytest.raises(openai.ConflictError, match="queued"):
        await calls.resume(job.id)
    desk.poll(6)
    assert (await calls.retrieve(job.id)).status == "succeeded"


async def test_an_interrupted_run_shows_as_paused_with_a_warning_and_goes_on(
    desk: WireDesk, client: AsyncOpenAI
) -> None:
    job = await desk.order(client)
    desk.check()
    desk.poll(2)
    desk.backend.kill(f"run_{ours(job)}")
    desk.poll()
    calls = client.fine_tuning.jobs
    assert (await calls.retrieve(job.id)).status == "paused"
    warning = (await calls.list_events(job.id)).data[0]
    assert warning.level == "warn" and "interrupted" in warning.message
    await calls.resume(job.id)
    desk.poll(2)
    # The cursor is as good as before, though the warning is no longer told.
    older = (await calls.list_events(job.id, after=warning.id, limit=100)).data
    assert older and all(event.level == "info" for event in older)


async def test_a_job_tells_what_it_made_when_that_is_deleted(
    desk: WireDesk, client: AsyncOpenAI
) -> None:
    job = await desk.finished(client)
    before = [event.id async for event in client.fine_tuning.jobs.list_events(job.id)]
    desk.models.remove_version(f"model_{job.id[6:]}")
    later = await client.fine_tuning.jobs.retrieve(job.id)
    assert (later.fine_tuned_model, later.result_files) == (job.fine_tuned_model, job.result_files)
    assert [event.id async for event in client.fine_tuning.jobs.list_events(job.id)] == before


async def test_a_failed_run_says_why(desk: WireDesk, client: AsyncOpenAI) -> None:
    desk.backend.fails = "The memory ran out."
    job = await desk.finished(client)
    assert job.status == "failed" and job.error is not None
    assert (job.error.code, job.error.message) == ("out_of_memory", "The memory ran out.")
    first = (await client.fine_tuning.jobs.list_events(job.id)).data[0]
    assert (first.level, first.message) == ("error", "The memory ran out.")
