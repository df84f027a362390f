import pytest

from studio.core.evaluation.labels import LabelSet
from studio.core.evaluation.metrics import contains
from studio.core.ladder.measuring import (
    default_metric,
    is_right,
    other_scores,
    percentile,
    score,
    worth,
)

LABELS = LabelSet(["Refund", "Delivery"])


def test_a_label_is_right_however_it_is_wrapped() -> None:
    assert worth("accuracy", '"refund".', "Refund", LABELS) == 1
    assert worth("accuracy", "not a refund", "Refund", LABELS) == 0


def test_accuracy_without_labels_is_exact_match() -> None:
    assert worth("accuracy", " 42. ", "42", None) == 1
    assert worth("accuracy", "43", "42", None) == 0


@pytest.mark.parametrize(
    ("output", "expected", "found"),
    [
        ("It was in Wuhan, China, in 2019.", "Wuhan China", True),
        ("The spike protein", "a spike protein", True),
        ("spikes protein", "spike protein", False),
        ("protein of the spike", "spike protein", False),
        ("", "x", False),
        ("!", "!", True),
        ("東京都です", "東京", True),
    ],
)
def test_an_answer_contains_the_expected_words_in_their_order(
    output: str, expected: str, found: bool
) -> None:
    assert contains(output, expected) is found
    assert worth("contains", output, expected, None) == float(found)


def test_overlaps_lie_between() -> None:
    assert 0 < worth("token_f1", "a b c", "b c d", None) < 1
    assert 0 < worth("rouge_l", "a b c", "b c d", None) < 1


def test_overlaps_count_as_right_from_one_half() -> None:
    assert is_right("token_f1", 0.5) and not is_right("token_f1", 0.49)
    assert not is_right("contains", 0.5)


def test_rates_have_wilsons_interval_and_means_a_bootstrap() -> None:
    rate = score("accuracy", [1.0] * 8 + [0.0] * 2)
    assert (rate.value, rate.n) == (0.8, 10)
    assert rate.low == pytest.approx(0.490, abs=1e-3)
    mean = score("token_f1", [0.2, 0.4, 0.6, 0.8])
    assert mean.value == pytest.approx(0.5)
    assert mean.low is not None and mean.high is not None and mean.low < 0.5 < mean.high


def test_every_other_score_is_given_once() -> None:
    outputs, expected = ["Refund", "x"], ["Refund", "Delivery"]
    names = [one.metric for one in other_scores("accuracy", outputs, expected, LABELS)]
    assert names == ["exact_match", "contains", "token_f1", "rouge_l", "macro_f1", "label_given"]
    free = [one.metric for one in other_scores("token_f1", outputs, expected, None)]
    assert free == ["exact_match", "contains", "rouge_l"]


def test_the_form_of_the_answers_gives_the_metric_that_is_left_open() -> None:
    assert default_metric(["refund", "delivery"] * 10) == "accuracy"
    assert default_metric([f"{n} mg" for n in range(20)]) == "exact_match"
    assert default_metric([f"a long answer with number {n}" for n in range(20)]) == "token_f1"


def test_percentiles_are_interpolated() -> None:
    assert percentile([3.0, 1.0, 2.0], 0.5) == 2.0
    assert percentile([1.0, 2.0], 0.95) == pytest.approx(1.95)
    assert percentile([7.0], 0.95) == 7.0
    assert percentile([], 0.5) is None
