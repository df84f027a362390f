"""Models behind endpoints answer in order, at once, and their troubles become sentences."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Any

import pytest
from fastapi import Response
from fastapi.responses import JSONResponse, PlainTextResponse, RedirectResponse

from backends.openai_api.backend import EndpointGenerator
from studio.domain.datasets import Message
from studio.domain.endpoints import Connection
from studio.domain.errors import BackendUnavailable, Conflict, InvalidInput, NotFound, StudioError
from studio.domain.evaluation import Decoding
from studio.domain.interfaces import Answer
from studio.domain.models import ModelHandle
from tests.fakes.wire_server import WireServer, refused, wire_server

KEY = "key-0123456789abcdef"
LOUD = ModelHandle(id="endpoint:office/loud", name="loud", base_path="")
GREEDY = Decoding(max_new_tokens=16)


def said(text: str) -> tuple[Message, ...]:
    return (Message(role="user", content=text),)


@pytest.fixture
def server() -> Iterator[WireServer]:
    with wire_server() as running:
        yield running


@pytest.fixture
def generator(server: WireServer) -> EndpointGenerator:
    return EndpointGenerator(lambda name: Connection(name=name, base_url=server.url, key=KEY))


def test_answers_come_in_the_order_of_the_questions(
    server: WireServer, generator: EndpointGenerator
) -> None:
    heard: dict[int, Answer] = {}
    questions = [said(f"word {number}") for number in range(20)]
    answers = generator.generate(
        LOUD, questions, GREEDY, on_answer=lambda at, answer: heard.update({at: answer})
    )
    assert [answer.text for answer in answers] == [f"WORD {number}" for number in range(20)]
    assert heard == dict(enumerate(answers))
    assert (answers[0].prompt_tokens, answers[0].output_tokens) == (7, 2)
    assert set(server.keys) == {f"Bearer {KEY}"}
    assert server.asked[0]["temperature"] == 0
    assert server.asked[0]["max_tokens"] == 16


def test_an_answer_that_was_cut_off_says_so(generator: EndpointGenerator) -> None:
    (answer,) = generator.generate(LOUD, [said("long " * 20)], GREEDY)
    assert answer.finish_reason == "length"


def test_a_stream_gives_pieces_then_the_whole(generator: EndpointGenerator) -> None:
    *pieces, whole = generator.stream(LOUD, said("two words"), GREEDY)
    assert pieces == ["TWO", " WORDS"]
    assert isinstance(whole, Answer)
    assert (whole.text, whole.output_tokens) == ("TWO WORDS", 2)


@pytest.mark.parametrize("status", [400, 422])
def test_a_model_that_wants_the_newer_limit_is_asked_with_it_from_then_on(
    server: WireServer, generator: EndpointGenerator, status: int
) -> None:
    def picky(asked: dict[str, Any]) -> Response | None:
        told = "Unsupported parameter: 'max_tokens'. Use 'max_completion_tokens' instead."
        return refused(status, told) if "max_tokens" in asked else None

    server.trouble = picky
    assert generator.generate(LOUD, [said("a")], GREEDY)[0].text == "A"
    assert generator.generate(LOUD, [said("b")], GREEDY)[0].text == "B"
    assert ["max_tokens" in asked for asked in server.asked] == [True, False, False]


def test_a_fixed_temperature_is_said(server: WireServer, generator: EndpointGenerator) -> None:
    server.trouble = lambda asked: refused(400, "Unsupported value: 'temperature' must be 1.")
    with pytest.raises(InvalidInput, match="does not let its temperature be chosen"):
        generator.generate(LOUD, [said("a")], GREEDY)


@pytest.mark.parametrize(
    ("status", "kind", "words"),
    [
        (401, BackendUnavailable, "refused the key"),
        (403, BackendUnavailable, "does not allow this"),
        (404, NotFound, "knows no such model"),
        (400, InvalidInput, "refused the request"),
    ],
)
def test_refusals_become_sentences_without_the_key(
    server: WireServer,
    generator: EndpointGenerator,
    status: int,
    kind: type[StudioError],
    words: str,
) -> None:
    server.trouble = lambda asked: refused(status, f"Incorrect API key provided: {KEY}")
    with pytest.raises(kind, match=words) as raised:
        generator.generate(LOUD, [said("a")], GREEDY)
    assert KEY not in str(raised.value)
    assert len(server.asked) == 1


@pytest.mark.parametrize("status", [429, 500, 503])
def test_trouble_that_passes_is_waited_out(
    server: WireServer, generator: EndpointGenerator, status: int
) -> None:
    left = [refused(status, "later", **{"retry-after-ms": "1"}) for _ in range(2)]
    server.trouble = lambda asked: left.pop() if left else None
    assert generator.generate(LOUD, [said("a")], GREEDY)[0].text == "A"
    assert len(server.asked) == 3


def test_a_page_in_place_of_an_api_is_told_as_one(
    server: WireServer, generator: EndpointGenerator
) -> None:
    server.trouble = lambda asked: PlainTextResponse("<html>Welcome</html>")
    with pytest.raises(BackendUnavailable, match="in a way nobody understands"):
        generator.models("office")
    with pytest.raises(BackendUnavailable, match="in a way nobody understands"):
        generator.generate(LOUD, [said("a")], GREEDY)


def test_a_server_that_is_not_there_is_told_with_its_name() -> None:
    nowhere = EndpointGenerator(
        lambda name: Connection(name=name, base_url="http://127.0.0.1:9/v1", key="")
    )
    with pytest.raises(BackendUnavailable, match="endpoint office cannot be reached"):
        nowhere.models("office")


def test_a_caller_who_leaves_stops_what_was_not_asked_yet(
    server: WireServer, generator: EndpointGenerator
) -> None:
    let_go = threading.Event()

    def slow(asked: dict[str, Any]) -> Response | None:
        let_go.set()
        return None

    server.trouble = slow
    with pytest.raises(Conflict):
        generator.generate(
            LOUD, [said(str(n)) for n in range(500)], GREEDY, cancelled=let_go.is_set
        )
    assert len(server.asked) < 500


def test_models_are_listed(server: WireServer, generator: EndpointGenerator) -> None:
    assert generator.models("office") == ("loud", "quiet")


def test_a_connection_shows_no_key() -> None:
    assert KEY not in repr(Connection(name="office", base_url="http://127.0.0.1/v1", key=KEY))


def test_tokens_that_a_server_does_not_tell_are_unknown(
    server: WireServer, generator: EndpointGenerator
) -> None:
    server.tells_usage = False
    (answer,) = generator.generate(LOUD, [said("a")], GREEDY)
    *_, streamed = generator.stream(LOUD, said("a"), GREEDY)
    assert isinstance(streamed, Answer)
    for one in (answer, streamed):
        assert (one.prompt_tokens, one.output_tokens) == (None, None)


def test_a_server_that_counts_no_streams_is_asked_without(
    server: WireServer, generator: EndpointGenerator
) -> None:
    def old(asked: dict[str, Any]) -> Response | None:
        return refused(400, "Unknown field stream_options.") if "stream_options" in asked else None

    server.trouble = old
    *_, whole = generator.stream(LOUD, said("two words"), GREEDY)
    assert isinstance(whole, Answer)
    assert whole.text == "TWO WORDS"


def test_an_answer_without_choices_is_told(
    server: WireServer, generator: EndpointGenerator
) -> None:
    server.trouble = lambda asked: JSONResponse({"object": "chat.completion", "choices": []})
    with pytest.raises(BackendUnavailable, match="in a way nobody understands"):
        generator.generate(LOUD, [said("a")], GREEDY)


def test_credit_that_is_used_up_is_not_called_haste(
    server: WireServer, generator: EndpointGenerator
) -> None:
    error = {"message": "Quota.", "type": "t", "param": None, "code": "insufficient_quota"}
    server.trouble = lambda asked: JSONResponse(
        {"error": error}, 429, headers={"retry-after-ms": "1"}
    )
    with pytest.raises(BackendUnavailable, match="no credit left"):
        generator.generate(LOUD, [said("a")], GREEDY)
    assert len(server.asked) == 1


def test_a_redirect_takes_no_question_elsewhere(
    server: WireServer, generator: EndpointGenerator
) -> None:
    with wire_server() as other:
        server.trouble = lambda asked: RedirectResponse(f"{other.url}/chat/completions", 307)
        with pytest.raises(BackendUnavailable, match="did not do what it was asked"):
            generator.generate(LOUD, [said("a")], GREEDY)
        assert other.asked == []


def test_what_the_environment_holds_for_openai_goes_to_nobody_else(
    server: WireServer, generator: EndpointGenerator, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("OPENAI_ORG_ID", "OPENAI_PROJECT_ID", "OPENAI_API_KEY", "OPENAI_ADMIN_KEY"):
        monkeypatch.setenv(name, "belongs-to-openai")
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    assert generator.generate(LOUD, [said("a")], GREEDY)[0].text == "A"
    assert "belongs-to-openai" not in str(server.headers)


def test_azures_dated_address_is_asked_with_its_own_kind_of_key(server: WireServer) -> None:
    address = server.url.removesuffix("/v1") + "/openai"
    azure = EndpointGenerator(
        lambda name: Connection(name=name, base_url=address, key=KEY, api_version="2024-10-21")
    )
    assert azure.generate(LOUD, [said("a")], GREEDY)[0].text == "A"
    assert server.paths == ["/openai/deployments/loud/chat/completions?api-version=2024-10-21"]
    assert server.headers[0]["api-key"] == KEY
    assert "authorization" not in server.headers[0]


def test_nobody_waits_for_a_server_that_hangs_once_the_work_is_called_off(
    server: WireServer, generator: EndpointGenerator
) -> None:
    asked, answer_now = threading.Event(), threading.Event()

    def hang(body: dict[str, Any]) -> Response | None:
        asked.set()
        answer_now.wait()
        return None

    server.trouble = hang
    try:
        with pytest.raises(Conflict):
            generator.generate(LOUD, [said("a")], GREEDY, cancelled=asked.is_set)
    finally:
        answer_now.set()
