"""Whatever is sent to `/v1`, it answers as specified: no crash, no shape of error but the one."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
import requests
import schemathesis
from fastapi import FastAPI
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode

from studio.api.v1.app import create_v1
from studio.server.guard import LocalGuard
from studio.server.sessions import LaunchKeys, Sessions
from studio.services.sample import STARTER
from tests.api.served import served
from tests.api.spec import specification
from tests.api.trim_spec import SERVED, TRIMMED
from tests.api.wire_desk import rows
from tests.fakes.cli_studio import cli_studio

MODES = (GenerationMode.POSITIVE, GenerationMode.NEGATIVE)
NUMBER = 8
"""Requests of each mode for each operation."""
BATCH = {
    "custom_id": "a",
    "method": "POST",
    "url": "/v1/chat/completions",
    "body": {"messages": [{"role": "user", "content": "Hi"}]},
}

plainly = settings(
    max_examples=NUMBER,
    derandomize=True,
    database=None,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)


@dataclass
class Target:
    """The studio under fire, and what is in it."""

    base: str
    session: requests.Session
    known: dict[str, str]

    def look(self, method: str, path: str, answer: Any) -> None:
        """Fails when an answer is not as it must be."""
        headers = {name.casefold(): told for name, told in dict(answer.headers).items()}
        kind = headers.get("content-type", "")
        kind = kind if isinstance(kind, str) else kind[0]
        assert answer.status_code < 500, answer.content[:500]
        assert headers.get("x-request-id")
        wrong = specification().wrong(method, path, answer.status_code, kind, answer.content)
        assert not wrong


@pytest.fixture(scope="module")
def target(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Target]:
    with cli_studio(tmp_path_factory.mktemp("fuzz")) as studio:
        host = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)
        host.mount("/v1", create_v1(studio.services))
        sessions = Sessions(tmp_path_factory.mktemp("sessions") / "kept.json")
        guard = LocalGuard(host, sessions=sessions, keys=LaunchKeys(), cookie="c")
        with served(guard) as port, requests.Session() as session:
            session.trust_env = False
            base = f"http://127.0.0.1:{port}/v1"
            model = studio.services.models.pull(STARTER).id
            yield Target(base, session, _filled(session, base, model))


def _filled(session: requests.Session, base: str, model: str) -> dict[str, str]:
    """Puts one thing of each kind into the studio and returns where each is asked for."""

    def post(path: str, **what: Any) -> str:
        answer = session.post(base + path, **what)
        assert answer.status_code == 200, answer.text
        return str(answer.json()["id"])

    line = {**BATCH, "body": {**BATCH["body"], "model": model}}  # type: ignore[dict-item]
    asked = json.dumps(line).encode()
    tuning = post("/files", data={"purpose": "fine-tune"}, files={"file": ("a.jsonl", rows())})
    questions = post("/files", data={"purpose": "batch"}, files={"file": ("b.jsonl", asked)})
    upload = {"filename": "c.jsonl", "purpose": "batch", "bytes": 9, "mime_type": "text/plain"}
    batch = {
        "input_file_id": questions,
        "endpoint": "/v1/chat/completions",
        "completion_window": "24h",
    }
    job = post("/fine_tuning/jobs", json={"model": model, "training_file": tuning})
    return {
        "model": model,
        "training_file": tuning,
        "file_id": tuning,
        "input_file_id": questions,
        "upload_id": post("/uploads", json=upload),
        "fine_tuning_job_id": job,
        "batch_id": post("/batches", json=batch),
    }


SCHEMA = schemathesis.openapi.from_dict(json.loads(TRIMMED.read_text(encoding="utf-8")))
OPERATIONS = [found.ok() for found in SCHEMA.get_all_operations()]

# Where only an id can be wrong, one mode makes up enough of them.
SHOTS = [
    (one, mode)
    for one in OPERATIONS
    for mode in MODES
    if mode is GenerationMode.POSITIVE or one.body or one.query
]


def test_every_operation_is_fired_at() -> None:
    assert len(OPERATIONS) == sum(len(methods) for methods in SERVED.values())


@pytest.mark.parametrize(("method", "path"), [(m, p) for p, ms in SERVED.items() for m in ms])
def test_every_operation_of_the_reference_is_offered(
    target: Target, method: str, path: str
) -> None:
    answer = target.session.request(method, target.base + path)
    if answer.status_code >= 400:
        assert answer.json()["error"]["code"] not in ("unknown_url", "bad_method")


@pytest.mark.parametrize(
    ("operation", "mode"),
    SHOTS,
    ids=[f"{mode.name} {one.method} {one.path}" for one, mode in SHOTS],
)
def test_an_operation_answers_as_specified(target: Target, operation: Any, mode: Any) -> None:
    @plainly
    @given(case=operation.as_strategy(generation_mode=mode), choose=st.data())
    def fire(case: Any, choose: Any) -> None:
        path = str(case.path)
        for name in case.path_parameters or {}:
            if choose.draw(st.booleans(), label=f"known {name}"):
                case.path_parameters[name] = target.known[name]
        if isinstance(case.body, dict):
            for name in case.body.keys() & target.known.keys():
                if choose.draw(st.booleans(), label=f"known {name}"):
                    case.body[name] = target.known[name]
        answer = case.call(base_url=target.base, session=target.session)
        if not answer.request.url.startswith(target.base):
            return  # The client itself made `..` of an id into another address.
        target.look(case.method, path.replace("{", "").replace("}", ""), answer)

    fire()


TEXTS = st.text(st.characters(), max_size=20)
NUMBERS = st.integers() | st.floats() | st.sampled_from([2**63, -(2**70), 1e308])
VALUES = st.recursive(
    st.none() | st.booleans() | NUMBERS | TEXTS,
    lambda inside: st.lists(inside, max_size=3) | st.dictionaries(TEXTS, inside, max_size=3),
    max_leaves=8,
)
BODIES: tuple[Callable[[Any], bytes], ...] = (
    lambda value: json.dumps(value).encode(),  # NaN and Infinity with it
    lambda value: json.dumps(value)[:-1].encode(),
    lambda value: repr(value).encode("utf-8", "surrogatepass"),
    lambda value: b"[" * 20_000 + b"]" * 20_000,
    lambda value: b'{"model": "\\ud800", "messages": [{"role": "user", "content": "\\udfff"}]}',
    lambda value: b"\xff\xfe\x00",
    lambda value: b"",
)
KINDS = ("application/json", "text/plain", "multipart/form-data", "multipart/form-data; boundary=x")
POSTED = sorted(path for path, methods in SERVED.items() if "post" in methods)


@pytest.mark.parametrize("path", POSTED)
def test_a_body_that_is_nonsense_is_refused(target: Target, path: str) -> None:
    place = path
    for name, id in target.known.items():
        place = place.replace(f"{{{name}}}", id)

    @plainly
    @given(
        value=VALUES,
        key=st.sampled_from(["model", "messages", "training_file", "input", "method", "purpose"]),
        body=st.sampled_from(BODIES),
        kind=st.sampled_from(KINDS),
        inside=st.booleans(),
    )
    def fire(value: Any, key: str, body: Callable[[Any], bytes], kind: str, inside: bool) -> None:
        sent = body({key: value} if inside else value)
        answer = target.session.post(target.base + place, data=sent, headers={"content-type": kind})
        target.look("POST", place, answer)

    fire()


@plainly
@given(
    path=st.lists(st.text(min_size=1, max_size=12), min_size=1, max_size=4),
    method=st.sampled_from(["GET", "POST", "DELETE", "PUT", "PATCH", "OPTIONS"]),
)
def test_a_path_that_is_nonsense_is_refused(target: Target, path: list[str], method: str) -> None:
    place = "/" + "/".join(requests.utils.quote(part, safe="") for part in path)  # type: ignore[attr-defined]
    answer = target.session.request(method, target.base + place)
    assert 400 <= answer.status_code < 500
    target.look(method, place, answer)
