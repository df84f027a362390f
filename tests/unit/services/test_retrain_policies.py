"""Policies: the default, versions, what is refused, pausing and arming, and YAML by line."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from studio.domain.datasets import DataFormat, DatasetVersion, Split
from studio.domain.deployments import Deployment, Revision, Slot
from studio.domain.errors import Conflict, InvalidInput, NotFound
from studio.domain.retraining import CycleState, Mode
from studio.services import policy_files
from studio.services.retrain_policies import RetrainPolicyService
from studio.store.database import Database
from studio.store.retrain_policies import RetrainPolicyStore
from studio.store.retraining import RetrainingStore
from tests.unit.store.cycles import NOON, at, cycle


class Deployments:
    """One deployment with revisions as a test wants them."""

    def __init__(self) -> None:
        self.deployment = Deployment(
            id="deployment_1",
            project_id="project_1",
            name="router",
            slots={Slot.CHAMPION: "revision_1", Slot.ANCHOR: "revision_1"},
            salt="x",
            created_at=NOON,
        )
        self.kept = [revision("revision_1", 1, dataset_version_id="version_1")]

    def get(self, deployment_id: str) -> Deployment:
        if deployment_id != self.deployment.id:
            raise NotFound(f"There is no deployment {deployment_id}.")
        return self.deployment

    def revisions(self, deployment_id: str) -> list[Revision]:
        return self.kept


def revision(id: str, number: int, **changes: object) -> Revision:
    return Revision(
        id=id,
        deployment_id="deployment_1",
        number=number,
        name="Router",
        model_id="small",
        created_at=NOON,
    ).with_(**changes)


class Desk:
    """A policy service on a database of its own."""

    def __init__(self, database: Database) -> None:
        self.deployments = Deployments()
        self.golden = 200
        self.uses = 0
        self.minute = 0
        self.changes = 0
        self.cycles = RetrainingStore(database)
        self.service = RetrainPolicyService(
            RetrainPolicyStore(database),
            self.deployments,
            self.version,
            uses=lambda policy: self.uses,
            changed=self.changed,
            clock=self.clock,
        )

    def changed(self) -> None:
        self.changes += 1

    def clock(self) -> datetime:
        self.minute += 1
        return at(self.minute)

    def version(self, id: str) -> DatasetVersion:
        if id not in ("version_1", "version_2"):
            raise NotFound(f"There is no dataset version {id}.")
        return DatasetVersion(
            id=id,
            dataset_id="dataset_1",
            number=1,
            n_examples=self.golden,
            splits={Split.TEST: self.golden},
            n_refused=0,
            content_hash="",
            source_filename="",
            source_sha256="",
            format=DataFormat.CHAT,
            created_at=datetime(2026, 1, 1, tzinfo=UTC),
        )

    def approve_one(self, actor: str = "Ada") -> None:
        waits = self.cycles.begin(cycle(), "Begun.")
        for state in (
            CycleState.SNAPSHOTTING,
            CycleState.VALIDATING,
            CycleState.TRAINING,
            CycleState.EVALUATING,
            CycleState.GATING,
            CycleState.AWAITING_APPROVAL,
        ):
            waits = self.cycles.move(waits, state, "On.", at=NOON)
        self.cycles.move(waits, CycleState.SHADOW, "Approved.", at=NOON, actor=actor)


@pytest.fixture
def desk() -> Iterator[Desk]:
    with Database(None) as database:
        yield Desk(database)


def test_the_default_asks_a_person_and_replays_what_the_champion_was_tuned_on(desk: Desk) -> None:
    policy = desk.service.get("deployment_1")
    assert (policy.version, policy.mode, policy.min_new_corrections) == (
        0,
        Mode.TRAIN_THEN_ASK,
        100,
    )
    assert policy.dataset_version_id == "version_1"
    assert desk.service.get("deployment_1") == policy
    with pytest.raises(NotFound):
        desk.service.get("deployment_2")


def test_what_a_cycle_made_is_never_taken_for_the_original_data(desk: Desk) -> None:
    made = revision("revision_2", 2, dataset_version_id="version_2", cycle_id="cycle_1")
    desk.deployments.kept.append(made)
    desk.deployments.deployment = desk.deployments.deployment.with_(
        slots={Slot.CHAMPION: "revision_2", Slot.ANCHOR: "revision_2"}
    )
    assert desk.service.get("deployment_1").dataset_version_id == "version_1"
    desk.deployments.kept = [revision("revision_1", 1)]
    assert desk.service.get("deployment_1").dataset_version_id is None


def test_each_change_is_a_version_of_its_own_and_says_whose_it_was(desk: Desk) -> None:
    first = desk.service.get("deployment_1")
    saved = desk.service.save(first.with_(min_new_corrections=50), actor="Ada")
    assert (saved.version, saved.changed_by) == (1, "Ada")
    assert desk.service.get("deployment_1") == saved
    with pytest.raises(Conflict, match="version 1 by now, not 0"):
        desk.service.save(first, actor="Grace")
    assert [policy.version for policy in desk.service.versions("deployment_1")] == [1]
    assert desk.changes == 1


def test_settings_that_cannot_be_are_refused(desk: Desk) -> None:
    policy = desk.service.get("deployment_1")
    with pytest.raises(NotFound, match="version_9"):
        desk.service.save(policy.with_(golden_version_id="version_9"), actor="Ada")
    with pytest.raises(NotFound, match="version_9"):
        desk.service.save(policy.with_(safety_version_id="version_9"), actor="Ada")
    with pytest.raises(InvalidInput, match=r"hyperparameters\.epoch"):
        desk.service.save(policy.with_(hyperparameters={"epoch": 3}), actor="Ada")
    assert desk.service.get("deployment_1") == policy


def test_all_the_way_is_unlocked_by_an_approved_cycle_and_a_large_reference_set(desk: Desk) -> None:
    auto = desk.service.get("deployment_1").with_(mode=Mode.AUTO)
    desk.golden = 99
    with pytest.raises(Conflict, match="approved one cycle.*needs 100 questions and has 99"):
        desk.service.save(auto, actor="Ada")
    desk.golden = 100
    assert desk.service.auto_locked_because("deployment_1").startswith("A person must have")
    desk.approve_one()
    assert desk.service.auto_locked_because("deployment_1") == ""
    assert desk.service.save(auto, actor="Ada").mode is Mode.AUTO


def test_what_the_gate_can_prove_is_said_before_anything_is_trained(desk: Desk) -> None:
    desk.golden = 60
    small = desk.service.proves("deployment_1")
    assert small[0].startswith("With 60 reference questions not even a model that answers the very")
    assert any(said.startswith("With 20 held-out corrections") for said in small)
    desk.golden = 400
    assert "may lose at most 7 right answers" in desk.service.proves("deployment_1")[0]
    kept = desk.service.get("deployment_1").with_(min_new_corrections=400)
    desk.service.save(kept, actor="Ada")
    assert any("With 80 held-out" in said for said in desk.service.proves("deployment_1"))


def test_a_golden_set_that_was_asked_often_is_told_before_anything_is_trained(desk: Desk) -> None:
    assert not any("gates have used" in said for said in desk.service.proves("deployment_1"))
    desk.uses = 3
    assert desk.service.proves("deployment_1")[-1].startswith("3 of 10 gates have used these")
    desk.uses = 12
    assert desk.service.proves("deployment_1")[-1].endswith("at least 20% of them with new ones.")


def test_a_cycle_that_no_person_approved_unlocks_nothing(desk: Desk) -> None:
    desk.approve_one(actor="flywheel")
    assert desk.service.auto_locked_because("deployment_1")


def test_a_pause_lasts_until_somebody_arms_it(desk: Desk) -> None:
    paused = desk.service.pause("deployment_1", "Two cycles failed.")
    assert desk.service.pause("deployment_1", "Another reason.") == paused
    changed = desk.service.save(paused.with_(min_raters=1, paused_because=""), actor="Ada")
    assert changed.paused_because == "Two cycles failed."
    assert desk.service.armed_at("deployment_1") is None
    armed = desk.service.arm("deployment_1", actor="Ada")
    assert (armed.paused_because, armed.enabled) == ("", True)
    assert desk.service.arm("deployment_1", actor="Ada") == armed
    assert desk.service.armed_at("deployment_1") == armed.created_at > paused.created_at


def test_a_policy_survives_its_file(desk: Desk) -> None:
    policy = desk.service.save(
        desk.service.get("deployment_1").with_(
            monthly_budget_usd="12.50", hyperparameters={"epochs": 2.0}, schedule_days=30
        ),
        actor="Ada",
    )
    text = desk.service.to_yaml("deployment_1")
    assert policy_files.read(text, desk.service.get("deployment_1")) == policy
    assert "deployment_id" not in text
    assert "# Share of the original training data" in text


def test_a_file_changes_only_what_it_names(desk: Desk) -> None:
    saved = desk.service.from_yaml(
        "deployment_1", "mode: notify\ngate:\n  min_golden: 150\n", actor="Ada"
    )
    assert (saved.mode, saved.gate.min_golden, saved.gate.min_holdout) == (Mode.NOTIFY, 150, 20)
    assert desk.service.from_yaml("deployment_1", "", actor="Ada").mode is Mode.NOTIFY


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("mode: notify\nmin_new: 5\n", r"Line 2: there is no setting 'min_new'"),
        ("version: 7\n", r"Line 1: there is no setting 'version'"),
        ("mode: notify\n\nmin_raters: 0\n", r"Line 3: min_raters: .*greater than or equal to 1"),
        ("gate:\n  min_golden: 100\n  max_losses: 3\n", r"Line 3: gate\.max_losses"),
        ("rollout:\n  stages: [0.5, 0.2, 1]\n", r"Line 2: rollout\.stages: .*larger"),
        ("mode: notify\nmode: auto\n", r"Line 2: 'mode' stands there a second time"),
        ("mode: [\n", r"is not YAML"),
        ("- notify\n", r"Line 1: a policy is a list of settings"),
        ("mode: &a notify\nbackend: *a\n", r"Line 2: aliases"),
        ("cooldown_hours: .inf\n", r"Line 1: cooldown_hours"),
        ("mode: !!python/object:os.system x\n", r"is not YAML"),
        ("x" * 100_001, r"longer than 100,000 characters"),
        ("[" * 50_000, r"Line 1: more than 6 levels"),
        ("- " * 20_000, r"Line 1: more than 6 levels"),
        ("cooldown_hours: 2026-13-45\n", r"cannot be read as YAML: month must be"),
    ],
)
def test_each_fault_of_a_file_is_named_by_its_line(desk: Desk, text: str, said: str) -> None:
    with pytest.raises(InvalidInput, match=said):
        desk.service.from_yaml("deployment_1", text, actor="Ada")
    assert desk.service.get("deployment_1").version == 0


def test_two_people_cannot_save_the_same_version(desk: Desk) -> None:
    store = desk.service._store
    policy = desk.service.get("deployment_1").with_(version=1)
    store.add(policy)
    store.add(policy)
    with pytest.raises(Conflict, match="somebody else"):
        store.add(policy.with_(min_raters=5, created_at=NOON + timedelta(seconds=1)))
