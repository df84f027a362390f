"""The comparison with OpenAI's specification sees what is wrong, and allows what is named."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import httpx2
import pytest
from jsonschema_rs import Draft202012Validator

from studio.api.v1.deviations import DEVIATIONS, Deviation
from tests.api.spec import Specification, Watched, WatchedHere, holder

BARE = Specification(())
OURS = Specification()
FILE = {
    "id": "file-1",
    "object": "file",
    "bytes": 3,
    "created_at": 1,
    "filename": "a.jsonl",
    "purpose": "fine-tune",
    "status": "processed",
}
CHUNK = {
    "id": "chatcmpl-1",
    "object": "chat.completion.chunk",
    "created": 1,
    "model": "m",
    "choices": [{"index": 0, "delta": {"content": "Hi"}, "finish_reason": None}],
}
ERROR = {"error": {"message": "No.", "type": "x", "param": None, "code": None}}


def wrong(
    answer: object,
    *,
    asked: str = "GET /files/file-1",
    status: int = 200,
    kind: str = "application/json",
    spec: Specification = BARE,
) -> str:
    method, _, path = asked.partition(" ")
    body = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
    return spec.wrong(method, path, status, kind, body)


def test_a_right_answer_passes() -> None:
    assert wrong(FILE) == ""
    assert wrong(ERROR, status=404) == ""


@pytest.mark.parametrize(
    ("answer", "status", "kind", "named"),
    [
        ({**FILE, "purpose": "fun"}, 200, "application/json", "purpose"),
        ({**FILE, "bytes": None}, 200, "application/json", "bytes"),
        (
            {name: FILE[name] for name in FILE if name != "status"},
            200,
            "application/json",
            "status",
        ),
        ([FILE], 200, "application/json", "the answer"),
        (b"{", 200, "application/json", "not JSON"),
        ({**FILE, "colour": "red"}, 200, "application/json", "colour"),
        (FILE, 201, "application/json", "201"),
        (FILE, 200, "text/html", "text/html"),
        (FILE, 200, "text/event-stream", "events"),
        ({"detail": "No."}, 404, "application/json", "error"),
        ({"error": {**ERROR["error"], "message": 5}}, 400, "application/json", "message"),
        ({"error": {"message": "No."}}, 500, "application/json", "code"),
    ],
)
def test_a_wrong_answer_is_seen(answer: object, status: int, kind: str, named: str) -> None:
    found = wrong(answer, status=status, kind=kind)
    assert found.startswith("GET /files/file-1") and named in found


def test_an_operation_that_openai_does_not_have_is_seen() -> None:
    assert "no such operation" in wrong(FILE, asked="GET /filings")
    assert "no such operation" in wrong(FILE, asked="PUT /files/file-1")
    own = Specification((Deviation("PUT /filings/{id}", "", "", {"required": ["id"]}),))
    assert wrong(FILE, asked="PUT /filings/1", spec=own) == ""
    assert wrong({}, asked="PUT /filings/1", spec=own) != ""


def test_a_model_may_have_slashes_in_its_name() -> None:
    model = {"id": "endpoint:office/quiet", "object": "model", "created": 1, "owned_by": "x"}
    assert wrong(model, asked="GET /models/endpoint:office/quiet") == ""


def test_every_event_of_a_stream_is_looked_at() -> None:
    def stream(*events: object) -> str:
        told = [one if isinstance(one, str) else json.dumps(one) for one in events]
        body = "".join(f"data: {one}\n\n" for one in told).encode()
        return wrong(body, asked="POST /chat/completions", kind="text/event-stream")

    assert stream(CHUNK, CHUNK, "[DONE]") == ""
    assert stream(CHUNK, ERROR) == ""
    assert "object" in stream(CHUNK, {**CHUNK, "object": "chunk"}, "[DONE]")
    assert "not JSON" in stream("nothing")


def job(**fields: Any) -> dict[str, Any]:
    return {
        "id": "ftjob-1",
        "object": "fine_tuning.job",
        "created_at": 1,
        "error": None,
        "fine_tuned_model": None,
        "finished_at": None,
        "hyperparameters": {"n_epochs": 3},
        "model": "m",
        "organization_id": "ladder",
        "result_files": [],
        "status": "running",
        "trained_tokens": None,
        "training_file": "file-1",
        "validation_file": None,
        "seed": 1,
        **fields,
    }


def test_a_deviation_allows_what_it_names_and_no_more() -> None:
    one, many = "GET /fine_tuning/jobs/ftjob-1", "GET /fine_tuning/jobs"
    paused = job(status="paused")
    listed = {"object": "list", "data": [paused], "has_more": False}
    assert "paused" in wrong(paused, asked=one)
    assert wrong(paused, asked=one, spec=OURS) == ""
    assert wrong(listed, asked=many, spec=OURS) == ""
    assert "resting" in wrong(job(status="resting"), asked=one, spec=OURS)


def test_a_field_may_be_absent_where_a_deviation_says_so() -> None:
    without = {name: content for name, content in job().items() if name != "seed"}
    told = Specification((Deviation("FineTuningJob.seed", "", "", may_be_absent=True),))
    asked = "GET /fine_tuning/jobs/ftjob-1"
    assert wrong(without, asked=asked) != ""
    assert wrong(without, asked=asked, spec=told) == ""
    assert wrong(job(seed="x"), asked=asked, spec=told) != ""


@pytest.mark.parametrize("deviation", DEVIATIONS, ids=lambda one: one.where)
def test_a_deviation_names_something_and_is_not_superfluous(deviation: Deviation) -> None:
    assert deviation.what and deviation.why
    if deviation.may_be_absent:
        assert Specification((deviation,)).spec != BARE.spec
    if deviation.allows is not None and " /" not in deviation.where:
        content = sample(deviation.allows)
        assert not known(deviation.where) or not validator(BARE, deviation.where).is_valid(content)
        assert validator(OURS, deviation.where).is_valid(content)


def sample(schema: Mapping[str, Any]) -> Any:
    """Returns something that only the deviation allows."""
    if "const" in schema:
        return schema["const"]
    kinds: dict[str, Any] = {"null": None, "number": 0.5, "string": "AAAA", "object": {}}
    kind = schema["type"]
    return (
        schema["maximum"]
        if kind == "integer"
        else kinds[kind if isinstance(kind, str) else kind[0]]
    )


def known(where: str) -> bool:
    """Returns whether the specification has such a field at all."""
    try:
        validator(BARE, where)
    except KeyError:
        return False
    return True


def validator(spec: Specification, where: str) -> Any:
    """Returns what decides on one field."""
    name, *fields = where.split(".")
    node = spec.spec["components"]["schemas"][name]
    for field in fields:
        node = holder(node, field)["properties"][field]
    return Draft202012Validator({**node, "components": spec.spec["components"]})


async def test_a_test_fails_at_the_first_wrong_answer() -> None:
    def answer(request: httpx2.Request) -> httpx2.Response:
        told = FILE if request.url.path.endswith("right") else {"id": "file-1"}
        return httpx2.Response(200, json=told, headers={"x-request-id": "req_1"})

    carrier = httpx2.MockTransport(answer)
    base = "http://127.0.0.1/v1"
    async with httpx2.AsyncClient(transport=Watched(carrier), base_url=base) as client:
        assert (await client.get("/files/right")).json() == FILE
        with pytest.raises(pytest.fail.Exception, match="GET /files/wrong"):
            await client.get("/files/wrong")
    with httpx2.Client(transport=WatchedHere(carrier), base_url=base) as here:
        assert here.get("/files/right").json() == FILE
        with pytest.raises(pytest.fail.Exception, match="GET /files/wrong"):
            here.get("/files/wrong")
