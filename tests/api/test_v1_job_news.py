"""What a run told is told on with OpenAI's names, in pages that stay good."""

from __future__ import annotations

import csv
import io
import json

import openai
import pytest
from openai import AsyncOpenAI
from openai.types.fine_tuning import FineTuningJob

from studio.domain.datasets import Split
from studio.domain.jobs import Event
from studio.domain.values import now
from tests.api.wire_desk import WireDesk, ours, rows
from tests.unit.store import samples

FIGURES = [
    {"step": 1, "total_steps": 2, "loss": 2.0, "token_accuracy": 0.25, "eta_seconds": 5.0},
    {"step": 2, "total_steps": 2, "loss": 1.0, "token_accuracy": 0.5, "eta_seconds": 0.0},
    {"step": 2, "validation_loss": 1.5, "validation_token_accuracy": 0.375},
]


async def measured(desk: WireDesk, client: AsyncOpenAI) -> FineTuningJob:
    """Returns a finished job whose run told these figures."""
    job = await desk.order(client)
    desk.check()
    desk.backend.held = True
    desk.poll()
    news = [Event(n=n, at=now(), kind="metrics", data=d) for n, d in enumerate(FIGURES, start=1)]
    saved = Event(n=4, at=now(), kind="checkpoint", message="Saved.", data={"step": 2})
    desk.backend.told(f"run_{ours(job)}", [*news, saved])
    desk.poll()
    desk.backend.finish(f"run_{ours(job)}")
    desk.poll()
    return await client.fine_tuning.jobs.retrieve(job.id)


async def test_figures_have_openais_names_and_what_was_not_measured_has_none(
    desk: WireDesk, client: AsyncOpenAI
) -> None:
    job = await measured(desk, client)
    events = [event async for event in client.fine_tuning.jobs.list_events(job.id)]
    told = [event.data for event in events if event.type == "metrics"]
    assert told[::-1] == [
        {
            "step": 1,
            "total_steps": 2,
            "train_loss": 2.0,
            "train_mean_token_accuracy": 0.25,
            "eta_seconds": 5.0,
        },
        {
            "step": 2,
            "total_steps": 2,
            "train_loss": 1.0,
            "train_mean_token_accuracy": 0.5,
            "eta_seconds": 0.0,
        },
        {
            "step": 2,
            "valid_loss": 1.5,
            "full_valid_loss": 1.5,
            "valid_mean_token_accuracy": 0.375,
            "full_valid_mean_token_accuracy": 0.375,
        },
    ]
    assert "Step 1/2: training loss=2" in {event.message for event in events}


async def test_checkpoints_carry_the_figures_of_their_step(
    desk: WireDesk, client: AsyncOpenAI
) -> None:
    job = await measured(desk, client)
    (one,) = [one async for one in client.fine_tuning.jobs.checkpoints.list(job.id)]
    assert one.fine_tuned_model_checkpoint == f"{job.fine_tuned_model}:ckpt-step-2"
    assert (one.step_number, one.metrics.train_loss, one.metrics.full_valid_loss) == (2, 1.0, 1.5)


async def test_the_result_file_has_a_line_for_each_step(
    desk: WireDesk, client: AsyncOpenAI
) -> None:
    job = await measured(desk, client)
    file = await client.files.retrieve(job.result_files[0])
    assert file.purpose == "fine-tune-results"
    text = (await client.files.content(file.id)).text
    assert list(csv.reader(io.StringIO(text))) == [
        ["step", "train_loss", "train_accuracy", "valid_loss", "valid_mean_token_accuracy"],
        ["1", "2.0", "0.25", "", ""],
        ["2", "1.0", "0.5", "1.5", "0.375"],
    ]
    await client.files.delete(file.id)
    assert (await client.fine_tuning.jobs.retrieve(job.id)).result_files == []


async def test_events_page_without_gap_or_repeat_from_any_place(
    desk: WireDesk, client: AsyncOpenAI
) -> None:
    job = await desk.finished(client)
    whole = [event.id async for event in client.fine_tuning.jobs.list_events(job.id, limit=1000)]
    assert len(set(whole)) == len(whole) > 8
    for limit in (1, 2, 3, 7):
        paged = client.fine_tuning.jobs.list_events(job.id, limit=limit)
        assert [event.id async for event in paged] == whole
    with pytest.raises(openai.BadRequestError):
        await client.fine_tuning.jobs.list_events(job.id, after="ftevent-0")


async def test_events_that_come_later_do_not_change_the_ids_of_earlier_ones(
    desk: WireDesk, client: AsyncOpenAI
) -> None:
    job = await desk.order(client)
    desk.check()
    known: list[str] = []
    for _ in range(7):
        desk.poll()
        page = await client.fine_tuning.jobs.list_events(job.id, limit=1000)
        ids = [event.id for event in page.data][::-1]
        assert ids[: len(known)] == known
        known = ids


async def test_a_fine_tune_started_in_the_studio_is_there_too(
    desk: WireDesk, client: AsyncOpenAI
) -> None:
    project = desk.projects.default()
    path = desk.folder / "own.jsonl"
    path.write_bytes(rows(40))
    source = desk.datasets.stage(path, "own.jsonl")
    version = desk.datasets.create(
        source.id, project_id=project.id, name="Own", format=samples.DataFormat.CHAT
    )
    desk.training.start(
        samples.job().spec.with_(
            project_id=project.id, dataset_version_id=version.id, base_model="small"
        )
    )
    (job,) = [one async for one in client.fine_tuning.jobs.list()]
    lines = (await client.files.content(job.training_file)).text.splitlines()
    assert len(lines) == version.splits[Split.TRAIN]
    assert json.loads(lines[0])["messages"][-1]["role"] == "assistant"
    assert job.validation_file is not None
    assert (await client.files.retrieve(job.validation_file)).purpose == "fine-tune"
    assert (await client.fine_tuning.jobs.cancel(job.id)).status == "cancelled"
