"""The unmodified official client tunes real models through a real studio, from file to answer."""

from __future__ import annotations

import base64
import csv
import io
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest
from openai import AsyncOpenAI, OpenAI

from studio.domain.models import BaseModel
from tests import tiny_rows
from tests.api.node import run_script
from tests.api.real import client, ended, tuning_studio
from tests.api.spec import Watched
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
    tmp_path_factory: pytest.TempPathFactory,
    tiny_models: Callable[[str], BaseModel],
    starter_model: BaseModel,
) -> Iterator[RunningStudio]:
    folder = tmp_path_factory.mktemp("studio")
    with tuning_studio(folder, [tiny_models("llama"), starter_model]) as running:
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
    question: Any = [{"role": "user", "content": "What colour has the grass?"}]
    for name in ("tiny-llama", model, checkpoints[0].fine_tuned_model_checkpoint):
        said = openai.chat.completions.create(
            model=name, messages=question, temperature=0, max_tokens=8
        )
        assert said.model == name and said.usage
    assert openai.models.delete(model).deleted
    assert model not in {one.id for one in openai.models.list()}
    kept = openai.fine_tuning.jobs.retrieve(job.id)
    assert kept.status == "succeeded"
    assert openai.files.delete(file.id).deleted
    assert openai.fine_tuning.jobs.retrieve(job.id).training_file == file.id


async def test_a_run_is_cancelled_by_the_asynchronous_client(studio: RunningStudio) -> None:
    http = httpx2.AsyncClient(transport=Watched(httpx2.AsyncHTTPTransport()))
    base = f"{studio.origin}/v1"
    async with AsyncOpenAI(base_url=base, api_key="none", http_client=http) as openai:
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
    foreign = {"origin": "https://example.com"}
    with httpx2.Client(base_url=studio.origin) as http:
        assert http.get("/v1/files", headers=foreign).status_code == 403
        assert http.get("/v1/files", headers={"host": "example.com"}).status_code == 400
        assert http.get("/v1/files").status_code == 200


def test_the_starter_model_learns_through_the_wire(openai: OpenAI) -> None:
    file = openai.files.create(file=("colours.jsonl", lines(12)), purpose="fine-tune")
    job = openai.fine_tuning.jobs.create(
        model="HuggingFaceTB/SmolLM2-135M-Instruct",
        training_file=file.id,
        hyperparameters={"n_epochs": 2, "batch_size": 6, "learning_rate_multiplier": 5},
        extra_body={"ladder": {"hyperparameters": {"evaluations": 1}}},
    )
    done = ended(openai, job.id)
    assert done.status == "succeeded", done.error
    events = list(openai.fine_tuning.jobs.list_events(job.id, limit=100))
    losses: dict[int, float] = {}
    for event in events:
        figures: dict[str, float] = event.data or {}  # type: ignore[assignment]
        if "train_loss" in figures:
            losses[int(figures["step"])] = figures["train_loss"]
    assert len(losses) == 4 and losses[4] < losses[1] / 2
    assert done.fine_tuned_model == f"ft:{job.model}:ladder::{job.id[-8:]}"
    said = openai.chat.completions.create(
        model=done.fine_tuned_model,
        messages=[
            {"role": "system", "content": tiny_rows.SYSTEM},
            {"role": "user", "content": "What colour has the really grass? (3)"},
        ],
        temperature=0,
        max_tokens=8,
    )
    assert said.choices[0].message.content


NODE = """
import { File } from "node:buffer";
import OpenAI, { toFile } from "openai";

globalThis.File ??= File;  // Node 18 has it, but not at hand.
const client = new OpenAI({ baseURL: process.env.BASE, apiKey: "not-needed" });
const rows = Buffer.from(process.env.ROWS, "base64");
const file = await client.files.create({
  file: await toFile(rows, "colours.jsonl"),
  purpose: "fine-tune",
});
let job = await client.fineTuning.jobs.create({
  model: "tiny-llama",
  training_file: file.id,
  suffix: "Node",
  method: { type: "supervised", supervised: { hyperparameters: { n_epochs: 1 } } },
});
while (!["succeeded", "failed", "cancelled"].includes(job.status)) {
  await new Promise((done) => setTimeout(done, 200));
  job = await client.fineTuning.jobs.retrieve(job.id);
}
const events = [];
for await (const event of client.fineTuning.jobs.listEvents(job.id, { limit: 3 })) {
  events.push(event.message);
}
const checkpoints = await client.fineTuning.jobs.checkpoints.list(job.id);
const csv = await (await client.files.content(job.result_files[0])).text();
const answer = await client.chat.completions.create({
  model: job.fine_tuned_model,
  messages: [{ role: "user", content: "What colour has the sky?" }],
  max_tokens: 4,
});
let refused = "";
try {
  await client.fineTuning.jobs.retrieve("ftjob-0");
} catch (error) {
  refused = `${error.status} ${error.code}`;
}
console.log(JSON.stringify({
  status: job.status,
  model: job.fine_tuned_model,
  first: events.at(-1),
  checkpoints: checkpoints.data.length,
  header: csv.split("\\n")[0],
  answered: answer.choices.length,
  deleted: (await client.files.delete(file.id)).deleted,
  refused,
}));
"""


def test_the_client_for_node_goes_the_same_way(studio: RunningStudio) -> None:
    rows = base64.b64encode(lines(12)).decode()
    told = json.loads(run_script(NODE, BASE=f"{studio.origin}/v1", ROWS=rows))
    assert told.pop("model").startswith("ft:tiny-llama:ladder:node:")
    assert told.pop("first").startswith("Created fine-tuning job: ftjob-")
    assert told.pop("checkpoints") > 0
    assert told == {
        "status": "succeeded",
        "header": "step,train_loss,train_accuracy,valid_loss,valid_mean_token_accuracy",
        "answered": 1,
        "deleted": True,
        "refused": "404 not_found",
    }
