"""Counts are kept in memory, and made anew when something else has changed."""

from __future__ import annotations

from studio.domain.errors import NotFound
from studio.services.feedback_counts import SHARE, Facts, FeedbackCounts
from studio.store.feedback import About, Kept
from tests.unit.store import samples

NONE = Facts("desks", True, 0, 0, None)


class Source:
    """Facts that take a second each time they are counted."""

    def __init__(self) -> None:
        self.facts, self.moment, self.stamp, self.asked = NONE, 0.0, 0, 0
        self.counts = FeedbackCounts(self.count, lambda: self.stamp, lambda: self.moment)

    def count(self, deployment_id: str) -> Facts:
        if deployment_id != "deployment_1":
            raise NotFound("There is no such deployment.")
        self.asked += 1
        self.moment += 1
        return self.facts


def kept(deployment: str = "deployment_1", rater: str = "Anna", **changes: bool) -> Kept:
    feedback = samples.feedback("inference_1", thumb_up=None, correction="refunds", rater=rater)
    about = About("project_1", deployment, "delivery", changes.get("shown", True))
    return Kept(feedback, about, changes.get("fresh", True))


def test_corrections_are_added_without_counting_again() -> None:
    source = Source()
    assert source.counts.of("deployment_1").pending == 0
    told = source.counts.add(
        [kept(), kept(fresh=False), kept(rater="Carl", shown=False), kept(rater="Berta")]
    )
    assert [one.pending for one in told] == [2, 2, 2, 2]
    assert source.asked == 1
    assert told[0].sentence.endswith(
        "0 approved; no training begins by itself; 2 wait for a review."
    )


def test_a_batch_that_makes_the_first_count_is_not_counted_twice() -> None:
    source = Source()
    source.facts = NONE._replace(pending=1)
    assert [one.pending for one in source.counts.add([kept()])] == [1]


def test_a_change_is_counted_at_once_for_people_and_soon_for_programs() -> None:
    source = Source()
    source.counts.add([kept()])
    source.stamp, source.facts = 1, NONE._replace(corrections=5)
    assert source.counts.add([kept()])[0].corrections == 0
    source.moment += SHARE
    assert source.counts.add([kept()])[0].corrections == 5
    source.stamp, source.facts = 2, NONE._replace(corrections=6)
    assert source.counts.of("deployment_1").corrections == 6


def test_a_second_thought_is_counted_anew() -> None:
    source = Source()
    source.counts.of("deployment_1")
    source.counts.add([kept()])
    source.counts.add([kept(rater="Berta")])
    source.counts.of("deployment_1")
    assert source.asked == 1
    source.counts.add([kept()])
    source.counts.of("deployment_1")
    assert source.asked == 2
    source.facts = NONE._replace(corrected=frozenset({("inference_1", "Dora")}))
    source.counts.forget()
    source.counts.of("deployment_1")
    source.counts.add([kept(rater="Dora")])
    source.counts.of("deployment_1")
    assert source.asked == 4


def test_a_deployment_that_is_gone_counts_nothing() -> None:
    assert Source().counts.add([kept("deployment_0")])[0].deployment is None


def test_nothing_is_promised_where_nothing_is_learnt() -> None:
    source = Source()
    source.facts = NONE._replace(may_train=False)
    assert source.counts.of("deployment_1").sentence == (
        "Nothing that is said of desks is trained on."
    )
