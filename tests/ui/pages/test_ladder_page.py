"""The ladder as a consultant meets it, step by step."""

from typing import Any

import pytest
from nicegui.testing import User

from studio.domain.advice import Outcome
from studio.domain.charters import UseCase
from studio.domain.evaluation import RunStatus
from studio.domain.ladder import FailureKind, Rung
from studio.domain.retrieval import CorpusStatus, Gold
from studio.ui.kit.key_button import KeyButton
from studio.ui.pages.ladder import view
from studio.ui.pages.ladder.steps import Step
from tests.fakes.ladder_values import fired, rung_run, verdict
from tests.fakes.page_ladder import ENDPOINT_MODEL, climbed
from tests.fakes.page_shell import FakeShell
from tests.ui.pages.conftest import Open, until


def field(user: User, marker: str) -> Any:
    """The control under a marker."""
    return next(iter(user.find(marker=marker).elements))


@pytest.mark.parametrize("step", list(Step))
async def test_every_step_has_its_page_with_states_and_the_way_on(
    open_page: Open, services: Any, step: Step
) -> None:
    climbed(services.ladder)
    user = await open_page(view.build_step, step=step)
    await user.should_see(marker="step-rail")
    await user.should_see("Measured · 61.0 %")
    order = list(Step)
    if step is not order[-1]:
        after = order[order.index(step) + 1]
        link = field(user, "ladder-next-bottom")
        assert link.props["href"] == f"/ladder/{after}"
    if step is not order[0]:
        await user.should_see(marker="ladder-back-bottom")


async def test_a_project_with_nothing_in_it_is_offered_the_sample(
    open_page: Open, services: Any
) -> None:
    services.datasets.sets, services.datasets.kept = [], []
    services.ladder.chosen = None
    user = await open_page(view.build)
    await user.should_see("Load the sample project")
    link = field(user, "ladder-empty-link")
    assert link.props["href"] == "/ladder/charter"


async def test_the_way_in_goes_on_where_work_was_left(open_page: Open, services: Any) -> None:
    climbed(services.ladder)
    services.charters.sign("prj_1", "Ada")
    user = await open_page(view.build)
    await user.should_see("Why is it wrong?")


async def test_the_charter_is_kept_as_one_types(
    open_page: Open, services: Any, shell: FakeShell
) -> None:
    user = await open_page(view.build_step, step="charter")
    field(user, "charter-client").set_value("Wrenfield")
    field(user, "charter-target").set_value(80)
    await until(lambda: services.charters.get("prj_1").client == "Wrenfield")
    assert services.charters.get("prj_1").target == 0.8
    await until(lambda: shell.n_saved > 0)


async def test_what_cannot_be_is_told_at_its_field_and_not_kept(
    open_page: Open, services: Any
) -> None:
    user = await open_page(view.build_step, step="charter")
    field(user, "charter-target").set_value(140)
    await user.should_see("At most 100.")
    assert services.charters.get("prj_1").target is None


async def test_a_use_case_fills_what_is_empty(open_page: Open, services: Any) -> None:
    user = await open_page(view.build_step, step="charter")
    user.find(marker=f"charter-use-case-{UseCase.SUPPORT}").click()
    await user.should_see("Answer the usual questions at once and pass on the rest.")
    assert field(user, "charter-target").value == 70


async def test_a_signed_charter_is_closed_and_continued_as_the_next_version(
    open_page: Open, services: Any
) -> None:
    user = await open_page(view.build_step, step="charter")
    assert field(user, "charter-sign").props["disabled"]
    field(user, "charter-objective").set_value("Sort letters.")
    field(user, "charter-signer").set_value("Ada Muster")
    user.find(marker="charter-sign").click()
    await user.should_see("Version 1 is agreed")
    await user.should_not_see(marker="charter-client")
    user.find(marker="charter-continue").click()
    await user.should_see("Sign version 2")
    assert services.charters.get("prj_1").number == 1
    field(user, "charter-client").set_value("Wrenfield")
    await until(lambda: services.charters.get("prj_1").number == 2)
    first, second = services.charters.kept
    assert (first.client, first.signed is None) == ("", False)
    assert (second.client, second.signed) == ("Wrenfield", None)


async def test_stakeholders_come_and_go_with_a_way_back(open_page: Open, services: Any) -> None:
    user = await open_page(view.build_step, step="charter")
    user.find(marker="charter-add").click()
    await user.should_see(marker="charter-person-0")
    field(user, "charter-person-0").set_value("Ben")
    await until(lambda: bool(services.charters.get("prj_1").stakeholders))
    user.find(marker="charter-remove-0").click()
    await user.should_see("Ben was taken out.")
    user.find(marker="notice-action").click()
    await user.should_see(marker="charter-person-0")


async def test_questions_stand_in_their_step_and_unknown_is_an_answer(
    open_page: Open, services: Any
) -> None:
    user = await open_page(view.build_step, step="rag")
    await user.should_see("Must every answer name its source?")
    await user.should_see("Only passages that were looked up can be cited. Unknown is fine.")
    user.find(marker="question-needs-citation-yes").click()
    await until(lambda: services.ladder.answered.get("needs_citation") is True)
    user.find(marker="question-needs-citation-unknown").click()
    await until(lambda: services.ladder.answered.get("needs_citation") is None)


async def test_the_evidence_says_what_its_size_can_show(open_page: Open, services: Any) -> None:
    user = await open_page(view.build_step, step="evidence")
    await user.should_see("you are here")
    await user.should_see("±17.5 points")
    await user.should_see("advanced rungs open from here")
    field(user, "evidence-limit").set_value(12)
    await user.should_see("8 more needed", retries=30)
    await user.should_see("Import more examples")
    assert services.ladder.chosen.limit == 12


async def test_a_prompt_is_set_up_seen_and_measured(
    open_page: Open, services: Any, shell: FakeShell
) -> None:
    user = await open_page(view.build_step, step="prompt")
    await user.should_see("Measure on 82 examples")
    field(user, "rung-system").set_value("Answer with one team.")
    user.find(marker="rung-start").click()
    await user.should_see("Measuring has begun.")
    made = services.ladder.runs[0]
    assert made.setup.system == "Answer with one team."
    await user.should_see("0 of 82 answered")
    services.ladder.finish(made.id, 0.5)
    shell.news.emit(None)
    await user.should_see("50.0 %", retries=30)
    await user.should_see("power of this machine, a prior", retries=3)


async def test_a_template_without_the_question_cannot_be_measured(
    open_page: Open, services: Any
) -> None:
    user = await open_page(view.build_step, step="prompt")
    field(user, "rung-template").set_value("Hello")
    await user.should_see("Put {question} where the user's words belong.")
    assert field(user, "rung-start").props["disabled"]
    field(user, "rung-template").set_value("{question} {passages}")
    await user.should_see("{passages} is not known here.")


async def test_a_model_elsewhere_says_where_questions_go(open_page: Open, services: Any) -> None:
    user = await open_page(view.build_step, step="prompt")
    await user.should_not_see("Leaves this machine")
    field(user, "rung-model").set_value(ENDPOINT_MODEL)
    await user.should_see("Leaves this machine: api.example.com.", retries=30)


async def test_a_measurement_can_be_stopped(open_page: Open, services: Any) -> None:
    services.ladder.runs = [rung_run("rr_1", Rung.PROMPT, None)]
    user = await open_page(view.build_step, step="prompt")
    await user.should_see("30 of 82 answered")
    user.find(marker="ladder-progress-rr_1-cancel").click()
    await user.should_see("Cancelled", retries=30)
    assert services.ladder.runs[0].status is RunStatus.CANCELLED


async def test_wrong_answers_are_sorted_with_the_keyboard_s_buttons_and_taken_back(
    open_page: Open, services: Any
) -> None:
    climbed(services.ladder)
    services.ladder.said = []
    user = await open_page(view.build_step, step="failures")
    await user.should_see("0 of 12 sorted (12 wrong answers in all)")
    await user.should_see("Letter 0: where is my parcel?")
    user.find(marker="failures-context").click()
    await user.should_see("Letter 1: where is my parcel?")
    await user.should_see("1 of 12 sorted (12 wrong answers in all)")
    assert [one.kind for one in services.ladder.said] == [FailureKind.CONTEXT]
    user.find(marker="failures-undo").click()
    await user.should_see("Letter 0: where is my parcel?")
    assert services.ladder.said == []
    buttons = [e for e in user.client.elements.values() if isinstance(e, KeyButton)]
    assert len(buttons) == 4


async def test_a_blocked_rung_names_the_rule(open_page: Open, services: Any) -> None:
    services.ladder.said_verdict = verdict(
        fired=(
            fired(
                "B1",
                Outcome.BLOCK,
                names=(Rung.RAG, Rung.LONG_CONTEXT, Rung.FINE_TUNE),
                effect="Agree first on what counts as a right answer.",
            ),
        )
    )
    user = await open_page(view.build_step, step="rag")
    await user.should_see("Rule B1 blocks this rung")
    await user.should_see("Blocked · rule B1")
    assert field(user, "rung-start").props["disabled"]


async def test_documents_are_indexed_searched_and_the_search_is_measured(
    open_page: Open, services: Any, shell: FakeShell, tmp_path: Any
) -> None:
    services.retrieval.create("prj_1", "Documents")
    file = tmp_path / "handbook.md"
    file.write_text("Goods can be returned within 14 days.", encoding="utf-8")
    services.retrieval.add("cor_1", file)
    services.retrieval.places = [
        Gold(corpus_id="cor_1", prompt_hash="h1", document_key="handbook.md", start=0, end=5)
    ]
    user = await open_page(view.build_step, step="rag")
    await user.should_see("Not indexed yet")
    await user.should_see("Index the documents first.")
    user.find(marker="corpus-index").click()
    await user.should_see("Cutting documents")
    services.retrieval.become(CorpusStatus.READY, message="", progress=None)
    shell.news.emit(None)
    await user.should_see("Try the search", retries=30)
    field(user, "corpus-question").set_value("How long can goods be returned?")
    user.find(marker="corpus-search").click()
    await user.should_see("Goods can be returned within 14 days.")
    await user.should_see("words: place 1, meaning: place 2")
    user.find(marker="corpus-measure").click()
    await user.should_see("85.0 %", retries=30)


async def test_the_pilot_says_what_it_takes_and_is_followed(open_page: Open, services: Any) -> None:
    user = await open_page(view.build_step, step="fine-tune")
    await user.should_see("Red flag")
    await user.should_see("2027-01-14", retries=30)
    await user.should_see("not known")
    await user.should_see("Start the pilot")
    user.find(marker="rung-start").click()
    await user.should_see("Pilot · 3 of 30 steps", retries=30)
    assert services.ladder.piloted[0].rung is Rung.FINE_TUNE
    assert field(user, "rung-start").props["disabled"]
    await user.should_see("A training is under way.")


async def test_a_step_that_is_none_is_told(open_page: Open, services: Any) -> None:
    with pytest.raises(Exception, match="no step"):
        await view.build_step(services, FakeShell(), "dance")  # type: ignore[arg-type]
