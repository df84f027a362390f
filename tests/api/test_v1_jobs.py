"""Fine-tunes are asked for as OpenAI documents it, and refused in its words."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any, get_args

import openai
import pytest
from openai import AsyncOpenAI

from studio.api.v1 import jobs
from studio.api.v1.app import LARGEST_BODY
from studio.domain.jobs import FailureKind, JobStatus
from studio.domain.training import Method
from tests.api import wire
from tests.api.wire_desk import WireDesk, rows

FLOOR = {"hyperparameters": {"n_epochs": 2, "batch_size": 4, "learning_rate_multiplier": 0.5}}


def test_every_status_and_failure_of_ours_has_its_word() -> None:
    assert set(jobs.STATUS) == set(JobStatus)
    assert set(jobs.CODES) == set(get_args(FailureKind))


async def test_a_fine_tune_begins_with_its_files_unchecked(
    desk: WireDesk, client: AsyncOpenAI
) -> None:
    job = await desk.order(client, suffix="Router", seed=3, metadata={"team": "a"})
    assert (job.status, job.model, job.seed, job.metadata) == (
        "validating_files",
        "small",
        3,
        {"team": "a"},
    )
    assert job.hyperparameters.n_epochs == job.hyperparameters.batch_size == "auto"
    assert job.error is None and job.fine_tuned_model is None and job.result_files == []
    assert job.model_extra == job.model_extra | {"user_provided_suffix": "Router"}  # type: ignore[operator]


async def test_what_was_asked_for_reaches_the_run(desk: WireDesk, client: AsyncOpenAI) -> None:
    job = await desk.order(
        client,
        suffix="Router",
        seed=3,
        method={"type": "supervised", "supervised": FLOOR},
        extra_body={"ladder": {"method": "qlora", "hyperparameters": {"lora_rank": 4}}},
    )
    assert job.hyperparameters.n_epochs == 2
    desk.check()
    ours = desk.jobs.get(job.id.replace("ftjob-", "job_"))
    given = ours.spec.hyperparameters
    assert (ours.name, ours.spec.method, ours.backend) == ("Router", Method.QLORA, "local")
    assert (given.epochs, given.batch_size, given.lora_rank, given.seed) == (2, 4, 4, 3)
    assert given.learning_rate == pytest.approx(1e-4)
    shown = await client.fine_tuning.jobs.retrieve(job.id)
    assert shown.hyperparameters.learning_rate_multiplier == 0.5
    assert shown.method is not None and shown.method.type == "supervised"


async def test_hyperparameters_at_the_top_are_still_taken(
    desk: WireDesk, client: AsyncOpenAI
) -> None:
    job = await desk.order(client, hyperparameters={"n_epochs": 5})
    assert (job.hyperparameters.n_epochs, job.hyperparameters.batch_size) == (5, "auto")
    with pytest.raises(openai.BadRequestError, match="method"):
        await desk.order(client, hyperparameters={"n_epochs": 5}, method={"type": "supervised"})


async def test_what_is_left_to_us_becomes_numbers_once_the_run_is_there(
    desk: WireDesk, client: AsyncOpenAI
) -> None:
    job = await desk.order(client)
    desk.check()
    known = (await client.fine_tuning.jobs.retrieve(job.id)).hyperparameters
    assert all(isinstance(value, int | float) for value in known.model_dump().values())


WRONG: dict[str, tuple[dict[str, Any], str]] = {
    "model": ({"model": "gpt-4.1"}, "model"),
    "tuned model": ({"model": "ft:small:ladder::01234567"}, "model"),
    "epochs": ({"hyperparameters": {"n_epochs": 51}}, "hyperparameters.n_epochs"),
    "half an epoch": ({"hyperparameters": {"n_epochs": 1.5}}, "hyperparameters.n_epochs"),
    "epochs as text": ({"hyperparameters": {"n_epochs": "3"}}, "hyperparameters.n_epochs"),
    "batch": ({"hyperparameters": {"batch_size": 257}}, "hyperparameters.batch_size"),
    "rate": (
        {"hyperparameters": {"learning_rate_multiplier": 0}},
        "hyperparameters.learning_rate_multiplier",
    ),
    "beta": (
        {"method": {"type": "dpo", "dpo": {"hyperparameters": {"beta": 2.1}}}},
        "method.dpo.hyperparameters.beta",
    ),
    "beta without pairs": (
        {"method": {"type": "supervised", "supervised": {"hyperparameters": {"beta": 1}}}},
        "method.supervised.hyperparameters.beta",
    ),
    "reinforcement": ({"method": {"type": "reinforcement"}}, "method"),
    "two methods": ({"method": {"type": "dpo", "supervised": FLOOR}}, "method"),
    "suffix": ({"suffix": "x" * 65}, "suffix"),
    "seed": ({"seed": -1}, "seed"),
    "metadata": ({"metadata": {str(n): "" for n in range(17)}}, "metadata"),
    "metadata value": ({"metadata": {"a": "x" * 513}}, "metadata.a"),
    "training file": ({"training_file": "file-0"}, "training_file"),
    "validation file": ({"validation_file": "file-0"}, "validation_file"),
    "extra": ({"extra_body": {"lora": {"r": 16}}}, "lora"),
    "extra of ours": ({"extra_body": {"ladder": {"colour": "red"}}}, "ladder.colour"),
    "rank": (
        {"extra_body": {"ladder": {"hyperparameters": {"lora_rank": 0}}}},
        "ladder.hyperparameters",
    ),
    "project": ({"extra_body": {"ladder": {"project": "Other"}}}, "ladder.project"),
}


@pytest.mark.parametrize(("asked", "param"), WRONG.values(), ids=WRONG)
async def test_a_wrong_request_is_refused_by_the_parameters_name(
    desk: WireDesk, client: AsyncOpenAI, asked: dict[str, Any], param: str
) -> None:
    with pytest.raises(openai.APIStatusError) as raised:
        await desk.order(client, **asked)
    assert raised.value.status_code in (400, 404)
    assert raised.value.param == param or param in raised.value.message
    assert [job async for job in client.fine_tuning.jobs.list()] == []


async def test_integrations_and_missing_parameters_are_refused(
    desk: WireDesk, client: AsyncOpenAI
) -> None:
    integration: Any = {"type": "wandb", "wandb": {"project": "p"}}
    with pytest.raises(openai.BadRequestError, match="Integrations"):
        await desk.order(client, integrations=[integration])
    async with wire.plain(desk) as http:
        answer = await http.post("/fine_tuning/jobs", json={"model": "small"})
        assert answer.json()["error"]["param"] == "training_file"
        for body in (b"{", b"[]", b"null", b"[" * 100_000):
            kind = {"content-type": "application/json"}
            answer = await http.post("/fine_tuning/jobs", content=body, headers=kind)
            assert answer.status_code == 400
        # What a form on a foreign page could send.
        plain = {"content-type": "text/plain"}
        answer = await http.post("/fine_tuning/jobs", content=b'{"model": "small"}', headers=plain)
        assert answer.status_code == 400


async def test_a_file_for_something_else_is_refused(desk: WireDesk, client: AsyncOpenAI) -> None:
    file = await client.files.create(file=("a", rows()), purpose="batch")
    with pytest.raises(openai.BadRequestError) as raised:
        await client.fine_tuning.jobs.create(model="small", training_file=file.id)
    assert raised.value.param == "training_file"


async def test_one_request_sent_twice_makes_one_job(desk: WireDesk, client: AsyncOpenAI) -> None:
    file = await client.files.create(file=("a", rows()), purpose="fine-tune")
    named = {"Idempotency-Key": "one"}
    asked: Any = {"model": "small", "training_file": file.id, "extra_headers": named}
    first = await client.fine_tuning.jobs.create(**asked, seed=4)
    again = await client.fine_tuning.jobs.create(**asked, seed=4)
    desk.check()
    await client.files.delete(file.id)
    later = await client.fine_tuning.jobs.create(**asked, seed=4)
    assert first.id == again.id == later.id
    with pytest.raises(openai.ConflictError):
        await client.fine_tuning.jobs.create(**asked, seed=5)
    assert len([job async for job in client.fine_tuning.jobs.list()]) == 1
    assert (await desk.order(client)).id != first.id


async def test_jobs_are_listed_newest_first_in_pages_and_by_metadata(
    desk: WireDesk, client: AsyncOpenAI
) -> None:
    made = [await desk.order(client, metadata={"n": str(n), "all": "x"}) for n in range(3)]
    bare = await desk.order(client)
    ids = [job.id async for job in client.fine_tuning.jobs.list(limit=2)]
    assert ids == [bare.id, *(job.id for job in reversed(made))]
    assert [job.id async for job in client.fine_tuning.jobs.list(metadata={"n": "1"})] == [
        made[1].id
    ]
    both = client.fine_tuning.jobs.list(metadata={"n": "1", "all": "y"})
    assert [job async for job in both] == []
    none: Any = "null"
    assert [j.id async for j in client.fine_tuning.jobs.list(metadata=none)] == [bare.id]


async def test_a_job_of_another_project_is_not_there(desk: WireDesk, client: AsyncOpenAI) -> None:
    job = await desk.order(client)
    ours = job.id.replace("ftjob-", "job_")
    other = desk.projects.create(name="Other")
    with pytest.raises(Exception, match="no fine-tuning job"):
        desk.wire_jobs.get(ours, other.id)
    for id in ("ftjob-0", "job_0", "x"):
        with pytest.raises(openai.NotFoundError):
            await client.fine_tuning.jobs.retrieve(id)


async def test_permissions_of_checkpoints_are_told_not_to_be_here(client: AsyncOpenAI) -> None:
    with pytest.raises(openai.NotFoundError, match="not shared"):
        await client.fine_tuning.checkpoints.permissions.list("ft:small:ladder::01234567")
    with pytest.raises(openai.NotFoundError, match="not shared"):
        await client.fine_tuning.checkpoints.permissions.create(
            "ft:small:ladder::01234567", project_ids=["a"]
        )


async def test_a_body_that_is_too_large_is_refused_while_it_arrives(desk: WireDesk) -> None:
    sent = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal sent
        while True:
            sent += 1
            yield b" " * 1_000_000

    async with wire.plain(desk) as http:
        kind = {"content-type": "application/json"}
        answer = await http.post("/fine_tuning/jobs", content=endless(), headers=kind)
    assert answer.status_code == 413 and sent <= LARGEST_BODY // 1_000_000 + 2
