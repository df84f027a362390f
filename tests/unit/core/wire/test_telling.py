"""Answers and vectors are told as OpenAI's specification spells them."""

import base64
import struct

from studio.core.wire.telling import Choice, Head, chunk, usage, vectors, whole
from studio.domain.logprobs import Likely, TokenLogprob

HEAD = Head(id="chatcmpl-1", created=5, model="smol", fingerprint="fp_1")
TEXT = Head(id="cmpl-1", created=5, model="smol", kind="text")
TOKENS = (
    TokenLogprob(
        token="Hi", logprob=-0.1, bytes=(72, 105), top=(Likely(token="Hi", logprob=-0.1),)
    ),
    TokenLogprob(token="!", logprob=-2.0),
)


def test_a_whole_answer() -> None:
    choice = Choice(index=0, text="Hi!", finish_reason="stop", logprobs=TOKENS)
    told = whole(HEAD, [choice], usage([2], [3]), {"k": "v"})
    assert told["object"] == "chat.completion" and told["metadata"] == {"k": "v"}
    assert told["usage"] == {"prompt_tokens": 2, "completion_tokens": 3, "total_tokens": 5}
    (only,) = told["choices"]
    assert only["message"]["content"] == "Hi!" and "answer_id" not in only
    assert only["logprobs"]["content"][0] == {
        "token": "Hi",
        "logprob": -0.1,
        "bytes": [72, 105],
        "top_logprobs": [{"token": "Hi", "logprob": -0.1, "bytes": None}],
    }


def test_tokens_that_nobody_counted_are_not_told_as_zero() -> None:
    assert usage([2, None], [3, 3]) is None
    assert "usage" not in whole(HEAD, [], None, {})


def test_pieces_name_the_role_first_and_the_reason_last() -> None:
    first = chunk(HEAD, Choice(index=0, text=""), first=True)
    piece = chunk(HEAD, Choice(index=0, text="Hi", logprobs=TOKENS[:1]), usage=None)
    last = chunk(HEAD, Choice(index=0, text="", finish_reason="length"))
    assert first["choices"][0]["delta"] == {"role": "assistant", "content": ""}
    assert piece["choices"][0]["delta"] == {"content": "Hi"} and piece["usage"] is None
    assert piece["choices"][0]["logprobs"]["content"][0]["token"] == "Hi"
    assert last["choices"][0] == {
        "index": 0,
        "finish_reason": "length",
        "logprobs": None,
        "delta": {},
    }
    assert "usage" not in last
    assert chunk(HEAD, None, usage={"total_tokens": 1})["choices"] == []


def test_a_text_tells_its_tokens_side_by_side() -> None:
    choice = Choice(index=1, id="cmpl-2", text="Hi!", logprobs=TOKENS, finish_reason="stop")
    (told,) = whole(TEXT, [choice], None, {})["choices"]
    assert told["answer_id"] == "cmpl-2"
    assert told["logprobs"] == {
        "tokens": ["Hi", "!"],
        "token_logprobs": [-0.1, -2.0],
        "top_logprobs": [{"Hi": -0.1}, {}],
        "text_offset": [0, 2],
    }


def test_vectors_travel_as_numbers_or_packed() -> None:
    plain = vectors("m", [[0.5, -1.0]], 3, packed=False)
    packed = vectors("m", [[0.5, -1.0]], 3, packed=True)
    assert plain["data"][0]["embedding"] == [0.5, -1.0]
    raw = base64.b64decode(packed["data"][0]["embedding"])
    assert struct.unpack("<2f", raw) == (0.5, -1.0)
    assert plain["usage"] == {"prompt_tokens": 3, "total_tokens": 3}
