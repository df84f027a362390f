"""Formats are recognised by their fields."""

from __future__ import annotations

import pytest

from studio.core.formats.detect import SIGNATURES, columns_of, format_of
from studio.domain.datasets import DataFormat
from tests.unit.core.formats.test_convert import ROWS


@pytest.mark.parametrize("format", DataFormat)
def test_every_format_is_recognised(format: DataFormat) -> None:
    assert format_of([ROWS[format]] * 3) is format


def test_some_broken_rows_do_not_hide_the_format() -> None:
    rows = [ROWS[DataFormat.CHAT], {"oops": 1}, ROWS[DataFormat.CHAT]]
    assert format_of(rows) is DataFormat.CHAT


def test_a_minority_does_not_decide() -> None:
    rows = [ROWS[DataFormat.CHAT], {"a": 1}, {"a": 2}]
    assert format_of(rows) is DataFormat.COLUMNS


def test_nothing_is_a_table() -> None:
    assert format_of([]) is DataFormat.COLUMNS


def test_every_format_but_the_table_has_its_signature() -> None:
    assert {signature.format for signature in SIGNATURES} == set(DataFormat) - {DataFormat.COLUMNS}


def test_columns_keep_the_order_in_which_they_appear() -> None:
    assert columns_of([{"b": 1}, {"a": 1, "b": 2}]) == ("b", "a")


def test_pairs_that_repeat_the_better_conversation_are_pairs() -> None:
    row = {**ROWS[DataFormat.CHAT], **ROWS[DataFormat.PREFERENCE]}
    assert format_of([row]) is DataFormat.PREFERENCE


def test_pairs_in_either_spelling_are_recognised() -> None:
    answer = [{"role": "assistant", "content": "Hello"}]
    row = {"input": {"messages": []}, "preferred_output": answer, "non_preferred_output": answer}
    assert format_of([row]) is DataFormat.PREFERENCE
