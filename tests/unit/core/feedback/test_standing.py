"""Standing: the latest words count, one against holds up, whoever settles ends it."""

from __future__ import annotations

from itertools import permutations
from typing import Any

import pytest

from studio.core.feedback.standing import asks_second, latest, says_nothing, standing
from studio.domain.datasets import Message
from studio.domain.evaluation import Decoding
from studio.domain.feedback import Feedback, Inference, Review, ReviewVerdict
from studio.domain.reviews import ReviewState
from tests.unit.store.cycles import NOON, at

INFERENCE = Inference(
    id="inference_1",
    project_id="project_1",
    model_id="small",
    model_name="Small",
    messages=(Message(role="user", content="When?"),),
    decoding=Decoding(),
    output="Never.",
    deployment_id="deployment_1",
    created_at=NOON,
)
GIVEN = Feedback(
    id="feedback_1",
    inference_id="inference_1",
    correction="Today.",
    rater="ada",
    created_at=NOON,
)
LETTERS = {
    "a": ReviewVerdict.APPROVED,
    "r": ReviewVerdict.REJECTED,
    "n": ReviewVerdict.NEEDS_WORK,
    "w": ReviewVerdict.WITHDRAWN,
}


def words(said: str) -> list[Review]:
    """`"1a 2r 3a!"`: the first reviewer approves, the second rejects, the third settles."""
    return [
        Review(
            id=f"review_{minute}",
            feedback_id="feedback_1",
            verdict=LETTERS[word[1]],
            reviewer=word[0],
            settles=word.endswith("!"),
            created_at=at(minute),
        )
        for minute, word in enumerate(said.split())
    ]


@pytest.mark.parametrize(
    ("said", "state"),
    [
        ("", "waiting"),
        ("1a", "approved"),
        ("1a 1r", "rejected"),
        ("1a 1r 1w", "waiting"),
        ("1a 2a", "approved"),
        ("1a 2r", "disputed"),
        ("1a 2n", "disputed"),
        ("1r 2n", "needs_work"),
        ("1r 2r", "rejected"),
        ("1a 2r 2a", "approved"),
        ("1a 2r 3a!", "approved"),
        ("1a 2r 3r!", "rejected"),
        ("1a 2r 3a! 3w!", "disputed"),
        ("1a 2r 3a! 4r", "disputed"),
        ("1a 2r 3r! 4a!", "approved"),
        ("1a 2r 1a!", "approved"),
    ],
)
def test_where_a_correction_stands(said: str, state: str) -> None:
    assert standing(GIVEN, INFERENCE, words(said)).state is ReviewState(state)


def test_the_order_in_which_reviews_are_read_changes_nothing() -> None:
    told = words("1a 2r 3a! 1n")
    states = {standing(GIVEN, INFERENCE, order).state for order in permutations(told)}
    assert states == {ReviewState.DISPUTED}


def test_latest_words_are_one_of_each_reviewer_and_kind() -> None:
    told = [(one.reviewer, one.verdict.value) for one in latest(words("1a 2r 1r 2w 1a!"))]
    assert told == [("1", "rejected"), ("1", "approved")]


@pytest.mark.parametrize(
    ("correction", "output", "nothing"),
    [("", "x", True), (" ", "x", True), ("X ", "x", True), ("x.", "x", False), ("y", "", False)],
)
def test_what_says_nothing(correction: str, output: str, nothing: bool) -> None:
    assert says_nothing(correction, output) is nothing


def test_an_edited_answer_and_a_redacted_question_are_what_counts() -> None:
    cleaned = (Message(role="user", content="When, [name]?"),)
    changes: dict[str, Any] = {"answer": "Soon.", "messages": cleaned, "personal_data": "redacted"}
    (review,) = words("1a")
    now = standing(GIVEN, INFERENCE, [review.with_(**changes)])
    assert (now.answer, now.messages, now.kept) == ("Soon.", cleaned, False)


def test_about_one_in_eight_is_asked_of_a_second_reviewer() -> None:
    chosen = sum(asks_second(f"feedback_{number:016x}") for number in range(5000))
    assert 0.10 <= chosen / 5000 <= 0.15
