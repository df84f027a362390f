"""Whether a deployment begins a cycle, from what is kept of it; time goes on when told to."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal

import pytest

from studio.domain.curation import Waiting
from studio.domain.deployments import Deployment, Slot
from studio.domain.retraining import CycleState, Readiness, RetrainCycle, TriggerKind
from studio.services.retrain_facts import Outlook, Readier, Sources, corrections_needed
from studio.store.database import Database
from studio.store.retraining import RetrainingStore
from tests.unit.store.cycles import NOON, cycle, policy

S = CycleState
DEPLOYMENT = Deployment(
    id="deployment_1", project_id="project_1", name="router", salt="s", created_at=NOON
)


class Desk:
    """A readier whose sources say what a test wants."""

    def __init__(self) -> None:
        self.store, self.now = RetrainingStore(Database(None)), NOON
        self.policy = policy(min_new_corrections=100)
        self.armed: datetime | None = None
        self.waiting = Waiting(groups=120, raters={"bob": 70, "cem": 50}, newest=NOON, held_out=24)
        self.sources = Sources(
            policy=lambda id: self.policy,
            armed_at=lambda id: self.armed,
            waiting=lambda id: self.waiting,
            thumbs=lambda deployment: None,
            psi=lambda id: None,
            outlook=lambda policy: Outlook(None),
            shutdown=lambda deployment: None,
            disagreement=lambda id: "",
        )

    @property
    def readier(self) -> Readier:
        return Readier(self.store, self.sources, lambda: self.now)

    def ready(self) -> Readiness:
        return self.readier.readiness(DEPLOYMENT)

    def unmet(self) -> set[str]:
        return {one.name for one in self.ready().conditions if not one.met}

    def ended(self, state: CycleState, id: str = "cycle_1", **changes: object) -> RetrainCycle:
        """Adds a cycle that begins and ends now."""
        before = {S.KEPT: S.PROMOTED, S.ROLLED_BACK: S.CANARY, S.PROMOTED: S.CANARY}
        given = {"state": before.get(state, S.VALIDATING), "created_at": self.now, **changes}
        if state in (S.INCONCLUSIVE, S.REJECTED):
            given["state"] = S.GATING
        begun = self.store.begin(cycle(id, updated_at=self.now, **given), "Because.")
        return self.store.move(begun, state, "It ended.", at=self.now)


@pytest.fixture
def desk() -> Desk:
    made = Desk()
    made.now = NOON + timedelta(hours=1)
    return made


def test_enough_corrections_of_enough_people_begin_a_cycle(desk: Desk) -> None:
    assert desk.ready().fires is TriggerKind.CORRECTIONS
    desk.waiting = desk.waiting.with_(groups=99)
    assert desk.ready().fires is None
    assert "99 of 100" in desk.ready().sentence


def test_somebody_in_the_midst_of_correcting_can_finish(desk: Desk) -> None:
    desk.now = NOON + timedelta(minutes=14)
    assert desk.unmet() == {"debounce"}
    desk.now = NOON + timedelta(minutes=15)
    assert desk.ready().fires is TriggerKind.CORRECTIONS


def test_cycles_keep_their_distance(desk: Desk) -> None:
    desk.ended(S.FAILED)
    desk.now += timedelta(hours=23)
    assert "cooldown" in desk.unmet()
    desk.now += timedelta(hours=1)
    assert desk.ready().fires is TriggerKind.CORRECTIONS


def test_the_end_of_a_watch_does_not_begin_the_distance_anew(desk: Desk) -> None:
    promoted = desk.ended(S.PROMOTED)
    desk.now += timedelta(days=7)
    desk.store.move(promoted, S.KEPT, "It stays.", at=desk.now)
    assert desk.ready().fires is TriggerKind.CORRECTIONS


def test_nothing_begins_while_a_cycle_holds_the_deployment(desk: Desk) -> None:
    desk.store.begin(cycle(), "Because.")
    assert desk.unmet() == {"open_cycle"}


def test_after_a_rejection_it_takes_half_as_many_again(desk: Desk) -> None:
    desk.ended(S.REJECTED, gate_id="gate_1")
    desk.now += timedelta(hours=25)
    corrections = next(one for one in desk.ready().conditions if one.name == "corrections")
    assert (corrections.need, corrections.met) == (150, False)


def test_what_was_refused_before_its_gate_does_not_count_as_new_again(desk: Desk) -> None:
    desk.ended(S.REJECTED, evidence={"corrections": 120.0})
    desk.now += timedelta(hours=25)
    corrections = next(one for one in desk.ready().conditions if one.name == "corrections")
    assert corrections.need == 180


def test_whoever_corrects_is_told_the_number_with_which_a_cycle_begins(desk: Desk) -> None:
    assert corrections_needed(desk.policy, []) == 100
    desk.ended(S.REJECTED, evidence={"corrections": 120.0})
    desk.now += timedelta(hours=25)
    need = next(one.need for one in desk.ready().conditions if one.name == "corrections")
    cycles = desk.store.cycles("deployment_1")
    assert corrections_needed(desk.policy, cycles) == need == 180
    assert corrections_needed(desk.policy.with_(paused_because="Look."), cycles) is None
    assert corrections_needed(desk.policy.with_(enabled=False), cycles) is None


def test_bad_ends_count_in_a_row_since_somebody_armed_it(desk: Desk) -> None:
    for n, state in enumerate((S.FAILED, S.PROMOTED, S.REJECTED, S.CANCELLED, S.ROLLED_BACK)):
        desk.now += timedelta(hours=1)
        desk.ended(state, f"cycle_{n}")
    assert desk.readier.bad_ends("deployment_1", desk.policy) == 2
    assert "failures" in desk.unmet()
    desk.armed = desk.now
    assert desk.readier.bad_ends("deployment_1", desk.policy) == 0


def test_a_budget_needs_known_costs(desk: Desk) -> None:
    desk.policy = desk.policy.with_(monthly_budget_usd=Decimal(10))
    assert "budget" in desk.unmet()
    desk.sources = replace(desk.sources, outlook=lambda policy: Outlook(Decimal(4)))
    assert desk.ready().fires is TriggerKind.CORRECTIONS
    desk.ended(S.PROMOTED, job_id="job_1", estimated_usd=Decimal(3), actual_usd=Decimal(7))
    desk.now += timedelta(hours=25)
    assert desk.readier.spent("deployment_1") == Decimal(7)
    assert "budget" in desk.unmet()
    paid = desk.store.cycle("cycle_1").with_(policy=desk.policy)
    assert desk.readier.left(paid) == Decimal(3)
    desk.now = datetime(2026, 12, 1, 12, tzinfo=NOON.tzinfo)
    assert desk.readier.spent("deployment_1") == Decimal(0)
    assert desk.ready().fires is TriggerKind.CORRECTIONS


def test_of_a_cost_that_is_not_known_nothing_is_left(desk: Desk) -> None:
    desk.policy = desk.policy.with_(monthly_budget_usd=Decimal(10))
    desk.ended(S.PROMOTED, job_id="job_1")
    assert desk.readier.spent("deployment_1") is None
    assert desk.readier.left(desk.store.cycle("cycle_1").with_(policy=desk.policy)) == Decimal(0)
    assert desk.readier.left(desk.store.cycle("cycle_1")) is None


def test_without_a_place_to_train_it_waits_and_says_why(desk: Desk) -> None:
    why = "endpoint:acme: its fine-tuning ended on 2027-01-06."
    desk.sources = replace(desk.sources, outlook=lambda policy: Outlook(None, why))
    assert desk.ready().fires is None
    assert why in desk.ready().sentence


def test_raters_who_disagree_agree_first(desk: Desk) -> None:
    desk.sources = replace(desk.sources, disagreement=lambda id: "Your raters disagree.")
    assert desk.unmet() == {"agreement"}


def test_thumbs_drift_and_a_base_that_ends_can_begin_one_too(desk: Desk) -> None:
    desk.waiting = desk.waiting.with_(groups=5)
    desk.policy = desk.policy.with_(thumbs_down_ceiling=0.3, drift_trains=True)
    assert desk.ready().fires is None
    desk.sources = replace(desk.sources, psi=lambda id: 0.4)
    assert desk.ready().fires is TriggerKind.DRIFT
    desk.sources = replace(desk.sources, thumbs=lambda deployment: (40, 100))
    assert desk.ready().fires is TriggerKind.THUMBS
    desk.sources = replace(desk.sources, shutdown=lambda deployment: date(2027, 1, 14))
    assert desk.ready().fires is TriggerKind.BASE_SHUTDOWN


def test_a_base_that_ends_is_not_trained_away_from_every_day(desk: Desk) -> None:
    desk.waiting = Waiting()
    desk.sources = replace(desk.sources, shutdown=lambda deployment: date(2027, 1, 14))
    deployment = DEPLOYMENT.with_(slots={Slot.CHAMPION: "revision_1"})
    assert desk.readier.readiness(deployment).fires is TriggerKind.BASE_SHUTDOWN
    desk.ended(S.INCONCLUSIVE, trigger=TriggerKind.BASE_SHUTDOWN, gate_id="gate_1")
    desk.now += timedelta(hours=25)
    assert desk.readier.readiness(deployment).fires is None
    # What answers now was never tried to be moved.
    newer = DEPLOYMENT.with_(slots={Slot.CHAMPION: "revision_2"})
    assert desk.readier.readiness(newer).fires is TriggerKind.BASE_SHUTDOWN


def test_a_cycle_that_proved_nothing_is_repeated_when_there_is_more_to_judge_by(
    desk: Desk,
) -> None:
    last = desk.ended(S.INCONCLUSIVE, gate_id="gate_1")
    with desk.store._database.write() as cursor:
        cursor.execute(
            "INSERT INTO curated_corrections SELECT ?, 'f' || n, 'h' || n, 'holdout'"
            " FROM range(10) AS t(n)",
            [last.id],
        )
    desk.now += timedelta(hours=25)
    desk.waiting = desk.waiting.with_(groups=50, held_out=29)
    assert desk.ready().fires is None
    desk.waiting = desk.waiting.with_(held_out=30)
    again = desk.ready()
    assert again.fires is TriggerKind.CORRECTIONS
    assert "Cycle 1 proved nothing, and 20 more" in again.sentence
    desk.sources = replace(desk.sources, disagreement=lambda id: "Your raters disagree.")
    assert desk.ready().fires is None
