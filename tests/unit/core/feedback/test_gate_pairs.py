from math import nan

import pytest

from studio.core.evaluation.statistics import Z95
from studio.core.feedback.gate_pairs import accuracy, closer
from studio.domain.errors import InvalidInput
from tests.unit.core.feedback.gate_cases import RIGHT, golden, holdout, paired


def test_accuracy_gives_the_published_interval() -> None:
    seen = accuracy([(p.candidate, p.champion) for p in golden(50, 12, 2, right=0.76)], Z95)
    assert (seen.only_candidate, seen.only_other, seen.n) == (12, 2, 50)
    assert (seen.candidate, seen.other) == pytest.approx((0.96, 0.76))
    assert tuple(seen.difference) == pytest.approx((0.2, 0.0569, 0.3404), abs=1e-4)


def test_nothing_asked_leaves_everything_possible() -> None:
    seen = accuracy([], Z95)
    assert (seen.candidate, seen.other) == (None, None)
    assert tuple(seen.difference) == (0.0, -1.0, 1.0)


def test_closer_counts_by_value_and_leaves_ties_out() -> None:
    assert closer(holdout(40, 29, 8)) == (29, 8)
    almost = paired(RIGHT._replace(value=0.1 + 0.2), RIGHT._replace(value=0.3))
    assert closer([almost]) == (0, 0)


def test_a_score_that_is_no_number_is_refused() -> None:
    with pytest.raises(InvalidInput):
        closer([paired(RIGHT._replace(value=nan))])
