"""The report writes figures plainly, and what is unknown as unknown."""

from __future__ import annotations

from decimal import Decimal

import pytest

from studio.core.reports import words
from studio.domain.costing import Figure
from studio.domain.evaluation import Score
from studio.domain.ladder import FailureKind, Rung


@pytest.mark.parametrize(
    "text",
    [
        words.share(None),
        words.points(None),
        words.p_value(None),
        words.money(None, "EUR"),
        words.seconds(None),
        words.moment(None),
        words.figure(None),
        words.figure(Figure(unit="s", basis="nobody knows")),
    ],
)
def test_unknown_is_never_a_number(text: str) -> None:
    assert text == words.UNKNOWN


def test_every_rung_and_every_kind_of_failure_has_words() -> None:
    assert set(words.RUNGS) == set(Rung)
    assert set(words.FAILURES) == set(FailureKind)


def test_a_score_shows_interval_and_size() -> None:
    score = Score(metric="accuracy", value=0.73, low=0.619, high=0.82, n=74)
    assert words.score(score) == "73.0% (61.9% to 82.0%, n = 74)"
    assert words.score(score.with_(low=None)) == "73.0% (n = 74)"
    assert words.score(None) == "not measured"


def test_tiny_p_values_are_not_zero() -> None:
    assert words.p_value(1e-12) == "< 0.0001"
    assert words.p_value(0.0321) == "0.0321"


def test_cents_are_shown_where_they_matter() -> None:
    assert words.money(Decimal("0.02"), "USD") == "0.02 USD"
    assert words.money(12345.6, "EUR") == "12,346 EUR"


def test_durations_choose_their_unit() -> None:
    assert [words.seconds(s) for s in (0.25, 12.0, 600.0)] == ["250 ms", "12.0 s", "10 min"]


def test_a_figure_names_its_range_and_basis() -> None:
    figure = Figure(low=1.0, mid=2.0, high=3.0, unit="h", basis="a prior")
    assert words.figure(figure) == "2 h, 1 to 3 (a prior)"
    assert words.figure(figure.with_(low=None)) == "2 h (a prior)"


def test_estimates_are_told_in_the_unit_of_their_kind() -> None:
    told = [words.estimate(kind, 2.06e9) for kind in ("memory_bytes", "tokens")]
    assert told == ["2.06 GB", "2,060,000,000"]
    assert words.estimate("seconds", 600.0) == "10 min"
    assert words.estimate("usd", 0.5) == "0.50 USD"
    assert words.estimate("seconds", None) == words.UNKNOWN
