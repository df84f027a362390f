import random
from math import nan

import pytest

from studio.core.feedback.drift import psi, psi_kinds, psi_shares
from studio.domain.errors import InvalidInput

TENTHS = [0.1] * 10


def test_the_index_has_the_checked_value() -> None:
    moved = [0.15, 0.05, *[0.1] * 8]
    assert psi_shares(TENTHS, moved) == pytest.approx(0.0549, abs=5e-5)
    numbers = [value for value, n in enumerate([15, 5, *[10] * 8]) for _ in range(n)]
    same = [value for value in range(10) for _ in range(10)]
    assert psi(same, numbers) == pytest.approx(0.0549, abs=5e-5)
    kinds = [[f"kind {value}" for value in window] for window in (same, numbers)]
    assert psi_kinds(*kinds) == pytest.approx(0.0549, abs=5e-5)


def test_the_same_window_has_not_moved() -> None:
    draw = random.Random(1)
    window = [draw.gauss(0, 1) for _ in range(500)]
    assert psi(window, window) == 0.0
    assert psi_kinds(["a", "b", "b"], ["a", "b", "b"]) == 0.0


def test_windows_of_one_kind_are_stable_and_of_two_are_not() -> None:
    draw = random.Random(2)
    then, now, moved = ([draw.gauss(mean, 1) for _ in range(1000)] for mean in (0, 0, 1))
    assert psi(then, now) < 0.10
    assert psi(then, moved) > 0.25


def test_every_bin_of_the_reference_holds_a_tenth() -> None:
    far = [1000.0] * 100
    assert psi(list(range(100)), far) == pytest.approx(
        psi_shares(TENTHS, [*[0.0] * 9, 1.0]), rel=1e-9
    )


def test_equal_numbers_stay_together() -> None:
    assert psi([1.0] * 90 + [2.0] * 10, [1.0] * 90 + [2.0] * 10) == 0.0
    assert psi([1.0] * 90 + [2.0] * 10, [1.0] * 10 + [2.0] * 90) > 1
    assert psi([1.0] * 50, [1.0] * 70) == 0.0


def test_a_new_kind_counts() -> None:
    assert psi_kinds(["latin"] * 200, ["latin"] * 100 + ["cyrillic"] * 100) > 0.25


def test_an_empty_window_or_no_number_is_refused() -> None:
    for given in (([], [1.0]), ([1.0], []), ([1.0], [nan])):
        with pytest.raises(InvalidInput):
            psi(*given)
    with pytest.raises(InvalidInput):
        psi_kinds([], ["a"])
