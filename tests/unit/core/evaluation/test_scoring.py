import pytest

from studio.core.evaluation.labels import LabelSet
from studio.core.evaluation.scoring import score_example, score_run
from studio.domain.evaluation import SCORES
from tests.fakes.evaluations import make_example

LABELS = LabelSet(["refund", "delivery"])


def test_with_labels_right_means_the_expected_label_is_given() -> None:
    result = score_example(
        make_example(1, "refund"), "Refund.\nAs asked.", labels=LABELS, seconds=0.5
    )
    assert result.correct
    assert result.predicted_label == "refund"
    assert result.seconds == 0.5


def test_an_answer_that_is_no_label_is_wrong() -> None:
    result = score_example(make_example(1, "refund"), "I think refund", labels=LABELS)
    assert not result.correct
    assert result.predicted_label is None


def test_without_labels_right_means_the_same_text() -> None:
    assert score_example(make_example(1, "Blue shelf"), "blue shelf.", labels=None).correct
    assert not score_example(make_example(1, "Blue shelf"), "A blue shelf", labels=None).correct


def test_a_labelled_run_is_measured_by_accuracy_and_shows_its_confusion() -> None:
    answers = [("refund", "refund"), ("refund", "delivery"), ("delivery", "dunno")]
    results = [
        score_example(make_example(n, expected), output, labels=LABELS)
        for n, (expected, output) in enumerate(answers)
    ]
    primary, scores, confusion = score_run(results, labels=LABELS)
    assert (primary.metric, primary.value, primary.n) == ("accuracy", pytest.approx(1 / 3), 3)
    assert {score.metric: score.value for score in scores}["label_given"] == pytest.approx(2 / 3)
    assert confusion is not None
    assert confusion.labels == ("refund", "delivery")
    assert confusion.counts == ((1, 1, 0), (0, 0, 1))


def test_a_free_text_run_is_measured_by_exact_match() -> None:
    results = [score_example(make_example(1, "a blue shelf"), "a red shelf", labels=None)]
    primary, scores, confusion = score_run(results, labels=None)
    assert (primary.metric, primary.value) == ("exact_match", 0)
    assert confusion is None
    assert [score.metric for score in scores] == ["exact_match", "token_f1", "rouge_l", "bleu"]


def test_every_score_has_its_sentence() -> None:
    results = [score_example(make_example(1, "refund"), "refund", labels=LABELS)]
    assert {score.metric for score in score_run(results, labels=LABELS).scores} == set(SCORES)
