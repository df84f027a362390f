"""Times and money of answers yet to be given: from earlier runs, else from training's speed."""

from __future__ import annotations

import pytest

from studio.core.costing.answering import (
    MOST_EARLIER,
    Volume,
    by_hour,
    from_earlier,
    from_training,
    volume,
    work,
)
from studio.domain.costing import Figure

ASKED = Volume(answers=10, read=1000.0, written_low=50.0, written=100.0, written_high=400.0)


def test_a_model_never_seen_may_answer_rightly_or_until_it_is_cut_off() -> None:
    asked = volume(10, read=100, expected=4, most=64, seen=None)
    assert (asked.read, asked.written_low, asked.written, asked.written_high) == (
        1000,
        40,
        160,
        640,
    )
    assert asked.tokens == 1160


def test_what_a_model_wrote_before_stands_above_guesses() -> None:
    asked = volume(10, read=100, expected=4, most=64, seen=8)
    assert (asked.written_low, asked.written, asked.written_high) == (40, 80, 100)
    shorter = volume(10, read=100, expected=40, most=64, seen=8)
    assert shorter.written_low == shorter.written == 80


def test_earlier_runs_tell_the_time_and_how_far_it_may_be_off() -> None:
    load = work(1000, 100)
    one = from_earlier(ASKED, [load / 100])
    assert one is not None and one.mid == pytest.approx(100)
    assert one.low is not None and one.high is not None and one.low < 100 < one.high
    assert one.basis == "measured here on 1 earlier run"
    assert one.low == pytest.approx(work(1000, 50) / load * 50), "one run says little"
    apart = from_earlier(ASKED, [load / 500, load / 100, load / 20])
    assert apart is not None and apart.mid == pytest.approx(100)
    assert apart.low == pytest.approx(work(1000, 50) / load * 20)
    assert apart.high == pytest.approx(work(1000, 400) / load * 500)


def test_writing_a_token_takes_much_longer_than_reading_one() -> None:
    assert work(0, 1) > 10 * work(1, 0) > 0


def test_only_the_newest_earlier_runs_count() -> None:
    load = work(1000, 100)
    found = from_earlier(ASKED, [1.0] * 20 + [load / 100] * MOST_EARLIER)
    assert found is not None and found.mid == pytest.approx(100)
    assert from_earlier(ASKED, []) is None


def test_without_any_the_speed_of_training_gives_a_wide_prior() -> None:
    speed = Figure(mid=500.0, unit="tokens/s", basis="a probe")
    found = from_training(ASKED, speed)
    assert found.low is not None and found.mid is not None and found.high is not None
    assert 3 * found.low < found.mid < found.high / 3
    assert found.basis == "a prior from the speed of training: a probe"


@pytest.mark.parametrize("mid", [None, 0.0])
def test_an_unknown_speed_leaves_the_time_unknown(mid: float | None) -> None:
    found = from_training(ASKED, Figure(mid=mid, unit="tokens/s", basis="nobody tried"))
    assert (found.mid, found.basis) == (None, "nobody tried")


def test_money_is_hours_by_their_price_and_unknown_stays_unknown() -> None:
    known = by_hour(Figure(low=1800, mid=3600, high=7200, unit="s", basis="guessed"), 0.5)
    assert (known.low, known.mid, known.high) == (0.25, 0.5, 1.0)
    assert known.basis == "0.5 USD for an hour of this machine, put in by you; time guessed"
    assert by_hour(Figure(unit="s", basis="nobody knows"), 0.5).mid is None
