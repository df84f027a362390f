"""Each thing that goes wrong is sorted by what it means for the next act."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import httpx2
import openai
import pytest

from backends.openai_api.trouble import LONGEST_WAIT, Kind, Trouble, asking, wait_asked_for
from tests.unit.backends.openai_api.errands import place

REQUEST = httpx2.Request("GET", "http://127.0.0.1/v1/files")


def met(error: Exception) -> Trouble:
    with pytest.raises(Trouble) as raised, asking(place()):
        raise error
    return raised.value


@pytest.mark.parametrize(
    ("status", "code", "kind"),
    [
        (401, None, "key"),
        (403, "training_not_available", "refused"),
        (404, None, "absent"),
        (405, None, "absent"),
        (400, None, "refused"),
        (413, None, "refused"),
        (422, None, "refused"),
        (408, None, "unclear"),
        (409, None, "unclear"),
        (429, "rate_limit_exceeded", "limited"),
        (429, "insufficient_quota", "credit"),
        (500, None, "unclear"),
        (503, "server_is_overloaded", "unclear"),
        (302, None, "unclear"),
    ],
)
def test_a_status_has_a_meaning(status: int, code: str | None, kind: Kind) -> None:
    answer = httpx2.Response(status, request=REQUEST)
    error = openai.APIStatusError("no", response=answer, body={"code": code})
    assert (met(error).kind, met(error).status) == (kind, status)


@pytest.mark.parametrize(
    "error",
    [
        openai.APITimeoutError(request=REQUEST),
        openai.APIConnectionError(request=REQUEST),
        json.JSONDecodeError("torn", "{", 1),
        AttributeError("'str' object has no attribute"),
    ],
)
def test_what_brings_no_answer_is_unclear(error: Exception) -> None:
    assert met(error).kind == "unclear"
    assert met(error).wait is None


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, None),
        ({"retry-after": "7"}, 7.0),
        ({"retry-after-ms": "250"}, 0.25),
        ({"retry-after": "9", "retry-after-ms": "250"}, 0.25),
        ({"retry-after": "-3"}, 0.0),
        ({"retry-after": "999999"}, LONGEST_WAIT),
        ({"retry-after": "soon"}, None),
    ],
)
def test_the_wait_a_server_asks_for_is_heard(
    headers: dict[str, str], seconds: float | None
) -> None:
    assert wait_asked_for(httpx2.Headers(headers)) == seconds


def test_a_wait_may_be_a_date() -> None:
    at = format_datetime(datetime.now(UTC) + timedelta(hours=5))
    assert wait_asked_for(httpx2.Headers({"retry-after": at})) == LONGEST_WAIT
    past = format_datetime(datetime.now(UTC) - timedelta(hours=5))
    assert wait_asked_for(httpx2.Headers({"retry-after": past})) == 0.0
