"""What reviewers' agreement says, and when it holds retraining up."""

from __future__ import annotations

import pytest

from studio.domain.feedback import ReviewVerdict
from tests.unit.services.review_desk import DEPLOYMENT, ReviewDesk

APPROVED, REJECTED = ReviewVerdict.APPROVED, ReviewVerdict.REJECTED


@pytest.fixture
def desk() -> ReviewDesk:
    return ReviewDesk()


def judged(desk: ReviewDesk, n: int, first: ReviewVerdict, second: ReviewVerdict) -> None:
    for _ in range(n):
        given = desk.correct()
        desk.decide(given, first)
        desk.decide(given, second, reviewer="linus")


def test_without_two_people_nothing_is_said(desk: ReviewDesk) -> None:
    desk.decide(desk.correct())
    report = desk.review.agreement(DEPLOYMENT)
    assert (report.reviews.n, report.reviews.alpha) == (0, None)
    assert report.reviews.sentence == "No correction was judged by two people yet."
    assert (report.blocks, report.asks) == (False, False)


def test_the_numbers_are_those_of_the_worked_example(desk: ReviewDesk) -> None:
    judged(desk, 2, APPROVED, APPROVED)
    judged(desk, 1, APPROVED, REJECTED)
    judged(desk, 1, REJECTED, REJECTED)
    reviews = desk.review.agreement(DEPLOYMENT).reviews
    assert (reviews.n, reviews.percent) == (4, 0.75)
    assert reviews.alpha == pytest.approx(0.5333, abs=1e-4)


@pytest.mark.parametrize(
    ("alike", "apart", "blocks", "asks"),
    [(10, 20, True, False), (12, 3, False, False), (24, 6, False, True), (29, 1, False, False)],
)
def test_thirty_judged_twice_decide(
    desk: ReviewDesk, alike: int, apart: int, blocks: bool, asks: bool
) -> None:
    judged(desk, alike // 2, APPROVED, APPROVED)
    judged(desk, alike - alike // 2, REJECTED, REJECTED)
    judged(desk, apart, APPROVED, REJECTED)
    report = desk.review.agreement(DEPLOYMENT)
    assert (report.blocks, report.asks) == (blocks, asks)
    assert ("Agree on a rule" in report.sentence) is blocks


def test_words_that_settle_and_that_were_taken_back_are_no_judgements(desk: ReviewDesk) -> None:
    given = desk.correct()
    desk.decide(given, APPROVED)
    desk.decide(given, REJECTED, reviewer="linus")
    desk.decide(given, APPROVED, reviewer="ada", settles=True)
    assert desk.review.agreement(DEPLOYMENT).reviews.percent == 0.0
    desk.review.undo(given.id, reviewer="linus")
    assert desk.review.agreement(DEPLOYMENT).reviews.n == 0


def test_skewed_thumbs_are_explained(desk: ReviewDesk) -> None:
    for at in range(20):
        answer = desk.answer()
        desk.say(answer, thumb_up=True)
        desk.say(answer, thumb_up=at > 1, rater="bob")
    desk.say(desk.answer(), thumb_up=True)
    thumbs = desk.review.agreement(DEPLOYMENT).thumbs
    assert (thumbs.n, thumbs.percent) == (20, 0.9)
    assert thumbs.alpha is not None and thumbs.alpha < 0
    assert thumbs.ac1 is not None and thumbs.ac1 > 0.8
    assert "read AC1 instead" in thumbs.sentence
