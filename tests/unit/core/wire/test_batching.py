"""Lines of a batch are understood one by one; what is wrong with one is said of that one."""

import json
from typing import Any

import pytest

from studio.core.wire.batching import KINDS, answered, code_of, failed, line, wanted
from studio.domain.errors import BackendUnavailable, InvalidInput, NotFound, WorkerFailed

CHAT = "/v1/chat/completions"
GOOD: dict[str, Any] = {"custom_id": "a", "method": "POST", "url": CHAT, "body": {"model": "m"}}


def raw(**changes: Any) -> bytes:
    return json.dumps({**GOOD, **changes}).encode()


def test_a_line_that_can_be_asked() -> None:
    found = line(raw(), CHAT)
    assert (found.custom_id, found.body, found.code) == ("a", {"model": "m"}, "")


@pytest.mark.parametrize(
    ("text", "code", "custom_id"),
    [
        (b"{", "invalid_json_line", None),
        (b"[1]", "invalid_json_line", None),
        (b"\xff", "invalid_json_line", None),
        (b'{"a": NaN}', "invalid_json_line", None),
        (raw(custom_id=7), "missing_required_parameter", None),
        (raw(custom_id=""), "missing_required_parameter", None),
        (raw(method="GET"), "invalid_method", "a"),
        (raw(url="/v1/embeddings"), "mismatched_url", "a"),
        (raw(body=[1]), "invalid_body", "a"),
        (raw(body={"stream": True}), "invalid_value", "a"),
    ],
)
def test_a_line_that_cannot_be_asked_says_why(
    text: bytes, code: str, custom_id: str | None
) -> None:
    found = line(text, CHAT)
    assert (found.code, found.custom_id, found.body) == (code, custom_id, {})
    assert found.problem.endswith(".")


def test_ends_are_told_as_openai_tells_them() -> None:
    right, wrong = (
        json.loads(answered("b1", "a", "r1", {"x": 1})),
        json.loads(failed("b2", None, "c", "m")),
    )
    assert right == {
        "id": "b1",
        "custom_id": "a",
        "response": {"status_code": 200, "request_id": "r1", "body": {"x": 1}},
        "error": None,
    }
    assert wrong == {
        "id": "b2",
        "custom_id": None,
        "response": None,
        "error": {"code": "c", "message": "m"},
    }


def test_errors_have_words_that_programs_can_test_for() -> None:
    assert code_of(WorkerFailed("x")) == "worker_failed"
    assert code_of(BackendUnavailable("x")) == "backend_unavailable"
    assert code_of(NotFound("x", code="model_not_found")) == "model_not_found"


def test_what_a_batch_asks_for() -> None:
    body = {
        "input_file_id": "file-1",
        "endpoint": CHAT,
        "completion_window": "24h",
        "output_expires_after": {"anchor": "created_at", "seconds": 3600},
    }
    assert wanted(body).keep_seconds == 3600 and wanted(body).metadata == {}
    assert set(KINDS.values()) == {"chat", "text", "embedding"}
    for name, wrong in {"completion_window": "1h", "endpoint": "/v1/responses", "typo": 1}.items():
        with pytest.raises(InvalidInput) as raised:
            wanted({**body, name: wrong})
        assert raised.value.param == name
