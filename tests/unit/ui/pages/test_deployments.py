"""Deployments' view models: ages, stories, gates, trials, names, and what a policy refuses."""

from __future__ import annotations

from datetime import date, timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from studio.domain.deployments import Action, Slot
from studio.domain.errors import Conflict, InvalidInput
from studio.domain.retraining import CycleState, Mode
from studio.domain.tuning_terms import TuningTerms
from studio.ui.pages.deployments.deploy_vm import Deploying
from studio.ui.pages.deployments.gate_vm import check_rows, on_log_scale, rollout_now
from studio.ui.pages.deployments.lasting import HERE, UNKNOWN, lasts
from studio.ui.pages.deployments.list_vm import DeploymentList, champion_since
from studio.ui.pages.deployments.policy_fields import changed
from studio.ui.pages.deployments.policy_numbers import ADVANCED, PLAIN, SUITES
from studio.ui.pages.deployments.policy_vm import PolicyForm
from studio.ui.pages.deployments.timeline_vm import called, timeline
from studio.ui.pages.deployments.vm import DeploymentPage, reached
from studio.ui.pages.deployments.words import ACTIONS, SLOTS, STATES, TRIGGERS, age, number
from tests.fakes.page_cycles import FakeRetraining, gate
from tests.fakes.page_flywheel import FakeDeployments, add_flywheel, revision
from tests.fakes.page_services import services as fake_services
from tests.fakes.page_values import model_version


@pytest.fixture
def services() -> Any:
    return add_flywheel(fake_services())


def test_every_fixed_word_has_plain_ones() -> None:
    from studio.domain.retraining import TriggerKind

    assert set(SLOTS) == set(Slot) and set(ACTIONS) == set(Action)
    assert set(STATES) == set(CycleState) and set(TRIGGERS) == set(TriggerKind)


def test_how_long_the_champion_answers_is_read_from_the_ledger() -> None:
    deployments = FakeDeployments()
    since = champion_since(deployments.get("dep_1"), deployments.ledger("dep_1"))
    assert since == deployments.rows[1].created_at
    assert age(since, deployments.rows[1].created_at + timedelta(days=3)) == "3 days"
    assert age(None, deployments.rows[1].created_at) == ""


def test_the_story_is_one_list_newest_first() -> None:
    deployments, retraining = FakeDeployments(), FakeRetraining()
    retraining.reach(CycleState.REJECTED)
    entries = timeline(deployments.rows, [(retraining.kept[0], retraining.moves)], deployments.ways)
    assert [entry.title for entry in entries] == [
        "Champion changed: Letters v1 → Letters v2",
        "Cycle 1: refused",
        "Deployed: Letters v1",
    ]
    assert entries[0].by.endswith("by the flywheel") and entries[2].by.endswith("by anna")
    assert ("Price", "not known") in entries[0].facts


def test_two_of_the_same_name_are_told_apart_by_their_numbers() -> None:
    ways = {one.id: one for one in (revision(1, name="Mail"), revision(2, name="Mail"))}
    assert called(ways, "rev_2") == "Mail (no. 2)"
    assert called({"rev_1": ways["rev_1"]}, "rev_1") == "Mail"
    assert called(ways, "rev_9") == ""


def test_the_end_of_a_base_model_is_said_as_far_as_it_is_known(services: Any) -> None:
    assert lasts(services, "starter") == HERE
    assert lasts(services, "endpoint:openai/gpt-small") == UNKNOWN
    ends = date(2027, 1, 14)
    services.tuning_prices = SimpleNamespace(
        terms=lambda backend, model: TuningTerms(
            basis="its price list", ends=ends if model == "gpt-small" else None
        )
    )
    assert lasts(services, "endpoint:openai/gpt-small") == "Its base model ends on 2027-01-14"
    assert lasts(services, "endpoint:openai/ft:gpt-small:me::x").endswith("2027-01-14")
    away = model_version().with_(endpoint="openai", base_model="gpt-small")
    services.models.tuned = [away]
    assert lasts(services, away.id).endswith("2027-01-14")


def test_what_stands_in_the_way_comes_first_and_is_said_in_words() -> None:
    decision = gate()
    failed = decision.checks[1].with_(verdict="fail")
    unproven = decision.checks[0].with_(verdict="inconclusive", blocking=False)
    rows = check_rows(decision.with_(checks=(decision.checks[2], unproven, failed)))
    assert [row.verdict for row in rows] == [
        "fails",
        "does not apply",
        "not proven, does not block",
    ]
    assert rows[0].numbers == "29 won, 11 lost · p = 0.003 · n = 40"


def test_a_factor_is_drawn_around_one() -> None:
    slower = (
        gate()
        .checks[0]
        .with_(
            name="latency_p95",
            kind="guardrail",
            champion=2.0,
            candidate=3.0,
            difference=1.0,
            low=1.2,
            high=1.9,
            threshold=1.25,
            wins=None,
        )
    )
    (row,) = check_rows(gate().with_(checks=(slower,)))
    assert (row.value, row.nothing) == (1.5, 1.0)
    assert row.numbers == "2 → 3 · × 1.50 · interval × 1.20 to × 1.90 · n = 200"


@pytest.mark.parametrize(
    ("e_value", "place"), [(1.0, 0.5), (20.0, 1.0), (400.0, 1.0), (0.05, 0.0), (0.0, 0.0)]
)
def test_harm_lies_on_a_log_scale(e_value: float, place: float) -> None:
    assert on_log_scale(e_value, 20) == pytest.approx(place)


def test_a_trial_nobody_looked_at_shows_no_numbers() -> None:
    retraining = FakeRetraining()
    retraining.reach(CycleState.CANARY, trial=True)
    assert retraining.trial is not None
    now = rollout_now(retraining.trial, None)
    assert now.arms == () and now.e_value == 1.0
    baking = retraining.trial.with_(status="baking")
    assert rollout_now(baking, None).stage == "Promoted and still watched"


def test_a_cycle_that_ended_shows_how_far_it_got() -> None:
    retraining = FakeRetraining()
    retraining.reach(CycleState.REJECTED)
    assert reached(retraining.kept[0], retraining.moves) is CycleState.GATING
    retraining.reach(CycleState.KEPT)
    assert reached(retraining.kept[0], retraining.moves) is CycleState.KEPT


def test_a_list_says_when_nothing_is_learnt(services: Any) -> None:
    services.deployments.change("dep_1", may_train=False)
    page = DeploymentList(services=services, project_id="prj_1")
    page.load()
    assert page.lines[0].state == "Does not learn"


def test_a_page_tells_what_a_rollback_would_do(services: Any) -> None:
    page = DeploymentPage(services=services, name="letters")
    page.load()
    assert page.back_to() == "Letters v1 answers again."
    services.deployments.place("dep_1", Slot.CANDIDATE, "rev_1", actor="a", reason="r")
    page.load()
    assert page.back_to() == "Letters v1 is taken out; Letters v2 stays."
    page.roll_back()
    assert "quarantined" in page.outcome.told and page.outcome.undo is None


def test_a_rung_is_deployed_with_what_is_around_its_question(services: Any) -> None:
    from tests.fakes.page_ladder import climbed

    climbed(services.ladder)
    form = Deploying(services=services, project_id="prj_1")
    form.load()
    run = form.runs[form.what]
    assert run.score is not None
    best = max(one.score.value for one in form.runs.values() if one.score)
    assert run.score.value == best, "the best measured rung is proposed"
    form.name = "best"
    made = form.go()
    way = services.deployments.ways[made.slots[Slot.CHAMPION]]
    assert way.setup == run.setup and way.suite_version_id == run.suite.version_id


def test_names_are_proposed_until_somebody_writes_one(services: Any) -> None:
    form = Deploying(services=services, project_id="prj_1", what="model:starter")
    form.load()
    form.choose("model:starter")
    assert form.name == form.proposed() and form.wrong_name() is None
    form.name = "mine"
    form.choose("model:mv_1")
    assert form.name == "mine"


def test_a_policy_takes_what_can_be_and_refuses_the_rest(services: Any) -> None:
    form = PolicyForm(services=services, deployment_id="dep_1", project_id="prj_1")
    with pytest.raises(Conflict):
        _ = form.now
    form.load()
    with pytest.raises(Conflict, match="locked"):
        form.put("mode", Mode.AUTO)
    with pytest.raises(InvalidInput):
        form.put("min_raters", 0)
    services.policies.locked = ""
    form.load()
    form.put("mode", Mode.AUTO)
    assert form.save().mode is Mode.AUTO
    assert form.save().version == 2, "the next save goes on from what was kept"


def test_every_number_of_the_form_is_kept_as_it_is_shown(services: Any) -> None:
    policy = services.policies.get("dep_1")
    for field in (*PLAIN, *(one for some in ADVANCED.values() for one in some)):
        shown = field.shown(policy)
        again = changed(policy, field.path, field.taken(shown))
        assert again == policy, field.path
        assert shown is not None or field.optional, field.path


def test_every_number_of_gate_and_trial_is_in_the_form(services: Any) -> None:
    policy = services.policies.get("dep_1")
    shown = {one.path for some in ADVANCED.values() for one in some}
    wanted = {
        f"{part}.{name}"
        for part in ("gate", "rollout")
        for name in type(getattr(policy, part)).model_fields
    }
    # The stages are a list, which the file takes.
    assert wanted - shown == {"rollout.stages"}
    assert {path for path, *_ in SUITES} <= set(type(policy).model_fields)


@pytest.mark.parametrize(
    ("value", "words"), [(None, "not known"), (1234, "1,234"), (0.12345, "0.1235"), ("a", "a")]
)
def test_evidence_is_written_for_people(value: Any, words: str) -> None:
    assert number(value) == words
