"""The provider that hosted runs are tried on answers as OpenAI's specification says."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx2
import openai
import pytest

from studio.api.v1.deviations import Deviation
from tests import tiny_rows
from tests.api.spec import Specification
from tests.fakes.openai_server.app import OpenAIServer
from tests.fakes.openai_server.behave import Instead
from tests.fakes.openai_server.carrier import AppCarrier

NULL = {"type": "null"}
TEXT_OR_NULL = {"type": ["string", "null"]}
SEEN = "OpenAI answers so, whatever its specification says."
ALLOWED = (
    Deviation("FineTuningJob.status", "`paused` is a status too.", SEEN, {"const": "paused"}),
    Deviation("FineTuningJob.user_provided_suffix", "It is told.", SEEN, TEXT_OR_NULL),
    Deviation("FineTuningJob.hyperparameters", "Null for preferences.", SEEN, NULL),
    Deviation("FineTuningJob.usage_metrics", "It is null.", SEEN, NULL),
    Deviation("FineTuningJob.shared_with_openai", "It is false.", SEEN, {"const": False}),
    Deviation("FineTuningJobEvent.data", "It may be null.", SEEN, NULL),
    Deviation("FineTuningJobEvent.type", "There are others.", SEEN, {"type": "string"}),
    Deviation("ListFilesResponse.first_id", "It may be null.", SEEN, NULL),
    Deviation("ListFilesResponse.last_id", "It may be null.", SEEN, NULL),
    Deviation(
        "GET /files/{file_id}/content",
        "It is bytes.",
        SEEN,
        {"type": "string", "format": "binary"},
    ),
)


class Held(httpx2.BaseTransport):
    """Holds each answer against the specification."""

    def __init__(self, server: OpenAIServer, specification: Specification) -> None:
        self._inside, self._specification = AppCarrier(server.app), specification
        self.wrong: list[str] = []
        self.held = 0

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        answer = self._inside.handle_request(request)
        path = request.url.path.partition("/v1")[2]
        kind = answer.headers.get("content-type", "")
        problem = self._specification.wrong(
            request.method, path, answer.status_code, kind, answer.content
        )
        self.held += 1
        if problem:
            self.wrong.append(problem)
        return answer


@pytest.fixture(scope="module")
def specification() -> Specification:
    return Specification(ALLOWED)


@pytest.fixture
def server() -> OpenAIServer:
    return OpenAIServer()


@pytest.fixture
def held(server: OpenAIServer, specification: Specification) -> Held:
    return Held(server, specification)


@pytest.fixture
def client(held: Held) -> Iterator[openai.OpenAI]:
    sender = openai.DefaultHttpx2Client(transport=held)
    with openai.OpenAI(
        base_url="http://127.0.0.1/v1", api_key="sk-x", http_client=sender, max_retries=0
    ) as made:
        yield made


def rows() -> bytes:
    return b"".join(
        b'{"messages": [{"role": "user", "content": "a"}, {"role": "assistant", "content": "b"}]}\n'
        for _ in tiny_rows.examples(12)
    )


def trained(client: openai.OpenAI, **more: Any) -> str:
    """Takes a job to its end and returns its id."""
    file = client.files.create(file=("train.jsonl", rows()), purpose="fine-tune")
    held_out = client.files.create(file=("validation.jsonl", rows()), purpose="fine-tune")
    job = client.fine_tuning.jobs.create(
        model="base-mini",
        training_file=file.id,
        validation_file=held_out.id,
        suffix="colours",
        metadata={"a": "b"},
        **more,
    )
    while job.status not in ("succeeded", "failed", "cancelled"):
        job = client.fine_tuning.jobs.retrieve(job.id)
    return job.id


@pytest.mark.parametrize("kind", ["supervised", "dpo"])
def test_a_whole_life_is_as_specified(
    client: openai.OpenAI, held: Held, server: OpenAIServer, kind: str
) -> None:
    server.behave.moderates = True
    settings = {"n_epochs": "auto", "batch_size": 2}
    job_id = trained(client, method={"type": kind, kind: {"hyperparameters": settings}})
    job = client.fine_tuning.jobs.retrieve(job_id)
    assert job.status == "succeeded"
    assert len(list(client.fine_tuning.jobs.list_events(job_id, limit=5))) > 12
    assert [one.step_number for one in client.fine_tuning.jobs.checkpoints.list(job_id)] == [
        12,
        8,
        4,
    ]
    assert [one.id for one in client.fine_tuning.jobs.list(metadata={"a": "b"})] == [job_id]
    assert list(client.fine_tuning.jobs.list(metadata={"a": "c"})) == []
    assert client.files.content(job.result_files[0]).read()
    assert job.fine_tuned_model is not None
    assert client.models.retrieve(job.fine_tuned_model).id == job.fine_tuned_model
    assert len(list(client.models.list())) == 6
    client.files.delete(job.training_file)
    assert len(list(client.files.list(purpose="fine-tune"))) == 1
    assert held.wrong == []
    assert held.held > 15


def test_tuned_models_and_their_checkpoints_answer(client: openai.OpenAI, held: Held) -> None:
    job_id = trained(client)
    names = [
        client.fine_tuning.jobs.retrieve(job_id).fine_tuned_model or "",
        *(c.fine_tuned_model_checkpoint for c in client.fine_tuning.jobs.checkpoints.list(job_id)),
    ]
    for name in names:
        said = [{"role": "user", "content": "hello"}]
        whole = client.chat.completions.create(model=name, messages=said)  # type: ignore[call-overload]
        assert whole.choices[0].message.content == f"{name} says: HELLO"
        pieces = client.chat.completions.create(  # type: ignore[call-overload]
            model=name, messages=said, stream=True
        )
        text = "".join(one.choices[0].delta.content or "" for one in pieces if one.choices)
        assert text == f"{name} says: HELLO"
    assert held.wrong == []


def test_uploads_pauses_and_refusals_are_as_specified(
    client: openai.OpenAI, held: Held, server: OpenAIServer
) -> None:
    content = rows()
    upload = client.uploads.create(
        bytes=len(content), filename="a.jsonl", mime_type="text/jsonl", purpose="fine-tune"
    )
    half = len(content) // 2
    parts = [client.uploads.parts.create(upload.id, data=content[:half]).id]
    with pytest.raises(openai.BadRequestError, match="bytes"):
        client.uploads.complete(upload.id, part_ids=parts)
    parts.append(client.uploads.parts.create(upload.id, data=content[half:]).id)
    file = client.uploads.complete(upload.id, part_ids=parts).file
    assert file is not None
    job = client.fine_tuning.jobs.create(model="base-mini", training_file=file.id)
    server.behave.held = True
    for _ in range(3):
        job = client.fine_tuning.jobs.retrieve(job.id)
    assert client.fine_tuning.jobs.pause(job.id).status == "paused"
    assert client.fine_tuning.jobs.resume(job.id).status == "queued"
    assert client.fine_tuning.jobs.cancel(job.id).status == "cancelled"
    with pytest.raises(openai.BadRequestError):
        client.fine_tuning.jobs.cancel(job.id)
    with pytest.raises(openai.NotFoundError):
        client.fine_tuning.jobs.retrieve("ftjob-nobody")
    with pytest.raises(openai.NotFoundError):
        client.get("/nowhere", cast_to=object)
    server.behave.locked_out = True
    with pytest.raises(openai.PermissionDeniedError) as refused:
        client.fine_tuning.jobs.create(model="base-mini", training_file=file.id)
    assert refused.value.code == "training_not_available"
    server.behave.key = "another"
    with pytest.raises(openai.AuthenticationError):
        client.models.list()
    assert held.wrong == []


def test_a_short_file_fails_its_job_with_the_code_that_was_seen(
    client: openai.OpenAI, held: Held
) -> None:
    file = client.files.create(file=("a.jsonl", rows()[:200]), purpose="fine-tune")
    job = client.fine_tuning.jobs.create(model="base-mini", training_file=file.id)
    job = client.fine_tuning.jobs.retrieve(job.id)
    assert job.status == "failed"
    assert job.error is not None
    assert (job.error.code, job.error.param) == ("invalid_training_file", "training_file")
    assert held.wrong == []


def test_what_it_is_told_to_do_wrong_is_noticed(
    client: openai.OpenAI, held: Held, server: OpenAIServer
) -> None:
    server.behave.unknown_fields = True
    trained(client)
    server.behave.once("GET", "/models", Instead(status=200, text="<html>", media="text/html"))
    with pytest.raises(AttributeError):
        client.models.list()
    assert any("fleet" in problem for problem in held.wrong)
    assert any("text/html" in problem for problem in held.wrong)
