"""One repair fits many answers: found, chosen, applied, taken back."""

from __future__ import annotations

import pytest

from studio.domain.errors import InvalidInput, NotFound
from studio.domain.feedback import Source
from tests.unit.services.review_desk import DEPLOYMENT, ReviewDesk

WRONG = "Parcels arrive within a week; please wait a little longer, or write to our service."


@pytest.fixture
def desk() -> ReviewDesk:
    return ReviewDesk()


def test_similar_answers_to_similar_questions_are_found(desk: ReviewDesk) -> None:
    asked = desk.answer("When does parcel 17 arrive?", WRONG)
    same = desk.answer("When does parcel 18 arrive?", WRONG.upper())
    nearly = desk.answer("When does my parcel arrive?", WRONG.replace("week;", "week:"))
    desk.answer("When does parcel 19 arrive?", "Tomorrow.")
    desk.answer("How do I get my money back for shoes that hurt?", WRONG)
    desk.answer("When does parcel 17 arrive?", WRONG, deployment_id="deployment_2")
    desk.say(desk.answer("When does parcel 20 arrive?", WRONG), correction="Today.")
    found = desk.review.similar(asked.id)
    assert [(one.inference, one.same) for one in found] == [(same, True), (nearly, False)]
    assert found[0].ratio == 1.0
    assert 0.9 < found[1].ratio < 1
    direct = desk.answer(deployment_id=None, revision_id=None, variant=None)
    assert desk.review.similar(direct.id) == []


def test_a_repair_is_approved_at_once_and_can_be_taken_back(desk: ReviewDesk) -> None:
    one = desk.answer("I am bob@example.org, when does it arrive?", WRONG)
    other = desk.answer("When does it arrive?", WRONG)
    made = desk.review.repair(
        [one.id, other.id, one.id], answer="Ask eve@example.org.", reviewer=" Grace  H "
    )
    learnt = desk.review.approved(DEPLOYMENT)
    assert [one.answer for one in learnt] == ["Ask [e-mail address]."] * 2
    assert learnt[0].messages[0].content == "I am [e-mail address], when does it arrive?"
    assert {one.rater for one in learnt} == {"Grace H"}
    assert desk.feedback.for_inference(one.id)[0].source is Source.REPAIR
    desk.review.undo(made[0].feedback_id, reviewer="Grace H")
    assert [one.inference_id for one in desk.review.approved(DEPLOYMENT)] == [other.id]
    # Nothing of it waits in the queue, either.
    assert desk.review.pending(DEPLOYMENT) == 0


def test_a_disliked_answer_is_corrected_in_the_queue(desk: ReviewDesk) -> None:
    disliked = desk.answer()
    desk.say(disliked, thumb_up=False)
    desk.review.repair([disliked.id], answer="It left today.", reviewer="grace")
    assert desk.learnt() == ["It left today."]
    assert desk.review.queue(DEPLOYMENT, only="thumbs_down").total == 0


def test_repairs_that_teach_nothing_are_refused_as_a_whole(desk: ReviewDesk) -> None:
    fits, says_so = desk.answer(), desk.answer(output="It left today.")
    direct = desk.answer(deployment_id=None, revision_id=None, variant=None)
    for ids in ([fits.id, says_so.id], [direct.id], [], [fits.id] * 201):
        with pytest.raises(InvalidInput):
            desk.review.repair(ids, answer="It left today.", reviewer="grace")
    with pytest.raises(NotFound):
        desk.review.repair([fits.id, "inference_none"], answer="It left.", reviewer="grace")
    assert desk.learnt() == []
