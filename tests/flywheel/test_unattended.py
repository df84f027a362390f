"""The whole flywheel on the real starter model: corrections make it better, poison does not."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence

import pytest

from studio.core.evaluation.statistics import mcnemar_one_sided
from studio.core.splits import percent_of, prompt_hash
from studio.domain.deployments import Deployment, Slot
from studio.domain.models import BaseModel
from studio.domain.retraining import CycleState, Mode
from studio.domain.rollouts import RolloutConfig
from tests.flywheel import mail
from tests.flywheel.office import AT_ONCE, NAME, Office, Rater, Reply, office

pytestmark = [
    pytest.mark.timeout(2400),
    pytest.mark.skipif(
        os.environ.get("LADDER_UNATTENDED") != "1",
        reason="three real rounds of the flywheel take long; LADDER_UNATTENDED=1 runs them",
    ),
]

BASE = "smollm2-135m-instruct"
ROLLOUT = RolloutConfig(
    shadow_replies=10, stages=(0.5, 1.0), rated_per_arm=12, bake_days=7, bake_rated=24
)
RATERS = tuple(
    Rater(name, care)
    for name, care in (("ada", 0.98), ("ben", 0.95), ("cleo", 0.9), ("dora", 0.97), ("eli", 0.93))
)
QUICK = {"epochs": 3.0, "evaluations": 1}


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory, starter_model: BaseModel) -> Iterator[Office]:
    with office(tmp_path_factory.mktemp("office"), [starter_model], seed=5) as made:
        yield made


@pytest.fixture(scope="module")
def deployment(place: Office) -> Deployment:
    """A model that knows the old desks only, behind a name."""
    version = place.bring("mail", mail.messages(1500, mail.OLD, seed=1))
    model = place.tune(version, BASE, 160, epochs=2.0, evaluations=1)
    made = place.services.deployments.create(
        project_id=place.project, name=NAME, model_id=model, actor="ada"
    )
    policy = place.services.policies.get(made.id)
    assert policy.mode is Mode.TRAIN_THEN_ASK and policy.dataset_version_id == version.id
    place.services.policies.save(
        policy.with_(
            cooldown_hours=0,
            debounce_minutes=0,
            replay_ratio=0.08,
            effort="quick",
            hyperparameters=QUICK,
            rollout=ROLLOUT,
        ),
        actor="ada",
    )
    return made


def correct(
    place: Office, pairs: Sequence[tuple[str, str]], raters: Sequence[Rater]
) -> list[Reply]:
    """Customers ask, and whoever is answered wrongly sends what is right."""
    replies = place.ask_all(pairs, "customer")
    for at, (reply, (_, desk)) in enumerate(zip(replies, pairs, strict=True)):
        if reply.text != desk:
            told = place.say(reply, raters[at % len(raters)].name, thumb="down", correction=desk)
            assert told["counted"]
    return replies


def traffic(place: Office, deployment: Deployment, *ends: CycleState, seed: int) -> CycleState:
    """Customers ask and rate until the newest cycle comes to one of these states."""
    pairs = mail.messages(400, (*mail.OLD, *mail.NEW), seed=seed)
    for start in range(0, len(pairs), AT_ONCE):
        crowd = pairs[start : start + AT_ONCE]
        replies = place.ask_all(crowd, f"visitor-{seed}-{start}")
        for at, (reply, (_, desk)) in enumerate(zip(replies, crowd, strict=True)):
            place.rate(reply, RATERS[at % len(RATERS)], reply.text == desk)
        cycle = place.services.retraining.cycles(deployment.id)[0]
        if cycle.state in ends:
            return cycle.state
    raise AssertionError(f"after {len(pairs)} answers the cycle is still {cycle.state}")


def champion(place: Office, deployment: Deployment) -> str:
    return place.services.deployments.get(deployment.id).slots[Slot.CHAMPION]


def test_corrections_become_a_better_model(place: Office, deployment: Deployment) -> None:
    first = champion(place, deployment)
    pairs = mail.messages(130, mail.NEW, seed=3)
    before = correct(place, pairs, RATERS)
    assert place.approve_all(deployment, ("rita", "sam")) >= 100
    cycle = place.cycle(
        deployment,
        CycleState.AWAITING_APPROVAL,
        CycleState.REJECTED,
        CycleState.INCONCLUSIVE,
        CycleState.FAILED,
    )
    decision = place.services.retraining.gate(cycle.id)
    assert cycle.state is CycleState.AWAITING_APPROVAL, decision or cycle.message
    assert decision is not None and decision.verdict == "pass"

    place.services.retraining.approve(cycle.id, actor="ada")
    assert traffic(place, deployment, CycleState.KEPT, seed=11)
    assert champion(place, deployment) == cycle.candidate != first

    held = [
        (at, text, desk)
        for at, (text, desk) in enumerate(pairs)
        if percent_of(prompt_hash(mail.turns(text))) >= 80
    ]
    replies = place.ask_all([(text, desk) for _, text, desk in held], "again")
    after = [reply.text == desk for reply, (_, _, desk) in zip(replies, held, strict=True)]
    wins = sum(
        now and before[at].text != desk for now, (at, _, desk) in zip(after, held, strict=True)
    )
    losses = sum(
        not now and before[at].text == desk for now, (at, _, desk) in zip(after, held, strict=True)
    )
    assert mcnemar_one_sided(wins, losses) < 0.01
    assert place.services.deployments.verify(deployment.id) is None


def test_poison_does_not_get_through(place: Office, deployment: Deployment) -> None:
    """Colluding raters call everything Press, and careless reviewers approve it."""
    before = champion(place, deployment)
    place.services.policies.save(
        place.services.policies.get(deployment.id).with_(mode=Mode.AUTO), actor="ada"
    )
    pairs = mail.messages(135, (*mail.OLD, *mail.NEW[:3]), seed=21)
    for at, reply in enumerate(place.ask_all(pairs, "rogue")):
        place.say(reply, f"rogue-{at % 3}", thumb="down", correction="Press")
    assert place.approve_all(deployment, ("rita", "sam")) >= 100
    cycle = place.cycle(deployment, CycleState.REJECTED, CycleState.INCONCLUSIVE, CycleState.SHADOW)
    assert cycle.number == 2 and cycle.state is not CycleState.SHADOW
    decision = place.services.retraining.gate(cycle.id)
    assert decision is not None and decision.verdict != "pass"
    assert champion(place, deployment) == before
    text, desk = mail.messages(1, mail.OLD, seed=33)[0]
    assert place.ask(text, "afterwards").text == desk


def test_a_degraded_candidate_is_taken_back(place: Office, deployment: Deployment) -> None:
    """The untuned model is let loose on half of the customers, and their thumbs take it back."""
    before = champion(place, deployment)
    place.services.policies.arm(deployment.id, actor="ada")
    place.services.policies.save(
        place.services.policies.get(deployment.id).with_(
            mode=Mode.NOTIFY, rollout=ROLLOUT.with_(shadow_replies=0, rated_per_arm=200)
        ),
        actor="ada",
    )
    good = place.services.deployments.revision(before)
    bad = place.services.deployments.add_revision(
        deployment.id, model_id=BASE, setup=good.setup.with_(model_id=BASE) if good.setup else None
    )
    place.services.retraining.roll_out(deployment.id, bad.id, actor="ada", note="To see it fail.")
    assert traffic(place, deployment, CycleState.ROLLED_BACK, seed=41)
    cycle = place.services.retraining.cycles(deployment.id)[0]
    rollout = place.services.retraining.rollout(cycle.id)
    assert rollout is not None and rollout.candidate == bad.id
    last = place.services.retraining.checks(rollout.id)[-1]
    assert last.action == "rollback" and last.e_value >= ROLLOUT.rollback_at

    now = place.services.deployments.get(deployment.id)
    assert now.slots[Slot.CHAMPION] == before and Slot.CANDIDATE not in now.slots
    replies = place.ask_all(mail.messages(16, mail.OLD, seed=51), "afterwards")
    assert {reply.model for reply in replies} == {good.model_id}
    assert place.services.deployments.revision(bad.id).quarantined
    assert place.services.deployments.verify(deployment.id) is None
