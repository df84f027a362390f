"""What people say is kept by the batch, counted, and told to whoever said it."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from studio.domain.deployments import Deployment
from studio.domain.errors import Conflict, InvalidInput, NotFound, StorageFailed
from studio.domain.feedback import Feedback, Inference, Review, ReviewVerdict, Source
from studio.domain.values import Value, now
from studio.services.feedback import FeedbackService
from studio.services.feedback_assembly import hearing
from studio.services.feedback_counts import CORRECTED, DIRECT, RATED, REMARKED, SAME
from studio.store import rows
from studio.store.database import Database
from studio.store.feedback import FeedbackStore
from studio.store.journal import Journal
from studio.store.reviews import ReviewStore
from tests.unit.store import samples


class Desk:
    """A deployment with answers, on disk."""

    def __init__(self, folder: Path) -> None:
        self.database = Database(folder / "studio.duckdb")
        self.store = FeedbackStore(self.database)
        self.feedback = hearing(self.database)
        self.deployment = Deployment(
            id="deployment_1", project_id="project_1", name="desks", salt="s", created_at=now()
        )
        with self.database.write() as cursor:
            rows.add(cursor, "deployments", self.deployment, "deployment")

    def answer(self, **changes: object) -> Inference:
        given = samples.inference(**{"deployment_id": self.deployment.id, **changes})
        self.store.add_inference(given)
        return given

    def approve(self, given: Feedback) -> None:
        # Some corrections are asked of two reviewers.
        for reviewer in ("Rita", "Rob"):
            ReviewStore(self.database).add(
                Review(
                    id=f"review_{reviewer}_{given.id}",
                    feedback_id=given.id,
                    verdict=ReviewVerdict.APPROVED,
                    personal_data="none",
                    reviewer=reviewer,
                    created_at=now(),
                )
            )

    def journal(self) -> list[str]:
        assert self.store.journal is not None
        return [fields["id"] for word, fields in self.store.journal.lines() if word == "feedback"]


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    made = Desk(tmp_path)
    yield made
    made.feedback.close()
    made.database.close()


def test_a_correction_counts_as_waiting_until_it_is_approved(desk: Desk) -> None:
    first = desk.answer()
    _, counted = desk.feedback.add(first.id, thumb_up=False, rater="Anna")
    assert (counted.deployment, counted.corrections, counted.pending) == ("desks", 0, 0)
    assert counted.sentence.startswith(RATED)
    _, counted = desk.feedback.add(first.id, comment="Too short.", rater="Anna")
    assert counted.sentence.startswith(REMARKED)
    kept, counted = desk.feedback.add(first.id, correction="refunds", rater="Anna")
    assert (counted.pending, counted.needed) == (1, 100)
    assert counted.sentence == (
        f"{CORRECTED}0 of 100 approved corrections towards the next training; 1 waits for a review."
    )
    desk.approve(kept)
    counted = desk.feedback.counted(desk.deployment.id)
    assert (counted.corrections, counted.pending) == (1, 0)
    assert counted.sentence == "1 of 100 approved corrections towards the next training."


def test_second_thoughts_and_what_says_nothing_do_not_count_twice(desk: Desk) -> None:
    given = desk.answer(output="refunds")
    for correction in ("billing", "delivery"):
        _, counted = desk.feedback.add(given.id, correction=correction, rater="Anna")
        assert desk.feedback.counted(desk.deployment.id).pending == 1
    _, counted = desk.feedback.add(given.id, correction="billing", rater="Berta")
    assert counted.pending == 2
    _, counted = desk.feedback.add(given.id, correction=" Refunds", rater="Carl")
    assert (counted.pending, counted.sentence.startswith(SAME)) == (2, True)
    hidden = desk.answer(variant="shadow")
    assert desk.feedback.add(hidden.id, correction="x", rater="Anna")[1].pending == 2


def test_counting_as_it_comes_is_the_same_as_counting_anew(desk: Desk) -> None:
    answers = [desk.answer() for _ in range(6)]
    for number in range(24):
        desk.feedback.add(
            answers[number % 6].id,
            correction=None if number % 3 else f"desk {number % 5}",
            comment="said",
            rater=f"rater {number % 4}",
        )
        fresh = hearing(desk.database)
        assert desk.feedback.counted(desk.deployment.id) == fresh.counted(desk.deployment.id)


def test_feedback_on_a_model_asked_directly_counts_towards_nothing(desk: Desk) -> None:
    given = desk.answer(deployment_id=None)
    _, counted = desk.feedback.add(given.id, correction="refunds", rater="Anna")
    assert (counted.deployment, counted.needed, counted.sentence) == (None, None, DIRECT)
    with pytest.raises(NotFound):
        desk.feedback.counted("deployment_0")


def test_the_same_key_is_the_same_feedback_for_one_project(desk: Desk) -> None:
    given = desk.answer()
    said = {"correction": "refunds", "rater": "Anna", "source": Source.API, "key": "k"}
    first, _ = desk.feedback.add(given.id, **said)
    again, counted = desk.feedback.add(given.id, **said)
    assert (first, counted.pending) == (again, 1)
    other, _ = desk.feedback.add(given.id, project_id="project_1", **said)
    assert other.id != first.id
    with pytest.raises(Conflict):
        desk.feedback.add(given.id, **{**said, "correction": "billing"})
    with pytest.raises(InvalidInput):
        desk.feedback.add(given.id, **{**said, "key": "x" * 256})
    assert desk.journal() == [first.id, other.id]


async def test_many_at_once_are_written_together_and_each_is_told_its_own(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers = [desk.answer() for _ in range(3)]
    syncs: list[int] = []
    append = Journal.append_all

    def counted(journal: Journal, word: str, items: Sequence[Value]) -> None:
        syncs.append(len(items))
        append(journal, word, items)

    monkeypatch.setattr(Journal, "append_all", counted)

    async def say(number: int) -> str:
        id = answers[number % 3].id if number % 10 else "inference_0"
        try:
            kept, _ = await desk.feedback.add_async(
                id,
                thumb_up=True,
                correction=None,
                comment=f"number {number}",
                rater="Anna",
                source=Source.API,
                key=None,
                project_id=None,
            )
        except NotFound:
            return ""
        return kept.comment or ""

    told = await asyncio.gather(*(say(number) for number in range(100)))
    assert told == [f"number {n}" if n % 10 else "" for n in range(100)]
    assert len(desk.journal()) == 90
    assert (sum(syncs), len(syncs) < 10) == (90, True)


def test_what_the_disk_refuses_is_not_acknowledged(desk: Desk) -> None:
    given = desk.answer()
    assert desk.store.journal is not None
    folder = desk.store.journal.folder
    folder.rename(folder.with_name("elsewhere"))
    folder.write_text("a file in the way")
    with pytest.raises(StorageFailed, match="feedback journal"):
        desk.feedback.add(given.id, thumb_up=True, rater="Anna")
    assert desk.feedback.for_inference(given.id) == []
    folder.unlink()
    kept, _ = desk.feedback.add(given.id, thumb_up=True, rater="Anna")
    assert desk.feedback.for_inference(given.id) == [kept]


def test_closing_keeps_what_was_taken_and_takes_no_more(desk: Desk) -> None:
    given = desk.answer()
    service = hearing(desk.database)
    said = [
        threading.Thread(
            target=service.add, args=(given.id,), kwargs={"thumb_up": True, "rater": n}
        )
        for n in ("Anna", "Berta")
    ]
    for one in said:
        one.start()
    for one in said:
        one.join()
    service.close()
    service.close()
    assert len(service.for_inference(given.id)) == 2
    with pytest.raises(StorageFailed, match="shutting down"):
        service.add(given.id, thumb_up=True, rater="Anna")


@pytest.mark.parametrize("said", [{"correction": "\ud800"}, {"comment": "x", "rater": "\udfff"}])
def test_half_a_character_is_refused_before_it_meets_others(
    desk: Desk, said: dict[str, str]
) -> None:
    given = desk.answer()
    with pytest.raises(InvalidInput, match="half a character"):
        desk.feedback.add(given.id, **{"rater": "Anna", **said})


def test_of_two_answers_to_the_same_question_one_is_preferred(desk: Desk) -> None:
    one, other = desk.answer(), desk.answer(output="legal")
    kept = desk.feedback.prefer(one.id, other.id, "b", shown_first="a", rater=" Anna ")
    assert (kept.winner, kept.shown_first, kept.blind, kept.rater) == ("b", "a", False, "Anna")
    assert desk.feedback.preferences(other.id) == [kept]
    asked = desk.answer(messages=samples.inference().messages[:-1])
    for a, b in ((one.id, one.id), (one.id, asked.id)):
        with pytest.raises(InvalidInput, match="same question"):
            desk.feedback.prefer(a, b, "tie", shown_first="a", rater="Anna")
    with pytest.raises(NotFound):
        desk.feedback.prefer(one.id, "inference_0", "tie", shown_first="a", rater="Anna")
    with pytest.raises(NotFound):
        desk.feedback.prefer(
            one.id, other.id, "tie", shown_first="a", rater="Anna", project_id="project_2"
        )


def test_what_is_counted_of_an_answer_belongs_to_who_was_given_it(desk: Desk) -> None:
    given = desk.answer(session="visitor-1")
    service: FeedbackService = desk.feedback
    assert service.was_given(given.id, desk.deployment.id, "visitor-1")
    assert not service.was_given(given.id, desk.deployment.id, "visitor-2")
    assert not service.was_given(given.id, "deployment_2", "visitor-1")
    assert not service.was_given("inference_0", desk.deployment.id, "visitor-1")
