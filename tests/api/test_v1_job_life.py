"""A fine-tune of the wire lives as a job of the studio does, and is told in OpenAI's words."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any

import openai
import pytest
from openai import AsyncOpenAI
from openai.types.fine_tuning import FineTuningJob

from studio.domain.datasets import RawRow, Split
from studio.domain.jobs import Event, JobStatus
from studio.domain.training import Objective
from studio.domain.values import now
from tests.api.wire_desk import WireDesk, chat, rows
from tests.fakes.reader import LinesReader
from tests.unit.store import samples


@pytest.fixture
def desk(tmp_path: Path) -> WireDesk:
    return WireDesk(tmp_path)


@pytest.fixture
async def client(desk: WireDesk) -> AsyncIterator[AsyncOpenAI]:
    async with desk.client() as made:
        yield made


def ours(job: FineTuningJob) -> str:
    return job.id.replace("ftjob-", "job_")


async def failed(desk: WireDesk, client: AsyncOpenAI, body: bytes, **asked: Any) -> FineTuningJob:
    job = await desk.order(client, body, **asked)
    desk.check()
    return await client.fine_tuning.jobs.retrieve(job.id)


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


async def test_every_row_is_kept_in_the_split_it_was_given_for(
    desk: WireDesk, client: AsyncOpenAI
) -> None:
    repeated = rows(12) + rows(3) + json.dumps(chat("Parcel 1 is late.", "other")).encode()
    held = await client.files.create(file=("v.jsonl", rows(4, 50)), purpose="fine-tune")
    job = await desk.order(client, repeated, validation_file=held.id, suffix="Router")
    desk.check()
    version = desk.stored.version(desk.jobs.get(ours(job)).spec.dataset_version_id)
    assert version.splits == {Split.TRAIN: 16, Split.VALIDATION: 4, Split.TEST: 0}
    assert desk.stored.dataset(version.dataset_id).name == "Router"
    assert desk.stored.examples(version.id, Split.TRAIN)[-1].answer == "other"
    again = await desk.order(client, rows(), suffix="Router")
    desk.check()
    later = desk.stored.version(desk.jobs.get(ours(again)).spec.dataset_version_id)
    assert (later.dataset_id, later.number) == (version.dataset_id, 2)


async def test_malformed_rows_fail_the_job_with_their_lines(
    desk: WireDesk, client: AsyncOpenAI
) -> None:
    body = rows(11) + b'{"messages": [{"role": "user", "content": "a"}]}\nnonsense\n'
    job = await failed(desk, client, body)
    assert job.status == "failed" and job.error is not None and job.finished_at
    assert (job.error.code, job.error.param) == ("invalid_training_file", "training_file")
    assert "Line 12: There is no answer to learn" in job.error.message
    assert "Line 13: This is not valid JSON." in job.error.message
    events = (await client.fine_tuning.jobs.list_events(job.id)).data
    assert (events[0].level, events[0].message) == ("error", job.error.message)
    assert desk.jobs.all() == []


@pytest.mark.parametrize("count", [1, 9])
async def test_too_few_examples_fail_the_job(
    desk: WireDesk, client: AsyncOpenAI, count: int
) -> None:
    job = await failed(desk, client, rows(count))
    assert job.error is not None and job.error.code == "invalid_training_file"
    assert f"{count} examples" in job.error.message and "at least 10" in job.error.message


@pytest.mark.parametrize(
    ("body", "word"),
    [(b"[" + rows(1).strip() + b"]", "JSON array"), (b"\x1f\x8b123", "gzip"), (b"PAR1", "Parquet")],
)
async def test_what_is_no_json_lines_fails_the_job(
    desk: WireDesk, client: AsyncOpenAI, body: bytes, word: str
) -> None:
    job = await failed(desk, client, body)
    assert job.error is not None and word in job.error.message


async def test_a_bad_validation_file_fails_the_job_by_its_own_name(
    desk: WireDesk, client: AsyncOpenAI
) -> None:
    held = await client.files.create(file=("v.jsonl", b"{}\n"), purpose="fine-tune")
    job = await failed(desk, client, rows(), validation_file=held.id)
    assert job.error is not None
    assert (job.error.code, job.error.param) == ("invalid_validation_file", "validation_file")


async def test_a_long_row_gets_the_room_that_the_model_has(
    desk: WireDesk, client: AsyncOpenAI
) -> None:
    long = json.dumps(chat("word " * 1500, "refunds")).encode() + b"\n"
    job = await desk.order(client, rows() + long)
    desk.check()
    assert desk.jobs.get(ours(job)).spec.hyperparameters.sequence_length == 8192
    fixed: Any = {"ladder": {"hyperparameters": {"sequence_length": 512}}}
    refused = await failed(desk, client, rows() + long, extra_body=fixed)
    assert refused.error is not None
    assert (refused.error.code, refused.error.param) == ("invalid_training_file", "training_file")
    assert "too long" in refused.error.message


async def test_a_file_may_be_deleted_while_its_job_goes_on(
    desk: WireDesk, client: AsyncOpenAI
) -> None:
    job = await desk.order(client)
    await client.files.delete(job.training_file)
    desk.check()
    assert (await client.fine_tuning.jobs.retrieve(job.id)).status == "queued"
    assert list((desk.folder / "wire" / "files").iterdir()) == []


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
    from studio.store import rows as table

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


class Interrupting(LinesReader):
    """Does something while a file is read."""

    def __init__(self) -> None:
        self.meanwhile: Callable[[], object] = lambda: None

    def read(self, path: Path) -> Iterator[RawRow]:
        self.meanwhile()
        yield from super().read(path)


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


async def test_a_defect_ends_an_order_instead_of_leaving_it_unchecked(tmp_path: Path) -> None:
    def broken() -> None:
        raise ZeroDivisionError

    reader = Interrupting()
    reader.meanwhile = broken
    desk = WireDesk(tmp_path, reader=reader)
    async with desk.client() as client:
        job = await failed(desk, client, rows())
    assert job.error is not None and job.error.code == "internal_error"
    assert "ZeroDivisionError" in job.error.message


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


async def test_a_failed_run_says_why(desk: WireDesk, client: AsyncOpenAI) -> None:
    desk.backend.fails = "The memory ran out."
    job = await desk.finished(client)
    assert job.status == "failed" and job.error is not None
    assert (job.error.code, job.error.message) == ("out_of_memory", "The memory ran out.")
    first = (await client.fine_tuning.jobs.list_events(job.id)).data[0]
    assert (first.level, first.message) == ("error", "The memory ran out.")


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


def pairs(count: int = 12) -> bytes:
    """Returns a training file of preferences."""
    made = [
        {
            "input": {"messages": [{"role": "user", "content": f"Parcel {n} is late."}]},
            "preferred_output": [{"role": "assistant", "content": "I am sorry."}],
            "non_preferred_output": [{"role": "assistant", "content": "So what."}],
        }
        for n in range(count)
    ]
    return b"".join(json.dumps(row).encode() + b"\n" for row in made)


async def test_preferences_are_read_kept_and_tuned_on_as_such(
    desk: WireDesk, client: AsyncOpenAI
) -> None:
    method: Any = {"type": "dpo", "dpo": {"hyperparameters": {"beta": 0.3, "n_epochs": 2}}}
    job = await desk.order(client, pairs(), method=method)
    assert job.method is not None and job.method.dpo is not None
    assert job.method.dpo.hyperparameters is not None
    assert job.method.dpo.hyperparameters.beta == 0.3
    desk.check()
    kept = desk.jobs.get(ours(job))
    assert (kept.spec.objective, kept.spec.hyperparameters.beta) == (Objective.DPO, 0.3)
    examples = desk.stored.examples(kept.spec.dataset_version_id)
    assert {(one.answer, one.rejected) for one in examples} == {("I am sorry.", "So what.")}
    desk.poll(8)
    done = await client.fine_tuning.jobs.retrieve(job.id)
    assert done.status == "succeeded" and done.method is not None and done.method.type == "dpo"


async def test_rows_of_the_other_method_fail_the_job(desk: WireDesk, client: AsyncOpenAI) -> None:
    job = await failed(desk, client, pairs())
    assert job.error is not None and "messages" in job.error.message
    method: Any = {"type": "dpo"}
    job = await failed(desk, client, rows(), method=method)
    assert job.error is not None and job.error.code == "invalid_training_file"
