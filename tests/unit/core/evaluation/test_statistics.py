import random
import statistics as stdlib
from collections.abc import Callable
from math import inf, nan

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from studio.core.evaluation.statistics import (
    Z90,
    bootstrap_mean,
    holm,
    mcnemar_one_sided,
    mcnemar_two_sided,
    newcombe_paired,
    sign_flip,
    wilson,
)
from studio.domain.errors import InvalidInput

COUNTS = st.integers(min_value=0, max_value=400)
P_VALUES = st.lists(st.floats(min_value=0, max_value=1), max_size=12)


def test_the_normal_quantiles_are_those_of_the_standard_normal() -> None:
    assert pytest.approx(stdlib.NormalDist().inv_cdf(0.95), abs=1e-12) == Z90


@pytest.mark.parametrize("k, n", [(0, 1), (0, 44), (44, 44), (7, 10), (308, 1308), (1, 10_000)])
def test_wilson_equals_scipy(k: int, n: int) -> None:
    reference = stats.binomtest(k, n).proportion_ci(method="wilson")
    assert wilson(k, n) == pytest.approx((reference.low, reference.high), abs=1e-12)


def test_wilson_of_nothing_says_that_anything_is_possible() -> None:
    assert wilson(0, 0) == (0.0, 1.0)


@given(st.integers(1, 5000).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_a_wilson_interval_holds_the_rate_and_stays_between_0_and_1(
    counts: tuple[int, int],
) -> None:
    k, n = counts
    low, high = wilson(k, n)
    assert 0 <= low <= k / n <= high <= 1


def test_mcnemar_gives_the_published_values() -> None:
    assert mcnemar_one_sided(15, 5) == pytest.approx(0.0207, abs=5e-5)
    assert mcnemar_two_sided(15, 5) == pytest.approx(0.0414, abs=5e-5)
    assert mcnemar_one_sided(29, 11) == pytest.approx(0.0032, abs=5e-5)


def test_mcnemar_without_disagreement_is_no_evidence() -> None:
    assert mcnemar_one_sided(0, 0) == mcnemar_two_sided(0, 0) == 1.0


@given(COUNTS, COUNTS)
@settings(max_examples=60)
def test_mcnemar_equals_scipy_and_does_not_care_who_is_called_first(wins: int, losses: int) -> None:
    two_sided = mcnemar_two_sided(wins, losses)
    assert two_sided == mcnemar_two_sided(losses, wins)
    if wins + losses:
        greater = stats.binomtest(wins, wins + losses, alternative="greater").pvalue
        assert mcnemar_one_sided(wins, losses) == pytest.approx(greater, rel=1e-9)
        both = stats.binomtest(wins, wins + losses).pvalue
        assert two_sided == pytest.approx(both, rel=1e-9)


@pytest.mark.parametrize("wins, losses", [(530, 500), (1030, 0), (20_000, 19_500)])
def test_mcnemar_does_not_overflow_at_many_disagreements(wins: int, losses: int) -> None:
    assert 0 <= mcnemar_two_sided(wins, losses) <= 1
    assert mcnemar_one_sided(losses, wins) > 0.5


@pytest.mark.parametrize(
    "pairs, fewest",
    [(10, 9), (15, 12), (20, 15), (30, 20), (40, 26), (60, 37), (80, 48), (100, 59)],
)
def test_the_fewest_wins_that_prove_something_are_as_tabled(pairs: int, fewest: int) -> None:
    significant = [w for w in range(pairs + 1) if mcnemar_one_sided(w, pairs - w) <= 0.05]
    assert min(significant) == fewest


def test_newcombe_gives_the_published_interval() -> None:
    assert newcombe_paired(36, 12, 2, 0) == pytest.approx((0.2, 0.0569, 0.3404), abs=5e-5)


def test_newcombe_of_nothing_says_that_anything_is_possible() -> None:
    assert newcombe_paired(0, 0, 0, 0) == (0.0, -1.0, 1.0)


@given(COUNTS, COUNTS, COUNTS, COUNTS)
def test_a_newcombe_interval_holds_the_difference_and_mirrors(
    both: int, first: int, second: int, neither: int
) -> None:
    value, low, high = newcombe_paired(both, first, second, neither)
    assert -1 <= low <= value <= high <= 1
    mirrored = newcombe_paired(both, second, first, neither)
    assert mirrored == pytest.approx((-value, -high, -low), abs=1e-12)


@pytest.mark.parametrize(
    "n, tolerated",
    [
        (100, [0, 1, 2, 4, 10]),
        (200, [2, 3, 4, 7, 12]),
        (400, [7, 8, 9, 12, 18]),
        (800, [16, 18, 19, 22, 28]),
    ],
)
def test_a_golden_suite_tolerates_the_tabled_losses(n: int, tolerated: list[int]) -> None:
    """Champion right on 80 %, margin 3 points, lower end of the 90 % interval."""
    right = n * 8 // 10
    for wins, most in zip([0, 2, 4, 8, 16], tolerated, strict=True):
        safe = [
            losses
            for losses in range(right)
            if newcombe_paired(right - losses, wins, losses, n - right - wins, Z90).low > -0.03
        ]
        assert max(safe) == most, wins


@pytest.mark.parametrize(
    "n, gain, mcnemar, no_regression",
    [(100, 0.05, 0.28, 0.64), (200, 0.0, 0.04, 0.27), (200, 0.1, 0.98, 1.0)],
)
def test_the_power_is_as_tabled(n: int, gain: float, mcnemar: float, no_regression: float) -> None:
    """Champion .75, discordance max(15 %, gain + 2 %); shares of 1,000 draws, within 4 points."""
    discordance = max(0.15, gain + 0.02)
    wins_share, losses_share = (discordance + gain) / 2, (discordance - gain) / 2
    weights = [0.75 - losses_share, wins_share, losses_share, 0.25 - wins_share]
    draw, found, safe = random.Random(7), 0, 0
    for _ in range(1000):
        cells = draw.choices(range(4), weights, k=n)
        a, b, c, d = (cells.count(cell) for cell in range(4))
        found += mcnemar_one_sided(b, c) <= 0.05
        safe += newcombe_paired(a, b, c, d, Z90).low > -0.03
    assert found / 1000 == pytest.approx(mcnemar, abs=0.04)
    assert safe / 1000 == pytest.approx(no_regression, abs=0.04)


def test_holm_gives_the_textbook_values() -> None:
    assert holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02])
    assert holm([]) == []


@given(P_VALUES)
def test_holm_never_lowers_a_p_value_and_keeps_their_order(p_values: list[float]) -> None:
    adjusted = holm(p_values)
    assert all(p <= q <= 1 for p, q in zip(p_values, adjusted, strict=True))
    by_p = sorted(range(len(p_values)), key=lambda i: p_values[i])
    assert [adjusted[i] for i in by_p] == sorted(adjusted)


def test_sign_flip_agrees_with_every_sign_tried() -> None:
    gains = [0.3, 0.1, 0.25, -0.05, 0.2, 0.15, 0.0, 0.3]
    exact = stats.permutation_test(
        (gains,), lambda x: sum(x), permutation_type="samples", alternative="two-sided"
    ).pvalue
    assert sign_flip(gains, draws=4000) == pytest.approx(exact, abs=0.01)


def test_sign_flip_without_a_difference_is_no_evidence() -> None:
    assert sign_flip([0.0, 0.0]) == sign_flip([]) == 1.0
    assert sign_flip([0.1, 0.2, -0.3]) == pytest.approx(1.0)


def test_the_bootstrap_interval_is_near_that_of_the_normal_curve() -> None:
    draw = random.Random(3)
    values = [draw.random() ** 2 for _ in range(400)]
    value, low, high = bootstrap_mean(values)
    error = stdlib.stdev(values) / len(values) ** 0.5
    assert value == pytest.approx(stdlib.fmean(values))
    assert (low, high) == pytest.approx((value - 1.96 * error, value + 1.96 * error), abs=0.006)


@given(st.lists(st.floats(min_value=-1, max_value=1), min_size=1, max_size=30))
@settings(max_examples=25)
def test_the_same_seed_gives_the_same_interval(values: list[float]) -> None:
    first = bootstrap_mean(values, draws=50, seed=11)
    assert first == bootstrap_mean(values, draws=50, seed=11)
    assert min(values) - 1e-9 <= first.low <= first.high <= max(values) + 1e-9


@pytest.mark.parametrize(
    "call",
    [
        lambda: wilson(3, 2),
        lambda: wilson(-1, 2),
        lambda: mcnemar_two_sided(-1, 4),
        lambda: newcombe_paired(1, -1, 0, 0),
        lambda: holm([0.5, 1.5]),
        lambda: bootstrap_mean([]),
        lambda: bootstrap_mean([0.5, nan]),
        lambda: sign_flip([inf]),
    ],
)
def test_figures_that_make_no_sense_are_refused(call: Callable[[], object]) -> None:
    with pytest.raises(InvalidInput):
        call()
