"""A look at a rollout reads what both arms did, and lets the rules decide."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest

from studio.domain.rollouts import RolloutConfig
from studio.services.rollout_looks import Looks
from studio.store.database import Database
from studio.store.feedback import FeedbackStore
from studio.store.rollouts import RolloutStore
from tests.unit.store.cycles import NOON, at, inference, rollout, thumb

CONFIG = RolloutConfig(shadow_replies=3, rated_per_arm=3, stages=(0.1, 0.5, 1.0), bake_rated=4)


class Desk:
    """Answers and thumbs as a test wants them."""

    def __init__(self) -> None:
        self.database = Database(None)
        self.kept = FeedbackStore(self.database)
        self.looks = Looks(RolloutStore(self.database), lambda: NOON + timedelta(hours=2))
        self._n = 0

    def answered(
        self, revision: str, thumbs: str, minute: float = 1.0, variant: str = "champion"
    ) -> None:
        """Adds an answer for each letter: + liked, - not liked, . not rated, ! failed."""
        for letter in thumbs:
            self._n += 1
            id, when = f"inference_{self._n}", minute + self._n / 1000
            error = "It died." if letter == "!" else ""
            self.kept.add_inference(inference(id, revision, when, variant=variant, error=error))
            if letter in "+-":
                self.kept.add(thumb(id, letter == "+", when))


@pytest.fixture
def desk() -> Iterator[Desk]:
    made = Desk()
    yield made
    made.database.close()


def test_copies_are_counted_in_shadow(desk: Desk) -> None:
    seen = rollout(config=CONFIG, stage=-1)
    desk.answered("revision_2", "..", variant="shadow")
    assert desk.looks.shadow(seen).action == "wait"
    desk.answered("revision_2", ".", variant="shadow")
    look = desk.looks.shadow(seen)
    assert (look.action, look.candidate.answers, look.stage) == ("advance", 3, -1)


def test_a_candidate_that_is_liked_goes_on(desk: Desk) -> None:
    seen = rollout(config=CONFIG)
    desk.answered("revision_1", "++-")
    desk.answered("revision_2", "++")
    assert desk.looks.canary(seen).action == "wait"
    desk.answered("revision_2", "+")
    look = desk.looks.canary(seen)
    assert (look.action, look.harm, look.help) == ("advance", 0, 1)
    assert desk.looks.canary(seen.with_(stage=1)).action == "promote"


def test_seven_pairs_of_harm_are_enough(desk: Desk) -> None:
    seen = rollout(config=CONFIG)
    desk.answered("revision_1", "+" * 7)
    desk.answered("revision_2", "-" * 6)
    assert desk.looks.canary(seen).action != "rollback"
    desk.answered("revision_2", "-")
    look = desk.looks.canary(seen)
    assert (look.action, look.harm, look.e_value) == ("rollback", 7, 31.875)


def test_harm_of_an_earlier_stage_is_not_forgotten(desk: Desk) -> None:
    desk.answered("revision_1", "+" * 7)
    desk.answered("revision_2", "-" * 7)
    later = rollout(config=CONFIG, stage=1, stage_started_at=at(30))
    look = desk.looks.canary(later)
    assert (look.action, look.candidate.answers) == ("rollback", 0)


def test_failed_answers_bring_it_back(desk: Desk) -> None:
    desk.answered("revision_1", "." * 20)
    desk.answered("revision_2", "!" * 5)
    assert desk.looks.canary(rollout(config=CONFIG)).action == "rollback"


def test_a_bake_is_compared_with_what_the_old_champion_got_before(desk: Desk) -> None:
    seen = rollout(config=CONFIG, stage=2, status="baking", stage_started_at=at(60))
    desk.answered("revision_1", "+++++", minute=-60)
    desk.answered("revision_1", "+++")
    desk.answered("revision_2", "+++")
    desk.answered("revision_2", "---", minute=61)
    look = desk.looks.bake(seen)
    assert (look.action, look.harm, look.candidate.rated) == ("wait", 3, 3)
    desk.answered("revision_2", "+", minute=61)
    assert desk.looks.bake(seen).candidate.rated == 4


def test_a_bake_that_goes_well_ends(desk: Desk) -> None:
    seen = rollout(config=CONFIG, stage=2, status="baking", stage_started_at=at(60))
    desk.answered("revision_1", "+++")
    desk.answered("revision_2", "++++", minute=61)
    assert desk.looks.bake(seen).action == "keep"
