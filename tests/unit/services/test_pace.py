"""Each caller has a pace of its own, and waits no longer than it must."""

from __future__ import annotations

from studio.services import pace
from studio.services.pace import Pace


def test_one_too_many_waits_until_the_first_is_long_enough_ago() -> None:
    moments = [0.0]
    kept = Pace(2, 60.0, lambda: moments[0])
    assert [kept.take("a"), kept.take("a"), kept.take("b")] == [0, 0, 0]
    moments[0] = 20.0
    assert kept.take("a") == 40.0
    moments[0] = 60.0
    assert kept.take("a") == 0
    assert kept.take("b") == 0


def test_many_callers_do_not_fill_the_memory() -> None:
    kept = Pace(1, 60.0, lambda: 0.0)
    for number in range(pace.REMEMBERED + 1):
        assert kept.take(str(number)) == 0
    assert kept.take(str(pace.REMEMBERED)) == 60
    assert kept.take("0") == 0
