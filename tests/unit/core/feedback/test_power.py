import pytest

from studio.core.evaluation.statistics import mcnemar_one_sided
from studio.core.feedback.power import (
    chance_to_fix,
    chance_to_keep,
    least_questions,
    least_wins,
    losses_tolerated,
    outlook,
)
from studio.domain.gates import GateConfig

CONFIG = GateConfig()


@pytest.mark.parametrize(
    "disagreements, wins",
    [(10, 9), (15, 12), (20, 15), (30, 20), (40, 26), (60, 37), (80, 48), (100, 59)],
)
def test_the_least_wins_are_the_published_ones(disagreements: int, wins: int) -> None:
    assert least_wins(disagreements) == wins


def test_the_least_wins_are_those_that_the_sign_test_passes_first() -> None:
    for n in range(130):
        wins = [w for w in range(n + 1) if mcnemar_one_sided(w, n - w) <= 0.05]
        assert least_wins(n) == (wins[0] if wins else None)


@pytest.mark.parametrize(
    "n, tolerated",
    [
        (100, [0, 1, 2, 4, 10]),
        (200, [2, 3, 4, 7, 12]),
        (400, [7, 8, 9, 12, 18]),
        (800, [16, 18, 19, 22, 28]),
    ],
)
def test_tolerated_losses_are_the_published_ones(n: int, tolerated: list[int]) -> None:
    assert [losses_tolerated(n, wins, 0.8, 0.03) for wins in (0, 2, 4, 8, 16)] == tolerated


@pytest.mark.parametrize("right, n", [(0.5, 54), (0.8, 76), (0.9, 89), (1.0, 88)])
def test_the_least_number_of_questions_is_the_published_one(right: float, n: int) -> None:
    assert least_questions(right, 0.03) == n
    assert losses_tolerated(n - 1, 0, right, 0.03) is None
    assert losses_tolerated(n, 0, right, 0.03) == 0


@pytest.mark.parametrize(
    "n, unchanged, better", [(100, 0.24, 0.36), (200, 0.41, 0.61), (400, 0.68, 0.87)]
)
def test_chances_to_keep_are_the_simulated_ones(n: int, unchanged: float, better: float) -> None:
    for gain, loss, chance in ((0.04, 0.04, unchanged), (0.045, 0.035, better)):
        found = chance_to_keep(n, right=0.8, gain=gain, loss=loss, margin=0.03)
        assert found == pytest.approx(chance, abs=0.04)


@pytest.mark.parametrize("n, good, overfit", [(20, 0.71, 0.93), (40, 0.96, 1.0), (80, 1.0, 1.0)])
def test_chances_to_fix_are_the_simulated_ones(n: int, good: float, overfit: float) -> None:
    for closer, further, chance in ((0.6, 0.15, good), (0.7, 0.1, overfit)):
        found = chance_to_fix(n, closer=closer, further=further, significance=0.05)
        assert found == pytest.approx(chance, abs=0.04)


def test_a_model_that_changes_nothing_is_seen_as_better_at_most_once_in_twenty() -> None:
    for n in (20, 40, 80):
        assert chance_to_fix(n, closer=0.2, further=0.2, significance=0.05) <= 0.05


def test_more_questions_prove_more() -> None:
    seen = [outlook(CONFIG, n, n // 5) for n in (50, 100, 200, 400, 800)]
    for less, more in zip(seen, seen[1:], strict=False):
        assert more.better > less.better
        assert more.fixes > less.fixes
        assert more.passes > less.passes


def test_a_small_set_is_told_before_training() -> None:
    small = outlook(CONFIG, 60, 10)
    assert small.losses is None
    assert "it takes 76" in small.sentences[0]
    assert any("nothing below 100 reference questions and 20" in said for said in small.sentences)
    assert small.sentences[-1] == "The golden set is too small to prove safety: it should grow."


def test_a_large_set_is_told_what_it_tolerates() -> None:
    large = outlook(CONFIG, 400, 80)
    assert large.losses == 7
    assert "at most 7 right answers" in large.sentences[0]
    assert not any("too small" in said or "too few" in said for said in large.sentences)
    few = outlook(CONFIG, 400, 20)
    assert few.sentences[-1].startswith("The held-out corrections are too few")


@pytest.mark.parametrize("right", [0.0, 0.02, 0.98, 1.0])
def test_a_champion_that_is_nearly_always_right_or_wrong_is_no_trouble(right: float) -> None:
    seen = outlook(CONFIG, 200, 40, right)
    assert 0 <= seen.unchanged <= 1
    assert 0 <= seen.better <= 1


def test_no_questions_prove_nothing() -> None:
    seen = outlook(CONFIG, 0, 0)
    assert (seen.losses, seen.unchanged, seen.better, seen.passes) == (None, 0.0, 0.0, 0.0)
