"""Keyword search compares words alike in any script."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.core.retrieval.words import words_of


def test_case_width_and_punctuation_do_not_count() -> None:
    assert words_of("ＣＯＶＩＤ-19: Straße!") == words_of("covid 19 STRASSE")


@pytest.mark.parametrize(
    ("plural", "singular"),
    [("vaccines", "vaccine"), ("studies", "study"), ("viruses", "viruse"), ("Patients", "patient")],
)
def test_plurals_are_folded(plural: str, singular: str) -> None:
    assert words_of(plural) == [singular]


@pytest.mark.parametrize("word", ["virus", "class", "gas", "goes", "trees"])
def test_words_that_only_look_like_plurals_stay(word: str) -> None:
    assert words_of(word) == [word]


def test_common_words_are_left_out_unless_there_are_no_others() -> None:
    assert words_of("What is the warranty?") == ["warranty"]
    assert words_of("What is it?") == ["what", "is", "it"]


def test_scripts_without_spaces_give_pairs_of_characters() -> None:
    assert words_of("数据库 A1") == ["数据", "据库", "a1"]
    assert words_of("好") == ["好"]


@given(st.text())
def test_equal_texts_give_equal_words_whatever_their_case(text: str) -> None:
    assert words_of(text) == words_of(text)
    assert all(word and not word.isspace() for word in words_of(text))
