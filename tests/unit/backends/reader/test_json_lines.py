"""JSON Lines with every kind of broken line."""

from __future__ import annotations

import io

import pytest

from backends.reader.json_lines import records
from backends.reader.limits import MAX_CELL_CHARACTERS, MAX_DEPTH, MAX_RECORD_CHARACTERS

GOOD = '{"a": "b"}\n'


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("not json", "not valid JSON"),
        ('{"a": "b"', "not valid JSON"),
        ('{"a": "b"} {"a": "c"}', "not valid JSON"),
        ('{"a": 1, "a": 2}', "'a' occurs twice"),
        ("[1, 2]", "found a list"),
        ('"text"', "found a text"),
        ("null", "found null"),
        ("3", "found a number"),
        ("true", "found true or false"),
        ('{"a": "\\ud800"}', "not valid text"),
        ('{"a": "caf\udce9"}', "not valid text"),
        ('{"a": ' + "9" * 5000 + "}", "too long"),
        ('{"a": ' + "[" * MAX_DEPTH + "]" * MAX_DEPTH + "}", "deeper than 32"),
        ('{"a": ' + "[" * 90_000 + "]" * 90_000 + "}", "too deeply"),
        ('{"a": "' + "x" * (MAX_CELL_CHARACTERS + 1) + '"}', "1,000,001 characters long"),
        ('{"a": "' + "x" * MAX_RECORD_CHARACTERS + '"}', "longer than 8 million"),
        ("{" + ", ".join(f'"{n}": 1' for n in range(1001)) + "}", "1001 fields"),
    ],
)
def test_a_broken_line_is_told_and_passed_over(line: str, said: str) -> None:
    before, broken, after = records(io.StringIO(GOOD + line + "\n" + GOOD))
    assert (before.line, before.values) == (1, {"a": "b"})
    assert (after.line, after.values) == (3, {"a": "b"})
    assert broken.line == 2
    assert broken.values is None
    assert said in broken.error
    assert 0 < len(broken.excerpt) <= 160
    broken.excerpt.encode()


def test_blank_lines_count_but_are_no_rows() -> None:
    assert [record.line for record in records(io.StringIO("\n" + GOOD + " \t\n" + GOOD))] == [2, 4]


def test_the_last_line_needs_no_line_end() -> None:
    assert len(list(records(io.StringIO(GOOD + GOOD.strip())))) == 2
