"""Figures read as people write them."""

import pytest

from studio.ui.pages import figures


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (None, "not known"),
        (0, "0 bytes"),
        (999, "999 bytes"),
        (1_400_000_000, "1.4 GB"),
        (98_000_000, "98 MB"),
        (999_600, "1.0 MB"),
        (5e15, "5000 TB"),
    ],
)
def test_sizes(number: float | None, text: str) -> None:
    assert figures.size(number) == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (None, "not known"),
        (-3, "0 s"),
        (45, "45 s"),
        (720, "12 min"),
        (7199, "2 h"),
        (12_000, "3 h 20 min"),
        (400_000, "4.6 days"),
    ],
)
def test_durations(seconds: float | None, text: str) -> None:
    assert figures.duration(seconds) == text


def test_a_range_of_durations_names_both_ends_once() -> None:
    assert figures.duration_range(480, 900) == "8 min to 15 min"
    assert figures.duration_range(480, 485) == "8 min"
    assert figures.duration_range(None, 60) == "60 s"
    assert figures.duration_range(None, None) == "not known"


@pytest.mark.parametrize(
    ("seconds", "percent", "step", "text"),
    [(None, 50, 50, ""), (90, 2, 50, ""), (90, 50, 4, ""), (300, 50, 50, "about 5 min left")],
)
def test_time_left_is_hidden_while_it_would_be_a_guess(
    seconds: float | None, percent: float, step: int, text: str
) -> None:
    assert figures.remaining(seconds, percent=percent, step=step) == text


def test_a_p_value_is_never_zero() -> None:
    assert figures.p_value(0.0) == "p < 0.001"
    assert figures.p_value(0.0123) == "p = 0.012"


def test_counts_carry_their_noun() -> None:
    assert figures.many(1, "row") == "1 row"
    assert figures.many(1200, "row") == "1,200 rows"
