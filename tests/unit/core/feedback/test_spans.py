"""A span is told in the unit that suits it, one of it as one."""

from __future__ import annotations

from datetime import timedelta

import pytest

from studio.core.feedback.spans import counted, lasted


@pytest.mark.parametrize(
    "span, words",
    [
        (timedelta(seconds=-5), "less than a minute"),
        (timedelta(seconds=59), "less than a minute"),
        (timedelta(minutes=1), "1 minute"),
        (timedelta(minutes=59, seconds=59), "59 minutes"),
        (timedelta(hours=1), "1 hour"),
        (timedelta(hours=1, minutes=30), "1.5 hours"),
        (timedelta(hours=47), "47 hours"),
        (timedelta(days=2), "2 days"),
        (timedelta(days=9, hours=12), "9.5 days"),
    ],
)
def test_a_span_is_told_in_the_unit_that_suits_it(span: timedelta, words: str) -> None:
    assert lasted(span) == words


def test_one_is_one() -> None:
    assert counted(1, "cycle") == "1 cycle"
    assert counted(1.04, "hour") == "1 hour"
    assert counted(0, "day") == "0 days"
    assert counted(12_345, "day") == "12345 days"
