import random
from itertools import product

import pytest
from sklearn.metrics import cohen_kappa_score

from studio.core.feedback.agreement import (
    Level,
    cohen_kappa,
    gwet_ac1,
    krippendorff_alpha,
    percent,
)
from studio.domain.errors import InvalidInput

FOUR = [(1, 1), (1, 0), (0, 0), (1, 1)]
SKEWED = [("up", "up")] * 90 + [("up", "down")] * 10
PUBLISHED = [
    (1, 1, 1),
    (2, 2, 3, 2),
    (3, 3, 3, 3),
    (3, 3, 3, 3),
    (2, 2, 2, 2),
    (1, 2, 3, 4),
    (4, 4, 4, 4),
    (1, 1, 2, 1),
    (2, 2, 2, 2),
    (5, 5, 5),
    (1, 1),
    (3,),
]
"""Krippendorff's own example: four observers, twelve things, some ratings missing."""


def test_alpha_has_the_checked_value() -> None:
    assert krippendorff_alpha(FOUR) == pytest.approx(0.5333, abs=5e-5)


@pytest.mark.parametrize(
    "level, value", [("nominal", 0.743), ("ordinal", 0.815), ("interval", 0.849)]
)
def test_alpha_has_krippendorffs_own_values_with_missing_ratings(
    level: Level, value: float
) -> None:
    assert krippendorff_alpha(PUBLISHED, level) == pytest.approx(value, abs=5e-4)


def test_skewed_thumbs_fool_alpha_and_not_ac1() -> None:
    assert percent(SKEWED) == pytest.approx(0.90)
    assert krippendorff_alpha(SKEWED) == pytest.approx(-0.05, abs=5e-3)
    assert gwet_ac1(SKEWED) == pytest.approx(0.89, abs=5e-3)


def test_things_rated_once_change_nothing_in_alpha_and_percent() -> None:
    lonely = [*FOUR, (1,), (0,), ()]
    assert krippendorff_alpha(lonely) == krippendorff_alpha(FOUR)
    assert percent(lonely) == percent(FOUR)


def test_names_agree_whatever_they_are() -> None:
    words = [tuple("up" if rating else "down" for rating in unit) for unit in FOUR]
    assert krippendorff_alpha(words) == krippendorff_alpha(FOUR)
    assert gwet_ac1(words) == gwet_ac1(FOUR)


@pytest.mark.parametrize("level", ["nominal", "ordinal", "interval"])
def test_full_agreement_is_one(level: Level) -> None:
    same = [(n % 3, n % 3, n % 3) for n in range(9)]
    assert krippendorff_alpha(same, level) == gwet_ac1(same) == percent(same) == 1.0
    assert krippendorff_alpha([(1, 1), (1, 1)], level) == gwet_ac1([(1, 1)]) == 1.0


def test_chance_is_about_zero() -> None:
    draw = random.Random(5)
    units = [(draw.randrange(2), draw.randrange(2)) for _ in range(4000)]
    for measure in (krippendorff_alpha, gwet_ac1, cohen_kappa):
        assert abs(measure(units)) < 0.05


def test_words_have_no_order() -> None:
    with pytest.raises(InvalidInput):
        krippendorff_alpha(SKEWED, "ordinal")


@pytest.mark.parametrize("measure", [percent, krippendorff_alpha, gwet_ac1])
def test_nothing_rated_twice_says_nothing(measure: object) -> None:
    with pytest.raises(InvalidInput):
        measure([(1,), ()])  # type: ignore[operator]
    with pytest.raises(InvalidInput):
        cohen_kappa([])


def test_kappa_equals_scikit_learn() -> None:
    draw = random.Random(6)
    for categories, n in product((2, 3, 5), (8, 40)):
        pairs = [(draw.randrange(categories), draw.randrange(categories)) for _ in range(n)]
        theirs = cohen_kappa_score([a for a, _ in pairs], [b for _, b in pairs])
        assert cohen_kappa(pairs) == pytest.approx(theirs, abs=1e-12)


def test_raters_who_always_say_the_same_agree() -> None:
    assert cohen_kappa([(1, 1)] * 5) == 1.0
