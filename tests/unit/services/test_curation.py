"""Curation: versions of a cycle made once, lineage, what counts as learnt, and what waits."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

import pytest

from studio.core.intake import content_hash
from studio.core.splits import counts
from studio.domain.curation import Curated
from studio.domain.datasets import DataFormat, Dataset, DatasetVersion, Split
from studio.domain.deployments import Deployment
from studio.domain.feedback import ApprovedCorrection
from studio.domain.retraining import CycleState, RetrainCycle, TriggerKind
from studio.services.curation import CurationService
from studio.store import rows
from studio.store.curation import CurationStore
from studio.store.database import Database
from studio.store.datasets import DatasetStore
from studio.store.retraining import RetrainingStore
from tests.corrections import NOON, correction, questions, row
from tests.unit.store.cycles import cycle, policy

TO_GATE = (
    CycleState.SNAPSHOTTING,
    CycleState.VALIDATING,
    CycleState.TRAINING,
    CycleState.EVALUATING,
    CycleState.GATING,
)


class Desk:
    """A curation service on a database, with original data and approvals as a test wants."""

    def __init__(self, database: Database) -> None:
        self.deployment = Deployment(
            id="deployment_1", project_id="project_1", name="router", salt="x", created_at=NOON
        )
        self.datasets = DatasetStore(database)
        self.cycles = RetrainingStore(database)
        self.approved_ones: list[ApprovedCorrection] = []
        self.policy = policy(dataset_version_id="version_1", min_raters=1, max_share_one_rater=1.0)
        self.service = CurationService(
            CurationStore(database),
            self.datasets,
            self,
            lambda id: self.deployment,
            lambda id: self.policy,
        )
        known = [
            *(row(q, system="Label it.") for q in islice(questions(0, 80, "Old"), 20)),
            *(row(q, system="Label it.") for q in islice(questions(80, 90, "Old"), 4)),
            *(row(q, system="Label it.") for q in islice(questions(90, 100, "Old"), 6)),
        ]
        self.datasets.add_version(
            DatasetVersion(
                id="version_1",
                dataset_id="dataset_1",
                number=1,
                n_examples=len(known),
                splits=counts(known),
                n_refused=0,
                content_hash=content_hash(known),
                source_filename="tickets.csv",
                source_sha256="",
                format=DataFormat.CHAT,
                system_prompt="Label it.",
                created_at=NOON,
            ),
            known,
            dataset=Dataset(
                id="dataset_1", project_id="project_1", name="Tickets", created_at=NOON
            ),
        )

    def approved(self, deployment_id: str) -> list[ApprovedCorrection]:
        return list(self.approved_ones)

    def approve(self, low: int, high: int, n: int, word: str = "New", **changes: object) -> None:
        self.approved_ones += [
            correction(question, **changes) for question in islice(questions(low, high, word), n)
        ]

    def begin(self, id: str = "cycle_1", **changes: object) -> RetrainCycle:
        return self.cycles.begin(cycle(id, policy=self.policy).with_(**changes), "Begun.")

    def move(self, waits: RetrainCycle, *states: CycleState) -> RetrainCycle:
        for state in states:
            waits = self.cycles.move(waits, state, "On.", at=NOON)
        return waits


@pytest.fixture
def desk() -> Iterator[Desk]:
    with Database(None) as database:
        yield Desk(database)


def test_a_cycle_makes_a_version_to_train_on_and_one_that_is_held_out(desk: Desk) -> None:
    desk.approve(0, 80, 8)
    desk.approve(80, 100, 2)
    made = desk.service.snapshot(desk.begin())
    assert (made.n_corrections, made.n_holdout, made.n_replay, made.n_validation) == (8, 2, 20, 4)
    assert made.issues == ()
    assert made.sentence.startswith("Learns from 8 corrections and 20 original rows")
    training = desk.datasets.version(made.dataset_version_id or "")
    assert training.splits == {Split.TRAIN: 28, Split.VALIDATION: 4, Split.TEST: 6}
    assert training.system_prompt == "Label it."
    assert training.source_filename == "cycle 1 of router"
    held = desk.datasets.version(made.holdout_version_id or "")
    assert held.splits == {Split.TRAIN: 0, Split.VALIDATION: 0, Split.TEST: 2}
    names = [dataset.name for dataset in desk.datasets.datasets("project_1")]
    assert sorted(names) == ["Tickets", "router flywheel", "router flywheel, held out"]
    assert desk.cycles.learnt("cycle_1") == {"train": 8, "holdout": 2}


def test_asked_again_it_is_the_same_whatever_came_since(desk: Desk) -> None:
    desk.approve(0, 80, 3)
    begun = desk.begin()
    made = desk.service.snapshot(begun)
    desk.approve(0, 80, 5, "Later")
    assert desk.service.snapshot(begun) == made == desk.service.curated("cycle_1")
    assert len(desk.datasets.examples(made.dataset_version_id or "")) == 33
    assert desk.cycles.learnt("cycle_1") == {"train": 3}


def test_the_next_cycle_learns_all_so_far_not_only_what_is_new(desk: Desk) -> None:
    desk.approve(0, 80, 3)
    first = desk.begin()
    desk.service.snapshot(first)
    desk.move(first, *TO_GATE, CycleState.REJECTED)
    desk.approve(0, 80, 2, "Later")
    made = desk.service.snapshot(desk.begin("cycle_2"))
    assert made.n_corrections == 5
    versions = desk.datasets.versions(desk.datasets.datasets("project_1")[1].id)
    assert [version.number for version in versions] == [1, 2]


def test_what_failed_before_its_gate_has_learnt_nothing(desk: Desk) -> None:
    """A draft of the view took a correction for learnt once it was in any dataset version."""
    desk.approve(0, 80, 3)
    desk.approve(80, 100, 2)
    assert desk.service.waiting("deployment_1").groups == 5
    begun = desk.begin()
    desk.service.snapshot(begun)
    assert desk.service.waiting("deployment_1").groups == 0
    desk.move(begun, CycleState.SNAPSHOTTING, CycleState.VALIDATING, CycleState.FAILED)
    again = desk.service.waiting("deployment_1")
    assert (again.groups, again.held_out, again.raters) == (5, 2, {"Ada": 5})
    second = desk.begin("cycle_2")
    assert desk.service.snapshot(second).n_corrections == 3
    desk.move(second, *TO_GATE, CycleState.INCONCLUSIVE)
    assert desk.service.waiting("deployment_1").groups == 0


def test_what_says_the_same_again_is_nothing_new(desk: Desk) -> None:
    desk.approve(0, 80, 1)
    begun = desk.begin()
    desk.service.snapshot(begun)
    desk.move(begun, *TO_GATE, CycleState.REJECTED)
    desk.approve(0, 80, 1, rater="Bob", feedback_id="feedback_b")
    assert desk.service.waiting("deployment_1").groups == 0
    desk.approved_ones = []
    desk.approve(0, 80, 1, answer="returns", feedback_id="feedback_c")
    assert desk.service.waiting("deployment_1").groups == 1


def test_without_consent_nothing_is_gathered_and_nothing_waits(desk: Desk) -> None:
    desk.approve(0, 80, 3)
    desk.deployment = desk.deployment.with_(may_train=False)
    made = desk.service.snapshot(desk.begin())
    assert made.dataset_version_id is None
    assert made.issues == ("What is sent to router may not be learnt from.",)
    assert desk.cycles.learnt("cycle_1") == {}
    assert desk.service.waiting("deployment_1").groups == 0
    assert len(desk.datasets.datasets("project_1")) == 1


def test_where_a_base_model_ends_the_original_data_alone_is_learnt_by_another(desk: Desk) -> None:
    made = desk.service.snapshot(desk.begin(trigger=TriggerKind.BASE_SHUTDOWN))
    assert made.issues == ()
    assert (made.n_corrections, made.n_replay > 0) == (0, True)


def test_nothing_to_learn_or_to_learn_beside_forbids_a_training(desk: Desk) -> None:
    desk.policy = desk.policy.with_(dataset_version_id=None)
    made = desk.service.snapshot(desk.begin())
    assert [issue.split(",")[0] for issue in made.issues] == [
        "No approved correction may be learnt yet.",
        "The policy names no original data",
    ]


@pytest.mark.parametrize(
    ("rules", "said"),
    [
        ({"min_raters": 2}, "come from 1 person; 2 are asked for"),
        ({"max_share_one_rater": 0.7}, "Ada gave 100% of the corrections"),
    ],
)
def test_one_person_alone_teaches_only_when_a_person_starts_it(
    desk: Desk, rules: dict[str, object], said: str
) -> None:
    desk.approve(0, 80, 3)
    desk.policy = desk.policy.with_(**rules)
    begun = desk.begin()
    assert said in desk.service.snapshot(begun).issues[0]
    desk.move(begun, CycleState.SNAPSHOTTING, CycleState.VALIDATING, CycleState.REJECTED)
    manual = desk.service.snapshot(desk.begin("cycle_2", trigger=TriggerKind.MANUAL))
    assert manual.issues == ()
    assert said in manual.report[-1]


def test_refused_corrections_are_listed_with_the_version(desk: Desk) -> None:
    desk.approve(0, 80, 2)
    desk.approved_ones.append(correction("Old?", answer=""))
    made = desk.service.snapshot(desk.begin())
    assert [one.reason for one in made.refused] == ["Its answer is empty."]
    refused = desk.datasets.refused(made.dataset_version_id or "")
    assert [one.reason for one in refused] == ["Its answer is empty."]


def test_a_dataset_of_the_same_name_is_left_alone(desk: Desk) -> None:
    theirs = Dataset(
        id="dataset_9", project_id="project_1", name="router flywheel", created_at=NOON
    )
    desk.datasets.add_dataset(theirs)
    desk.approve(0, 80, 2)
    desk.service.snapshot(desk.begin())
    assert desk.datasets.versions("dataset_9") == []
    assert desk.datasets.dataset_by_name("project_1", "router flywheel 2") is not None


def test_a_crash_between_versions_and_membership_leaves_nothing(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.approve(0, 80, 2)
    begun = desk.begin()
    whole = rows.cell

    def dies(content: object) -> object:
        if isinstance(content, Curated):
            raise RuntimeError("power cut")
        return whole(content)

    with monkeypatch.context() as patch:
        patch.setattr(rows, "cell", dies)
        with pytest.raises(RuntimeError):
            desk.service.snapshot(begun)
    assert desk.service.curated("cycle_1") is None
    assert desk.cycles.learnt("cycle_1") == {}
    assert len(desk.datasets.datasets("project_1")) == 1
    assert desk.service.snapshot(begun).n_corrections == 2
