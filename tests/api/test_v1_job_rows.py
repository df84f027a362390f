"""Every row of a training file is taken as it was given, or fails the job by its line."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from openai import AsyncOpenAI

from studio.domain.datasets import Split
from studio.domain.training import Objective
from tests.api.wire_desk import Interrupting, WireDesk, chat, failed, ours, rows


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


async def test_each_answer_of_a_conversation_is_learnt(desk: WireDesk, client: AsyncOpenAI) -> None:
    system, *asked = chat("Parcel 1 is late.", "delivery")["messages"]
    turns = [system, *asked, *asked]
    long = json.dumps({"messages": turns}).encode() + b"\n"
    job = await desk.order(client, rows(9) + long)
    desk.check()
    version = desk.stored.version(desk.jobs.get(ours(job)).spec.dataset_version_id)
    learnt = desk.stored.examples(version.id, Split.TRAIN)
    assert [(one.line, len(one.messages)) for one in learnt[-2:]] == [(10, 3), (10, 5)]
    assert len(learnt) == 11
    assert (await failed(desk, client, long * 9)).error is not None, "nine lines are too few"


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
