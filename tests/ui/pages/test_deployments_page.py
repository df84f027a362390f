"""Deployments: the list and its form; a deployment's slots, cycle, story, numbers and policy."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from studio.domain.deployments import Slot
from studio.domain.retraining import CycleState, Mode
from studio.ui.pages.deployments import list_view, view
from tests.fakes.page_flywheel import FakeDeployments, add_flywheel
from tests.fakes.page_shell import FakeShell
from tests.ui.pages.conftest import Open, until


@pytest.fixture
def services(services: Any) -> Any:
    return add_flywheel(services)


def element(user: Any, marker: str) -> Any:
    return next(iter(user.find(marker=marker).elements))


async def test_the_list_says_what_answers_and_how_it_is_liked(open_page: Open) -> None:
    user = await open_page(list_view.build)
    await user.should_see("letters")
    await user.should_see("Letters v2")
    await user.should_see("It waits for 63 more approved corrections.")
    await user.should_see("80 %")
    await user.should_see("95 % interval 71–87 %, 80 of 100")
    await user.should_see("1,234")


async def test_a_long_description_does_not_fill_the_list(open_page: Open, services: Any) -> None:
    services.deployments.change("dep_1", description="word " * 60)
    user = await open_page(list_view.build)
    await user.should_see("word word …")
    await user.should_not_see("word " * 59)


async def test_an_empty_list_offers_to_deploy_and_the_form_does_it(
    open_page: Open, services: Any, shell: FakeShell
) -> None:
    services.deployments.made = []
    user = await open_page(list_view.build)
    user.find(marker="no-deployments-action").click()
    await user.should_see(marker="deploy-name")
    element(user, "deploy-what").set_value("model:starter")
    element(user, "deploy-name").set_value("Not A Name")
    user.find(marker="deploy-go").click()
    await user.should_see("Only small letters, digits and hyphens")
    element(user, "deploy-name").set_value("mail-sorter")
    element(user, "deploy-learn").set_value(False)
    user.find(marker="deploy-go").click()
    await until(lambda: shell.went == ["/deployments/mail-sorter"])
    (made,) = services.deployments.made
    assert not made.may_train
    assert services.deployments.ways["rev_mail-sorter"].model_id == "starter"


async def test_a_manager_reads_why_it_changed_and_rolls_it_back(
    open_page: Open, services: Any
) -> None:
    services.retraining.reach(CycleState.PROMOTED)
    user = await open_page(view.build, name="letters")
    await user.should_see("Letters v2 answers for")
    user.find(marker="tab-why-it-changed").click()
    await user.should_see("Champion changed: Letters v1 → Letters v2")
    await user.should_see("ledger verified: 2 rows")
    await user.should_see("Corrections fixed")
    user.find(marker="roll-back").click()
    await user.should_see("Letters v1 answers now. Letters v2 is quarantined")
    await user.should_not_see(marker="notice-action")
    await user.should_see("Rolled back: Letters v2 → Letters v1")
    await user.should_see("ledger verified: 3 rows")
    assert element(user, "roll-back").props["disabled"]


async def test_from_what_answers_one_gets_to_the_cycle_and_to_what_it_learnt(
    open_page: Open, services: Any
) -> None:
    services.retraining.reach(CycleState.PROMOTED)
    (cycle,) = services.retraining.kept
    services.retraining.kept = [cycle.with_(dataset_version_id="ver_7", holdout_version_id="ver_8")]
    way = services.deployments.ways["rev_2"]
    services.deployments.ways["rev_2"] = way.with_(cycle_id=cycle.id, dataset_version_id="ver_7")
    user = await open_page(view.build, name="letters")
    await user.should_see("No. 2, learnt in cycle 1")
    assert element(user, "slot-champion-data").props["href"] == "/datasets/ver_7"
    assert element(user, "cycle-data").props["href"] == "/datasets/ver_7"
    assert element(user, "cycle-held-out").props["href"] == "/datasets/ver_8"


async def test_what_was_not_quarantined_can_be_brought_back(open_page: Open, services: Any) -> None:
    services.deployments.quarantines = False
    user = await open_page(view.build, name="letters")
    user.find(marker="roll-back").click()
    await user.should_see("Letters v1 answers now.")
    user.find(marker="notice-action").click()
    await until(
        lambda: services.deployments.get("dep_1").slots[Slot.CHAMPION] == "rev_2",
    )


async def test_a_candidate_gets_another_share_and_is_promoted(
    open_page: Open, services: Any
) -> None:
    services.deployments = FakeDeployments()
    services.deployments.place("dep_1", Slot.CANDIDATE, "rev_1", actor="a", reason="r")
    services.deployments.split("dep_1", 0.05, actor="a", reason="r")
    user = await open_page(view.build, name="letters")
    await user.should_see("95 %")
    element(user, "share").set_value(40)
    user.find(marker="share-set").click()
    await until(lambda: services.deployments.get("dep_1").share == 0.4)
    await user.should_see("60 %")
    user.find(marker="promote-candidate").click()
    await user.should_see("Letters v1 answers now.")
    assert services.deployments.get("dep_1").slots[Slot.CHAMPION] == "rev_1"
    user.find(marker="notice-action").click()
    await until(lambda: services.deployments.get("dep_1").slots[Slot.CHAMPION] == "rev_2")
    assert not services.deployments.ways["rev_1"].quarantined


async def test_another_model_is_brought_on_trial(open_page: Open, services: Any) -> None:
    user = await open_page(view.build, name="letters")
    user.find(marker="bring").click()
    await user.should_see(marker="bring-what")
    element(user, "bring-what").set_value("model:starter")
    user.find(marker="bring-way-candidate").click()
    element(user, "bring-share").set_value(10)
    user.find(marker="bring-go").click()
    await user.should_see("Letters v3 is candidate now.")
    made = services.deployments.get("dep_1")
    assert (made.slots[Slot.CANDIDATE], made.share) == ("rev_3", 0.1)


async def test_it_says_what_it_waits_for_and_begins_at_a_press(
    open_page: Open, services: Any
) -> None:
    user = await open_page(view.build, name="letters")
    await user.should_see("37 of 100 approved corrections")
    await user.should_see("over the limit")
    await user.should_see("No place can train now.")
    await user.should_see("Or it begins")
    user.find(marker="cycle-start").click()
    await until(lambda: services.retraining.begun == 1)
    await user.should_see(marker="cycle-cancel")


async def test_a_cycle_under_way_is_replaced_only_after_a_question(
    open_page: Open, services: Any
) -> None:
    services.retraining.reach(CycleState.AWAITING_APPROVAL)
    user = await open_page(view.build, name="letters")
    user.find(marker="cycle-start").click()
    await user.should_see("The cycle under way is replaced")
    assert services.retraining.begun == 0
    user.find(marker="cycle-over-yes").click()
    await until(lambda: services.retraining.begun == 1)


@pytest.mark.parametrize(
    ("state", "what", "after"),
    [
        (CycleState.AWAITING_APPROVAL, "approve", CycleState.SHADOW),
        (CycleState.AWAITING_APPROVAL, "decline", CycleState.REJECTED),
        (CycleState.TRAINING, "cancel", CycleState.CANCELLED),
    ],
)
async def test_a_person_has_a_word_with_a_reason(
    open_page: Open, services: Any, state: CycleState, what: str, after: CycleState
) -> None:
    services.retraining.reach(state)
    user = await open_page(view.build, name="letters")
    user.find(marker=f"cycle-{what}").click()
    await user.should_see(marker=f"cycle-{what}-note")
    element(user, f"cycle-{what}-note").set_value(" We looked at it. ")
    user.find(marker=f"cycle-{what}-yes").click()
    await until(lambda: services.retraining.said == [(what, "We looked at it.")])
    await user.should_see(f"It is {after} now.")


async def test_gate_and_trial_show_their_numbers(open_page: Open, services: Any) -> None:
    services.retraining.reach(CycleState.CANARY, trial=True)
    user = await open_page(view.build, name="letters")
    await user.should_see("Better on 29 of 40 held-out corrections (p = 0.003).")
    await user.should_see("80.0 % → 81.0 %")
    await user.should_see("+1.0 points")
    await user.should_see("29 won, 11 lost")
    await user.should_see("does not apply")
    await user.should_see("Stage 2 of 4: 25 % of the sessions")
    await user.should_see("2.86: calm")


async def test_another_window_says_what_is_not_known(open_page: Open, services: Any) -> None:
    user = await open_page(view.build, name="letters")
    user.find(marker="tab-numbers").click()
    await user.should_see("0.4052 USD")
    await user.should_see("Questions are about other things.")
    user.find(marker="window-1").click()
    await user.should_see("the price of 7 answers is not known")
    await user.should_see("nobody has rated yet")


async def test_the_policy_is_kept_as_one_writes(
    open_page: Open, services: Any, shell: FakeShell
) -> None:
    user = await open_page(view.build, name="letters")
    user.find(marker="tab-how-it-learns").click()
    await user.should_see("Locked. A person must have approved one cycle")
    await user.should_see("With 74 reference questions nothing can be proven.")
    user.find(marker="policy-mode-auto").click()
    await user.should_see("That is locked.")
    user.find(marker="policy-mode-notify").click()
    element(user, "policy-min-new-corrections").set_value(40)
    element(user, "policy-monthly-budget-usd").set_value(12.5)
    element(user, "policy-gate-max-loss").set_value(2)
    await until(lambda: services.policies.kept.version > 0)
    kept = services.policies.kept
    assert (kept.mode, kept.min_new_corrections) == (Mode.NOTIFY, 40)
    assert (kept.monthly_budget_usd, kept.gate.max_loss) == (Decimal("12.5"), 0.02)
    element(user, "policy-min-raters").set_value(None)
    await user.should_see("A number is needed here.")
    assert services.policies.kept.min_raters == 2


async def test_with_other_data_something_else_is_locked(open_page: Open, services: Any) -> None:
    user = await open_page(view.build, name="letters")
    user.find(marker="tab-how-it-learns").click()
    await user.should_see("Locked. A person must have approved one cycle")
    services.policies.locked = "Its reference set needs 100 questions and has 10."
    element(user, "policy-dataset-version-id").set_value("dsv_1")
    await user.should_see("Locked. Its reference set needs 100 questions and has 10.")
    assert services.policies.kept.dataset_version_id == "dsv_1"


async def test_a_policy_is_paused_and_armed(open_page: Open, services: Any) -> None:
    user = await open_page(view.build, name="letters")
    user.find(marker="tab-how-it-learns").click()
    await user.should_see(marker="policy-pause")
    user.find(marker="policy-pause").click()
    await user.should_see("Paused by a person on its page.")
    user.find(marker="policy-arm").click()
    await until(lambda: not services.policies.kept.paused_because)


async def test_data_goes_elsewhere_only_when_somebody_agreed(
    open_page: Open, services: Any
) -> None:
    services.training.elsewhere = ("endpoint:openai",)
    user = await open_page(view.build, name="letters")
    user.find(marker="tab-how-it-learns").click()
    await user.should_see(marker="policy-backend")
    element(user, "policy-backend").set_value("endpoint:openai")
    await user.should_see("I agree that questions and corrections are sent to")
    assert services.policies.kept.agreed_to == ""
    element(user, "policy-base-model").set_value("gpt-large")
    element(user, "policy-fallback-backend").set_value("")
    await until(lambda: services.policies.kept.base_model == "gpt-large")
    await until(lambda: services.policies.kept.fallback_backend is None)
    element(user, "policy-agree").set_value(True)
    await until(lambda: bool(services.policies.kept.agreed_to))


async def test_the_feedback_page_is_opened_and_closed(open_page: Open, services: Any) -> None:
    user = await open_page(view.build, name="letters")
    user.find(marker="tab-how-to-call-it").click()
    await user.should_see('"model": "letters"')
    user.find(marker="link-open").click()
    await user.should_see("/f/secret-end")
    user.find(marker="link-close").click()
    await user.should_see(marker="link-closed")


async def test_a_changed_ledger_is_told(open_page: Open, services: Any) -> None:
    services.deployments.broken = 2
    user = await open_page(view.build, name="letters")
    user.find(marker="tab-why-it-changed").click()
    await user.should_see("ledger was changed at row 2")


async def test_a_name_without_a_deployment_says_so(open_page: Open) -> None:
    user = await open_page(view.build, name="nothing")
    await user.should_see("There is no deployment nothing.")
