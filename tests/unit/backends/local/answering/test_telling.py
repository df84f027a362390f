"""Answers end where a stop text begins, in one piece or in many."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from transformers import AutoTokenizer

from backends.local.answering.choosing import Chances
from backends.local.answering.spelling import spelled
from backends.local.answering.telling import Telling
from tests import tiny_model


@pytest.fixture(scope="module")
def tokenizer(tmp_path_factory: pytest.TempPathFactory) -> Any:
    folder: Path = tmp_path_factory.mktemp("tokenizer")
    tiny_model.tokenizer().save_pretrained(folder)
    return AutoTokenizer.from_pretrained(folder)


def written(tokenizer: Any, text: str) -> list[int]:
    tokens: list[int] = tokenizer(text, add_special_tokens=False)["input_ids"]
    return tokens


def told(tokenizer: Any, text: str, stop: list[str]) -> tuple[str, list[str], bool]:
    """Returns the answer, its pieces, and whether a stop text ended it, token by token."""
    telling, tokens, pieces = Telling(tokenizer, stop), written(tokenizer, text), []
    for count in range(1, len(tokens) + 1):
        ended = telling.ends(tokens[:count])
        last = ended or count == len(tokens)
        pieces.append(telling.piece(tokens[:count], last=last))
        if last:
            return telling.text(tokens[:count]), pieces, ended
    return "", pieces, False


@pytest.mark.parametrize(
    ("text", "stop", "answer"),
    [
        ("the sky is blue", ["sky"], "the "),
        ("the sky is blue", ["blue", "is"], "the sky "),
        ("the sky is blue", ["the"], ""),
        ("the sky is blue", ["green"], "the sky is blue"),
        ("the grass\n\nis green", ["\n\n"], "the grass"),
        ("日本語 naïve", ["語"], "日本"),
        (" aa", ["a", " aa"], " "),
    ],
)
def test_an_answer_ends_where_a_stop_text_begins(
    tokenizer: Any, text: str, stop: list[str], answer: str
) -> None:
    whole, pieces, ended = told(tokenizer, text, stop)
    assert whole == "".join(pieces) == answer
    assert ended is (answer != text)


@settings(deadline=None, derandomize=True)
@given(
    st.text(alphabet="ab é", max_size=12),
    st.lists(st.text("ab é", min_size=1, max_size=4), max_size=4),
)
def test_pieces_never_tell_a_part_of_a_stop_text(
    tokenizer: Any, text: str, stop: list[str]
) -> None:
    whole, pieces, _ = told(tokenizer, text, stop)
    written_first = [(at + len(word), at) for word in stop if (at := text.find(word)) >= 0]
    expected = text[: min(written_first)[1]] if written_first else text
    assert whole == "".join(pieces) == expected


def test_what_may_become_a_stop_text_is_told_once_it_is_none(tokenizer: Any) -> None:
    telling, tokens = Telling(tokenizer, ["END"]), written(tokenizer, "xENy")
    pieces = [telling.piece(tokens[: n + 1], last=False) for n in range(len(tokens))]
    assert "".join(pieces) == "xENy"
    assert "E" not in pieces


def test_each_token_is_told_once_and_none_beyond_the_cut(tokenizer: Any) -> None:
    tokens = written(tokenizer, "xy 日本語 END of it")
    chances = [Chances(-float(n), ()) for n in range(len(tokens))]
    telling, heard = Telling(tokenizer, ["END"]), []
    for count in range(1, len(tokens) + 1):
        last = telling.ends(tokens[:count])
        telling.piece(tokens[:count], last=last)
        heard += telling.tokens_of_piece(tokens[:count], chances[:count], last=last)
        if last:
            break
    everything = telling.all_tokens(tokens[:count], chances[:count])
    assert tuple(heard) == everything
    assert b"".join(bytes(token.bytes or ()) for token in heard).decode() == "xy 日本語 "
    assert [token.logprob for token in heard] == [-float(n) for n in range(len(heard))]


def test_half_characters_are_spelled_by_their_bytes(tokenizer: Any) -> None:
    texts = [spelled(tokenizer, token) for token in written(tokenizer, "é")]
    assert [written for _, written in texts] == [(0xC3,), (0xA9,)]
    assert {text for text, _ in texts} == {"\N{REPLACEMENT CHARACTER}"}
    assert spelled(tokenizer, tokenizer.eos_token_id)[0] == "<|im_end|>"
