"""Guessing is slow, for one address and, where wanted, for all together."""

from __future__ import annotations

from studio.services.throttle import SECONDS, TRIES, Throttle


def test_an_address_waits_after_too_many_wrong_guesses() -> None:
    time = 0.0
    throttle = Throttle(lambda: time)
    for _ in range(TRIES):
        assert not throttle.wait("a")
        throttle.wrong("a")
    assert throttle.wait("a") and not throttle.wait("b")
    time = SECONDS + 1
    assert not throttle.wait("a")


def test_everybody_waits_only_where_that_is_wanted() -> None:
    alone, together = Throttle(lambda: 0.0), Throttle(lambda: 0.0, everybody=3)
    for number in range(3):
        alone.wrong(str(number))
        together.wrong(str(number))
    assert not alone.wait("x") and together.wait("x")
