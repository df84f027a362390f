"""A rollout is kept with every look; its arms are read from answers and thumbs."""

from __future__ import annotations

import pytest

from studio.domain.rollouts import Arm, RolloutCheck
from studio.store.database import Database
from studio.store.feedback import FeedbackStore
from studio.store.rollouts import RolloutStore
from tests.unit.store.cycles import at, inference, rollout, thumb


@pytest.fixture
def kept(database: Database) -> FeedbackStore:
    return FeedbackStore(database)


def test_a_rollout_is_written_again_as_it_grows(database: Database) -> None:
    store = RolloutStore(database)
    for grown in (rollout(), rollout(stage=2, status="baking")):
        with database.write() as cursor:
            store.write(cursor, grown)
        assert store.get("rollout_1") == grown


def test_looks_come_back_in_order(database: Database) -> None:
    store = RolloutStore(database)
    look = RolloutCheck(
        rollout_id="rollout_1",
        at=at(1),
        stage=0,
        champion=Arm(answers=3),
        candidate=Arm(answers=2, errors=1),
        harm=5,
        help=1,
        e_value=2.857,
        action="wait",
        sentence="Five against one.",
    )
    later = look.with_(at=at(2), action="advance")
    assert store.last_check("rollout_1") is None
    store.add_check(later)
    store.add_check(look)
    assert store.checks("rollout_1") == [look, later]
    assert store.last_check("rollout_1") == later


def test_the_last_word_on_an_answer_counts_where_the_first_stood(
    database: Database, kept: FeedbackStore
) -> None:
    for name, minute in (("one", 1), ("two", 2), ("three", 3), ("early", -5)):
        kept.add_inference(inference(name, "revision_2", minute))
    kept.add_inference(inference("copy", "revision_2", 4, variant="shadow"))
    kept.add_inference(inference("theirs", "revision_1", 4))
    for item in (
        thumb("two", True, 10),
        thumb("one", True, 11),
        thumb("three", None, 12),
        thumb("two", False, 13, rater="bob"),
        thumb("early", True, 14),
        thumb("copy", True, 15),
        thumb("theirs", True, 16),
    ):
        kept.add(item)
    store = RolloutStore(database)
    assert store.ratings("deployment_1", "revision_2", since=at(0)) == [False, True]
    assert store.ratings("deployment_1", "revision_2", before=at(0)) == [True]
    assert store.ratings("deployment_1", "revision_1") == [True]


def test_an_arm_counts_answers_errors_and_thumbs(database: Database, kept: FeedbackStore) -> None:
    for n in range(30):
        kept.add_inference(inference(f"a{n}", "revision_2", n, seconds=float(n)))
    kept.add_inference(inference("bad", "revision_2", 1, error="It died.", seconds=99.0))
    kept.add_inference(inference("copy", "revision_2", 2, variant="shadow"))
    kept.add(thumb("a0", True, 40))
    kept.add(thumb("a1", False, 41))
    store = RolloutStore(database)
    arm = store.arm("deployment_1", "revision_2", since=at(0))
    assert (arm.answers, arm.errors, arm.rated, arm.up) == (31, 1, 2, 1)
    assert arm.p95_seconds == pytest.approx(27.55)
    shadow = store.arm("deployment_1", "revision_2", since=at(0), shadow=True)
    assert shadow == Arm(answers=1)
    assert store.arm("deployment_1", "revision_2", since=at(20)).p95_seconds is None
