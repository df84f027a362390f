"""A growing window reads what the whole text says, wherever it happens to be cut."""

from __future__ import annotations

import io
import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from backends.reader.json_window import JsonWindow, TooLong
from backends.reader.limits import MAX_RECORD_CHARACTERS, FileRefused

VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


@settings(deadline=None)
@given(
    values=st.lists(VALUES, max_size=6),
    chunk=st.integers(1, 40),
    indent=st.sampled_from([None, 1, 30]),
    escaped=st.booleans(),
)
def test_every_cut_gives_the_same_values(
    values: list[Any], chunk: int, indent: int | None, escaped: bool
) -> None:
    text = json.dumps(values, indent=indent, ensure_ascii=escaped)
    window = JsonWindow(io.StringIO(text), chunk)
    found = []
    window.skip("[")
    while window.peek() != "]":
        if found:
            window.skip(",")
        found.append(window.value())
    window.skip("]")
    assert found == values
    assert window.peek() == ""


@settings(deadline=None)
@given(position=st.integers(0, 99), chunk=st.integers(1, 40))
def test_damage_names_its_line(position: int, chunk: int) -> None:
    lines = [json.dumps({"n": n, "text": "x" * 10}) + "," for n in range(100)]
    lines[position] = '{"n": oops},'
    window = JsonWindow(io.StringIO("\n".join(lines)), chunk)
    with pytest.raises(FileRefused, match=f"^Line {position + 1}:"):
        for _ in range(100):
            window.value()
            window.skip(",")


def test_a_value_without_end_is_given_up() -> None:
    window = JsonWindow(io.StringIO('"' + "x" * (3 * MAX_RECORD_CHARACTERS)))
    with pytest.raises(TooLong, match="Line 1: a value is longer than 8 million characters"):
        window.value()


def test_a_field_that_occurs_twice_is_refused() -> None:
    window = JsonWindow(io.StringIO('{"a": 1, "a": 2}'))
    with pytest.raises(FileRefused, match="'a' occurs twice"):
        window.value()


def test_what_some_exports_write_for_missing_is_missing() -> None:
    assert JsonWindow(io.StringIO('{"a": NaN}')).value() == {"a": None}
