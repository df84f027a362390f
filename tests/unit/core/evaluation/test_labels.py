import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.core.evaluation.labels import LabelSet

LABELS = LabelSet(["Refund", "refund", "Refund", "card_arrival", "C++", "C"])


@pytest.mark.parametrize(
    "answer, label",
    [
        ("Refund", "Refund"),
        ("refund.", "Refund"),
        (" **card_arrival** ", "card_arrival"),
        ("refund\nBecause the customer wants the money back.", "Refund"),
        ("\n\nrefund\n", "Refund"),
        ("c++", "C++"),
        ("C", "C"),
    ],
)
def test_an_answer_that_is_a_label_is_recognised(answer: str, label: str) -> None:
    assert LABELS.recognise(answer) == label


@pytest.mark.parametrize(
    "answer",
    ["", "   ", "This is not a refund", "Category: refund", "refund or card_arrival", "refunds"],
)
def test_a_label_inside_other_words_is_not_guessed(answer: str) -> None:
    assert LABELS.recognise(answer) is None


def test_labels_are_named_in_their_most_frequent_spelling() -> None:
    assert LABELS.labels == ("C", "C++", "Refund", "card_arrival")


@given(st.lists(st.text(min_size=1).filter(str.strip), min_size=1, max_size=10))
def test_every_expected_answer_is_recognised_whatever_its_order(answers: list[str]) -> None:
    found = [LabelSet(answers).recognise(answer) for answer in answers]
    assert None not in found
    assert found == [LabelSet(answers[::-1]).recognise(answer) for answer in answers]
