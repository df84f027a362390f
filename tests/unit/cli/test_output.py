"""Output: tables, sizes and durations as people read them."""

from __future__ import annotations

import pytest

from studio.cli.output import duration, size, table


def test_columns_are_aligned_and_cells_stay_on_one_line() -> None:
    text = table(("id", "name"), [("a", "one\ntwo"), ("long id", None)])
    assert text.splitlines() == ["id       name", "a        one two", "long id  -"]


@pytest.mark.parametrize(
    ("count", "words"),
    [
        (None, "unknown"),
        (0, "0 bytes"),
        (999, "999 bytes"),
        (1000, "1.0 KB"),
        (98_400_000, "98.4 MB"),
        (2_500_000_000, "2.5 GB"),
    ],
)
def test_sizes_are_said_in_the_unit_that_fits(count: float | None, words: str) -> None:
    assert size(count) == words


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(None, "unknown"), (0, "0 s"), (89, "89 s"), (600, "10 min"), (7200, "2.0 h")],
)
def test_durations_are_said_in_the_unit_that_fits(seconds: float | None, words: str) -> None:
    assert duration(seconds) == words
