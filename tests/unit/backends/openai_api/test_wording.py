"""What an endpoint is asked, in the words of the wire."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from backends.openai_api import wording
from studio.domain.datasets import Message
from studio.domain.evaluation import LONGEST_ANSWER, Decoding

ASKED = (Message(role="system", content="Be brief."), Message(role="user", content="Hello"))


def sent(**settings: Any) -> dict[str, Any]:
    return wording.request("loud", ASKED, Decoding(**settings))


def test_what_is_the_servers_own_default_is_not_sent() -> None:
    asked = sent(max_new_tokens=LONGEST_ANSWER, temperature=1)
    assert set(asked) == {"model", "messages"}


def test_every_setting_has_its_word() -> None:
    asked = sent(
        temperature=0.5,
        top_p=0.9,
        seed=3,
        stop=("a", "b"),
        logprobs=2,
        response_format='{"type": "json_object"}',
    )
    assert asked["stop"] == ["a", "b"] and asked["seed"] == 3
    assert (asked["logprobs"], asked["top_logprobs"]) == (True, 2)
    assert asked["response_format"] == {"type": "json_object"}
    assert "top_logprobs" not in sent(logprobs=0)


def test_a_bare_text_is_sent_as_a_question() -> None:
    assert sent(raw=True)["messages"] == [{"role": "user", "content": "Hello"}]


def test_the_same_question_again_draws_with_the_next_seed() -> None:
    other = (Message(role="user", content="Bye"),)
    seeded = wording.repeated([ASKED, other, ASKED], Decoding(temperature=1, seed=5))
    assert [decoding.seed for decoding in seeded] == [5, 5, 6]
    assert {one.seed for one in wording.repeated([ASKED, ASKED], Decoding(temperature=1))} == {0}


def test_tokens_are_read_where_a_server_tells_them() -> None:
    top = SimpleNamespace(token="Hi", logprob=-0.1, bytes=[72, 105])
    token = SimpleNamespace(token="Hi", logprob=-0.1, bytes=None, top_logprobs=[top])
    told = wording.logprobs(SimpleNamespace(logprobs=SimpleNamespace(content=[token])))
    assert told is not None and told[0].top[0].bytes == (72, 105)
    assert wording.logprobs(SimpleNamespace(logprobs=None)) is None
    assert wording.logprobs(SimpleNamespace()) is None
