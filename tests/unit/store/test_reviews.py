"""Reviews are kept beside corrections; only the newest correction of each rater is read."""

from __future__ import annotations

from typing import Any

import pytest

from studio.domain.datasets import Message
from studio.domain.errors import NotFound
from studio.domain.feedback import Feedback, Review, ReviewVerdict
from studio.store.database import Database
from studio.store.feedback import FeedbackStore
from studio.store.reviews import ReviewStore
from tests.unit.store.cycles import NOON, at, inference


@pytest.fixture
def kept(database: Database) -> ReviewStore:
    """Three answers to one question, one to another, one that only a shadow gave."""
    store = FeedbackStore(database)
    asked = (Message(role="user", content="When?"),)
    for number in (1, 2, 3):
        store.add_inference(inference(f"i{number}", "revision_1", number, messages=asked))
    store.add_inference(inference("i4", "revision_1", 4))
    store.add_inference(inference("i5", "revision_1", 5, variant="shadow", messages=asked))
    store.add(said("f1", "i1", 10, correction="Today.", thumb_up=False))
    store.add(said("f2", "i1", 11, correction="Tomorrow."))
    store.add(said("f3", "i1", 12, rater="bob", correction="Soon."))
    store.add(said("f4", "i2", 13, thumb_up=True))
    store.add(said("f5", "i2", 14, rater="bob", thumb_up=False))
    store.add(said("f6", "i5", 15, correction="Never shown."))
    return ReviewStore(database)


def said(id: str, inference_id: str, minute: float, **words: Any) -> Feedback:
    return Feedback(id=id, inference_id=inference_id, rater="ada", created_at=at(minute)).with_(
        **words
    )


def review(id: str, minute: float, **changes: Any) -> Review:
    return Review(
        id=id,
        feedback_id="f2",
        verdict=ReviewVerdict.APPROVED,
        reviewer="grace",
        created_at=at(minute),
    ).with_(**changes)


def test_a_correction_comes_with_its_answer_and_its_reviews(kept: ReviewStore) -> None:
    cleaned = (Message(role="user", content="When, [name]?"),)
    second = review("b", 31, reviewer="linus", settles=True, messages=cleaned, answer="Soon.")
    kept.add(second)
    kept.add(review("a", 30))
    found = kept.corrections("deployment_1")
    assert [one.feedback.id for one in found] == ["f2", "f3"]
    assert [one.inference.id for one in found] == ["i1", "i1"]
    assert found[0].reviews == (review("a", 30), second)
    assert found[1].reviews == ()
    assert kept.of("f2") == [review("a", 30), second]
    assert kept.corrections(project_id="project_1") == found
    assert kept.corrections("deployment_2") == []


def test_one_correction_is_found_while_it_is_the_newest(kept: ReviewStore) -> None:
    found = kept.correction("f2")
    assert found is not None and found.feedback.correction == "Tomorrow."
    assert kept.correction("f1") is None, "its rater has given a newer one"
    assert kept.correction("f4") is None, "it is a thumb"
    assert kept.correction("f6") is None, "nobody was shown that answer"
    with pytest.raises(NotFound):
        kept.correction("f9")


def test_answers_that_were_disliked_and_not_corrected(kept: ReviewStore) -> None:
    assert [one.id for one in kept.uncorrected("deployment_1", None)] == ["i2"]
    assert kept.uncorrected(None, "project_2") == []


def test_how_often_a_question_was_asked_and_liked(kept: ReviewStore) -> None:
    assert kept.asked(["i1", "i4"], NOON) == {"i1": 3, "i4": 1}
    assert kept.asked(["i1"], at(2)) == {"i1": 2}
    assert kept.thumbs(["i1", "i4"]) == {"i1": (1, 2)}


def test_ratings_are_those_of_answers_that_two_people_rated(kept: ReviewStore) -> None:
    assert kept.ratings("deployment_1") == [("i2", True), ("i2", False)]
    assert kept.ratings("deployment_2") == []


def test_the_newest_answers_are_those_that_were_shown(kept: ReviewStore) -> None:
    assert [one.id for one in kept.answers("deployment_1", 2)] == ["i4", "i3"]
