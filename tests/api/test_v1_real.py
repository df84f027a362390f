"""The unmodified official client tunes real models through a real studio, from file to answer."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from openai import AsyncOpenAI, OpenAI

from studio.domain.models import BaseModel
from tests import tiny_rows
from tests.api.real import client, ended, tuning_studio
from tests.fakes.running_studio import RunningStudio

QUICK = {"n_epochs": 2, "batch_size": 4}
SMALL = {"hyperparameters": {"lora_rank": 4, "lora_alpha": 8, "evaluations": 3}}


def lines(count: int, seed: int = 0) -> bytes:
    """Returns a training file about colours."""
    rows = (one.messages for one in tiny_rows.examples(count, seed=seed))
    return b"".join(
        json.dumps({"messages": [turn.model_dump() for turn in row]}).encode() + b"\n"
        for row in rows
    )


@pytest.fixture(scope="module")
def studio(
    tmp_path_factory: pytest.TempPathFactory, tiny_models: Callable[[str], BaseModel]
) -> Iterator[RunningStudio]:
    folder = tmp_path_factory.mktemp("studio")
    with tuning_studio(folder, [tiny_models("llama")]) as running:
        yield running


@pytest.fixture(scope="module")
def openai(studio: RunningStudio) -> Iterator[OpenAI]:
    with client(studio) as made:
        yield made


def test_a_whole_life_with_the_official_client(openai: OpenAI) -> None:
    file = openai.files.create(file=("colours.jsonl", lines(24)), purpose="fine-tune")
    held = openai.files.create(file=("held.jsonl", lines(4, seed=1)), purpose="fine-tune")
    openai.files.wait_for_processing(file.id)
    job = openai.fine_tuning.jobs.create(
        model="tiny-llama",
        training_file=file.id,
        validation_file=held.id,
        suffix="Colours",
        seed=3,
        method={"type": "supervised", "supervised": {"hyperparameters": QUICK}},
        metadata={"made-by": "test"},
        extra_body={"ladder": SMALL},
    )
    assert job.status == "validating_files"
    done = ended(openai, job.id)
    assert done.status == "succeeded", done.error
    assert done.fine_tuned_model == f"ft:tiny-llama:ladder:colours:{job.id[-8:]}"
    assert done.trained_tokens and done.finished_at

    events = list(openai.fine_tuning.jobs.list_events(job.id, limit=5))
    figures = [event.data for event in events if event.type == "metrics"]
    assert {"step", "train_loss", "valid_loss"} <= {n for data in figures for n in data}  # type: ignore[union-attr]
    assert events[-1].message == f"Created fine-tuning job: {job.id}"
    checkpoints = list(openai.fine_tuning.jobs.checkpoints.list(job.id))
    assert checkpoints[0].step_number == 12 and checkpoints[0].metrics.full_valid_loss

    text = openai.files.content(done.result_files[0]).text
    table = list(csv.DictReader(io.StringIO(text)))
    assert len(table) == 12 and float(table[-1]["valid_loss"]) > 0

    model = done.fine_tuned_model
    assert model in {one.id for one in openai.models.list()}
    said = openai.chat.completions.create(
        model=model, messages=[{"role": "user", "content": "What colour?"}], max_tokens=4
    )
    assert said.usage is not None and said.usage.completion_tokens <= 4
    assert openai.files.delete(file.id).deleted
    assert openai.fine_tuning.jobs.retrieve(job.id).training_file == file.id


async def test_a_run_is_cancelled_by_the_asynchronous_client(studio: RunningStudio) -> None:
    async with AsyncOpenAI(base_url=f"{studio.origin}/v1", api_key="none") as openai:
        file = await openai.files.create(file=("colours.jsonl", lines(24)), purpose="fine-tune")
        job = await openai.fine_tuning.jobs.create(
            model="tests/tiny-llama", training_file=file.id, hyperparameters={"n_epochs": 50}
        )
        assert (await openai.fine_tuning.jobs.cancel(job.id)).status == "cancelled"
        found = [one async for one in openai.fine_tuning.jobs.list()]
        assert (found[0].id, found[0].status) == (job.id, "cancelled")


def test_a_path_is_uploaded_in_parts(openai: OpenAI, tmp_path: Path) -> None:
    path = tmp_path / "rows.jsonl"
    path.write_bytes(lines(200))
    upload = openai.uploads.upload_file_chunked(
        file=path, mime_type="application/jsonl", purpose="fine-tune", part_size=7000
    )
    assert upload.file is not None and upload.file.filename == "rows.jsonl"
    assert openai.files.content(upload.file.id).content == path.read_bytes()


def test_another_website_reaches_nothing(studio: RunningStudio) -> None:
    import httpx2

    foreign = {"origin": "https://example.com"}
    with httpx2.Client(base_url=studio.origin) as http:
        assert http.get("/v1/files", headers=foreign).status_code == 403
        assert http.get("/v1/files", headers={"host": "example.com"}).status_code == 400
        assert http.get("/v1/files").status_code == 200
