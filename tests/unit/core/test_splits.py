"""Splits never change, whatever surrounds a prompt."""

from __future__ import annotations

import hashlib

import duckdb
from hypothesis import given, settings
from hypothesis import strategies as st

from studio.core import splits
from studio.domain.datasets import Message, Split

TEXT = st.text(st.characters(codec="utf-8"), min_size=1, max_size=40)


def asked(*texts: str, system: str | None = None) -> list[Message]:
    roles = ("user", "assistant")
    turns = [Message(role=roles[n % 2], content=text) for n, text in enumerate(texts)]
    return [Message(role="system", content=system), *turns] if system is not None else turns


def test_published_examples_stay_where_they_are() -> None:
    """These were decided once; a change here would move test rows into training."""
    assert splits.prompt_hash(asked("Where is my card?")) == (
        hashlib.sha256(b"user:where is my card?").hexdigest()
    )
    wanted = {
        "Where is my card?": (33, Split.TRAIN),
        "Straße 5": (61, Split.TRAIN),
        "bye": (86, Split.VALIDATION),
        "hello": (99, Split.TEST),
    }
    for text, (percent, split) in wanted.items():
        hashed = splits.prompt_hash(asked(text))
        assert (splits.percent_of(hashed), splits.split_of(hashed)) == (percent, split)


def test_duckdb_computes_the_same_percent() -> None:
    hashes = [hashlib.sha256(str(n).encode()).hexdigest() for n in range(500)]
    with duckdb.connect() as connection:
        found = connection.execute(
            "SELECT (md5_number_lower(hash || ?) % 100)::INTEGER"
            " FROM (SELECT unnest(?::VARCHAR[]) AS hash)",
            [splits.SALT, hashes],
        ).fetchall()
    assert [row[0] for row in found] == [splits.percent_of(hashed) for hashed in hashes]


def test_the_formula_is_the_documented_one() -> None:
    digest = hashlib.md5(b"g1salt", usedforsecurity=False).digest()
    assert int.from_bytes(digest[8:], "little") == 4973353699781851288


def test_shares_are_eighty_ten_ten() -> None:
    hashes = (hashlib.sha256(str(n).encode()).hexdigest() for n in range(20_000))
    found = [splits.split_of(hashed) for hashed in hashes]
    assert abs(found.count(Split.TRAIN) - 16_000) < 200
    assert abs(found.count(Split.VALIDATION) - 2_000) < 150
    assert abs(found.count(Split.TEST) - 2_000) < 150


@settings(deadline=None)
@given(TEXT, TEXT)
def test_the_system_prompt_does_not_move_a_question(text: str, system: str) -> None:
    assert splits.prompt_hash(asked(text)) == splits.prompt_hash(asked(text, system=system))


@settings(deadline=None)
@given(st.lists(st.text("abcÄß é", min_size=1), min_size=1, max_size=6))
def test_case_spacing_and_compatible_letters_do_not_move_a_question(words: list[str]) -> None:
    text = " ".join(words)
    for same in (text.upper(), f"\n {text}\t", text.replace(" ", " \u00a0 "), f"{text}\r\n"):
        assert splits.prompt_hash(asked(same)) == splits.prompt_hash(asked(text))


def test_full_width_letters_and_ligatures_read_the_same() -> None:
    assert splits.normalised("Ｏﬃｃｅ  ①") == "office 1"


@settings(deadline=None)
@given(TEXT, TEXT, TEXT)
def test_turns_are_not_confused_with_their_text(first: str, answer: str, second: str) -> None:
    three = splits.prompt_hash(asked(first, answer, second))
    assert three != splits.prompt_hash(asked(f"{first}\nassistant:{answer}\nuser:{second}"))
    assert three != splits.prompt_hash(asked(first))
