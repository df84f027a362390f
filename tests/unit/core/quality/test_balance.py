"""When answers are labels, and which of them are rare."""

from __future__ import annotations

import pytest

from studio.core.quality.balance import balance, closed_labels
from studio.domain.datasets import Example, LabelCount, Message, Split


@pytest.mark.parametrize(
    "answers",
    [
        ["yes", "no", "yes", "no"],
        ["a", "b", "c"] * 5,
        [f"label {n % 200}" for n in range(1000)],
    ],
)
def test_few_short_answers_that_repeat_are_labels(answers: list[str]) -> None:
    assert set(closed_labels(answers)) == set(answers)


@pytest.mark.parametrize(
    "answers",
    [
        [],
        ["yes"],
        ["yes", "no"],
        ["yes", "no", "maybe"],
        [f"answer {n}" for n in range(100)],
        [f"label {n % 201}" for n in range(2000)],
        ["x" * 81, "y"] * 10,
        ["two\nlines", "y"] * 10,
        ["a", "b", "c"] * 4,
    ],
)
def test_other_answers_are_no_labels(answers: list[str]) -> None:
    assert closed_labels(answers) == ()


def test_the_most_frequent_label_comes_first_and_ties_are_in_order() -> None:
    assert closed_labels(["c"] * 5 + ["b"] * 5 + ["a"] * 9) == ("a", "b", "c")


def example(label: str, split: Split) -> Example:
    messages = (Message(role="user", content="x"), Message(role="assistant", content=label))
    return Example(id="ex", line=1, messages=messages, prompt_hash="h", split=split)


def test_rare_labels_are_named() -> None:
    uses = {"good": (20, 3, 3), "few": (4, 2, 2), "untested": (9, 3, 0), "unseen": (9, 0, 3)}
    found = balance(
        example(label, split)
        for label, counts in uses.items()
        for split, count in zip(Split, counts, strict=True)
        for _ in range(count)
    )
    assert found.closed
    assert found.labels[0] == LabelCount(label="good", train=20, validation=3, test=3)
    assert set(found.rare) == {"few", "untested", "unseen"}


def test_free_answers_have_no_balance() -> None:
    found = balance(example(str(n), Split.TRAIN) for n in range(20))
    assert (found.closed, found.labels, found.rare) == (False, (), ())
