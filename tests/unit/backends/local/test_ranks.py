"""OpenAI's tokens without a network: the right numbers, from files checked before use."""

from __future__ import annotations

import os
import socket
from pathlib import Path

import pytest

from backends.local import ranks
from studio.domain.errors import InvalidInput

TEXT = "Hello, fine-tuning studio! 日本語 naïve café 12345 tokens\n"


class NoNetwork(socket.socket):
    """A socket that nobody may open."""

    def __init__(self, *given: object, **named: object) -> None:
        raise AssertionError("counting tokens opened a socket")


@pytest.fixture(autouse=True)
def _offline(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket, "socket", NoNetwork)


@pytest.mark.parametrize(("encoding", "tokens"), [("cl100k_base", 19), ("o200k_base", 17)])
def test_the_published_vector_holds_without_a_network(
    encoding: str, tokens: int, tmp_path: Path
) -> None:
    assert ranks.count([TEXT, ""], encoding, tmp_path) == [tokens, 0]


def test_special_words_count_as_the_text_they_are(tmp_path: Path) -> None:
    assert ranks.count(["<|endoftext|>"], "o200k_base", tmp_path)[0] > 1


def test_a_damaged_copy_is_replaced_before_it_is_read(tmp_path: Path) -> None:
    name, _ = ranks.FILES["o200k_base"]
    (tmp_path / name).write_bytes(b"nonsense")
    ranks.unpacked("o200k_base", tmp_path)
    assert (tmp_path / name).stat().st_size == 3_613_922


def test_what_was_set_before_is_set_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TIKTOKEN_CACHE_DIR", "elsewhere")
    ranks.count(["a"], "cl100k_base", tmp_path)
    assert os.environ["TIKTOKEN_CACHE_DIR"] == "elsewhere"


def test_unknown_encodings_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput):
        ranks.count(["a"], "p50k_base", tmp_path)
