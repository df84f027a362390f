"""What the ladder's pages decide."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from studio.domain.advice import Facts, Outcome
from studio.domain.datasets import Split
from studio.domain.errors import InvalidInput
from studio.domain.ladder import FailureKind, Rung
from studio.domain.retrieval import CorpusStatus
from studio.ui.pages.ladder.charter_questions import FIELDS, GROUPS
from studio.ui.pages.ladder.charter_vm import CharterForm, facts
from studio.ui.pages.ladder.corpus_vm import CorpusPage
from studio.ui.pages.ladder.evidence_vm import EvidencePage
from studio.ui.pages.ladder.fact_words import FACTS, SHARES, fact_name, fact_value
from studio.ui.pages.ladder.failures_vm import TriagePage
from studio.ui.pages.ladder.fine_tune_vm import FineTunePage
from studio.ui.pages.ladder.overview import Overview
from studio.ui.pages.ladder.questions_vm import StepQuestions
from studio.ui.pages.ladder.results_vm import AnswerReader, key_figures, runs_of
from studio.ui.pages.ladder.rung_vm import RungForm, described
from studio.ui.pages.ladder.steps import Step, StepKind, neighbours, step_named, step_of_rung
from studio.ui.pages.ladder.verdict_vm import VerdictPage
from tests.fakes.page_ladder import (
    ENDPOINT_MODEL,
    charter,
    climbed,
    comparison,
    fired,
    rung_run,
    verdict,
)
from tests.fakes.page_services import services as fake_services
from tests.fakes.page_values import model_version


@pytest.fixture
def services() -> Any:
    return fake_services()


@pytest.fixture
def overview(services: Any) -> Overview:
    made = Overview(services=services, project_id="prj_1")
    made.load()
    return made


def form(services: Any, rung: Rung = Rung.PROMPT, **draft: Any) -> RungForm:
    made = RungForm(services=services, project_id="prj_1", rung=rung, draft=draft)
    made.load()
    return made


def test_steps_are_found_however_they_are_spelled() -> None:
    assert step_named("few_shot") is step_named("Few-shot") is Step.FEW_SHOT
    assert step_named("dance") is None
    assert neighbours(Step.CHARTER) == (None, Step.EVIDENCE)
    assert neighbours(Step.VERDICT) == (Step.FINE_TUNE, None)
    assert step_of_rung(Rung.LONG_CONTEXT) is Step.RAG


def test_a_fresh_project_begins_with_the_charter(services: Any, overview: Overview) -> None:
    assert overview.current is Step.CHARTER
    assert not overview.empty
    services.datasets.sets, services.ladder.chosen = [], None
    overview.load()
    assert overview.empty
    assert overview.states[Step.PROMPT].words == "Blocked · no evidence yet"
    assert overview.states[Step.FAILURES].words == "Blocked · nothing measured"


def test_states_follow_what_was_done(services: Any, overview: Overview) -> None:
    services.charters.kept = [charter(client="Wrenfield")]
    climbed(services.ladder)
    overview.load()
    assert overview.states[Step.CHARTER].words == "In progress · not signed"
    assert overview.states[Step.EVIDENCE].words == "Done · 82 examples"
    assert overview.states[Step.FEW_SHOT].words == "Measured · 61.0 %"
    assert overview.states[Step.FAILURES].words == "In progress · 5 of 20"
    assert overview.states[Step.VERDICT].kind is StepKind.MEASURED
    services.charters.sign("prj_1", "Ada")
    overview.load()
    assert overview.states[Step.CHARTER].words == "Done · version 1 signed"
    assert overview.current is Step.FAILURES


def test_too_few_examples_leave_the_evidence_unfinished(services: Any, overview: Overview) -> None:
    services.ladder.size = 12
    overview.load()
    assert overview.states[Step.EVIDENCE].words == "In progress · 12 of 20 examples"


def test_a_block_stops_only_what_it_names(services: Any, overview: Overview) -> None:
    block = fired("B2", Outcome.BLOCK, names=(Rung.FINE_TUNE, Rung.RAG_FINE_TUNE))
    services.ladder.said_verdict = verdict(fired=(block,))
    overview.load()
    assert overview.blocks(Rung.RAG) is None
    assert overview.states[Step.FINE_TUNE].words == "Blocked · rule B2"
    assert overview.states[Step.RAG].kind is StepKind.NOT_BEGUN


def test_the_best_run_is_one_on_the_present_examples(services: Any, overview: Overview) -> None:
    other = rung_run("rr_0", value=0.99, suite=services.ladder.chosen.with_(limit=5))
    services.ladder.runs = [rung_run("rr_1", value=0.4), rung_run("rr_2", value=0.5), other]
    overview.load()
    best = overview.best(Rung.PROMPT)
    assert best is not None and best.id == "rr_2"


@pytest.mark.parametrize(
    ("name", "given", "kept"),
    [
        ("target", 80, 0.8),
        ("target", None, None),
        ("escalation_cost", 12.5, Decimal("12.5")),
        ("requests_month", 1200.0, 1200),
        ("deadline", "2027-03-01", date(2027, 3, 1)),
        ("deadline", "", None),
        ("metric", "", None),
        ("horizon_months", None, 12),
        ("client", None, ""),
        ("gdpr", True, True),
    ],
)
def test_entries_of_the_charter_become_values_and_empty_is_unknown(
    name: str, given: Any, kept: Any
) -> None:
    assert FIELDS[name].parse(given) == kept


@pytest.mark.parametrize(
    ("name", "given"),
    [
        ("target", 140),
        ("requests_month", 1.5),
        ("requests_month", -1),
        ("deadline", "tomorrow"),
        ("budget", "NaN"),
        ("horizon_months", 0),
    ],
)
def test_entries_that_cannot_be_are_told(services: Any, name: str, given: Any) -> None:
    page = CharterForm(services=services, project_id="prj_1")
    page.load()
    assert page.change(name, given)
    assert page.cannot_sign


def test_every_question_of_the_charter_says_why_it_is_asked() -> None:
    fields = [one for group in GROUPS for one in group.fields]
    assert all(len(one.why) > 15 for one in fields)
    asked = {one.name for one in fields}
    assert asked | {"id", "project_id", "number", "use_case", "stakeholders", "signed"} | {
        "created_at",
        "changed_at",
    } == set(charter().__class__.model_fields)


def test_what_nobody_knows_is_said_so() -> None:
    known = dict(facts(charter(client="Wrenfield", target=0.8, escalation_cost=Decimal(4))))
    assert known["Client"] == "Wrenfield"
    assert known["Score at which it is good enough"] == "80.0 %"
    assert known["Cost of a mistake that is caught"] == "4.00 USD"
    assert known["Worth of one right answer"] == "not known"


def test_entries_made_while_saving_stay(services: Any) -> None:
    page = CharterForm(services=services, project_id="prj_1")
    page.load()
    page.change("client", "First")
    saved = page.save()
    page.change("client", "Second")
    page.kept(saved)
    assert page.charter.client == "Second"


def test_too_few_examples_are_told_with_how_many_are_missing(services: Any) -> None:
    page = EvidencePage(services=services, project_id="prj_1")
    page.load()
    assert page.enough
    page.choose(limit=12)
    assert not page.enough
    assert [row.n for row in page.rows if row.here] == [12]
    page.choose(limit=0)
    assert services.ladder.chosen.limit is None
    page.choose(split=Split.TRAIN)
    assert "seen these examples" in page.warning


def test_a_draft_goes_over_the_proposal_as_far_as_it_still_makes_sense(services: Any) -> None:
    page = form(services, system="Mine.", model_id="gone", corpus_id="gone", shots=99)
    assert page.setup is not None
    assert page.setup.model_id == "starter"
    assert page.setup.system == "Name the team."
    page = form(services, system="Mine.", model_id=ENDPOINT_MODEL)
    assert page.setup is not None
    assert (page.setup.system, page.setup.model_id) == ("Mine.", ENDPOINT_MODEL)
    assert page.host == "api.example.com"


def test_a_server_on_this_machine_is_no_warning(services: Any) -> None:
    page = form(services, model_id=ENDPOINT_MODEL)
    page.endpoints = tuple(one.with_(base_url="http://127.0.0.1:8000/v1") for one in page.endpoints)
    assert page.host_notice == ""


@pytest.mark.parametrize(
    ("template", "wrong"),
    [("{question}", ""), ("Hi", "Put {question}"), ("{question} {name}", "{name} is not known")],
)
def test_templates_are_checked_as_they_are_typed(services: Any, template: str, wrong: str) -> None:
    page = form(services)
    page.change("template", template)
    assert page.template_problem.startswith(wrong) and bool(page.template_problem) == bool(wrong)


def test_decoding_is_part_of_the_setup(services: Any) -> None:
    page = form(services)
    assert page.change("max_new_tokens", 0)
    assert not page.change("temperature", 0.5)
    assert page.setup is not None and page.setup.decoding.temperature == 0.5
    again = form(services, **page.draft)
    assert again.setup is not None and again.setup.decoding.temperature == 0.5
    assert "temperature 0.5" in described(again.setup)


def test_nothing_is_measured_that_cannot_be(services: Any) -> None:
    page = form(services, Rung.RAG)
    assert page.cannot_start == "Bring documents in first."
    with pytest.raises(InvalidInput):
        page.start()
    services.retrieval.create("prj_1", "Documents")
    services.retrieval.become(CorpusStatus.STALE, n_documents=1)
    assert form(services, Rung.RAG).cannot_start == "Index the documents first."
    services.retrieval.become(CorpusStatus.READY, n_documents=1)
    assert form(services, Rung.RAG).cannot_start == ""
    services.ladder.chosen = None
    assert form(services, Rung.RAG).cannot_start == "Choose the evidence first."


def test_a_base_model_is_tuned_before_it_is_measured_on_a_tuned_rung(services: Any) -> None:
    services.models.tuned.append(model_version(id="starter-tuned"))
    page = form(services, Rung.FINE_TUNE)
    assert page.models == {"starter": "Maker/starter · base, tuned first"}
    assert page.primary_label == "Start the pilot"
    page.start()
    assert services.ladder.piloted and not services.ladder.runs


def test_runs_under_way_come_first_then_the_best(services: Any, overview: Overview) -> None:
    services.ladder.runs = [
        rung_run("rr_1", value=0.2),
        rung_run("rr_2", value=0.7),
        rung_run("rr_3", value=None),
    ]
    overview.load()
    assert [run.id for run in runs_of(overview, Step.PROMPT)] == ["rr_3", "rr_2", "rr_1"]


def test_what_was_not_measured_of_a_run_is_not_known() -> None:
    run = rung_run("rr_1", cost_per_1000=None, cost_basis="", latency_p50=None, prompt_tokens=None)
    assert [value for _, value in key_figures(run)] == ["not known"] * 3


def test_answers_are_read_beside_those_of_another_run(services: Any) -> None:
    climbed(services.ladder)
    one, other = (services.ladder.get(run_id) for run_id in ("rr_1", "rr_2"))
    reader = AnswerReader(services=services, run=one)
    reader.load()
    assert reader.kinds() == {"wrong": "Wrong (18)", "right": "Right (12)", "all": "All (30)"}
    reader.move(99)
    assert reader.place == "18 of 18"
    reader.beside(other)
    assert reader.current is not None and reader.current_other is not None
    assert reader.current.example_id == reader.current_other.example_id
    reader.choose("right")
    assert reader.current is not None and reader.current.correct


def triage(services: Any) -> TriagePage:
    climbed(services.ladder)
    services.ladder.said = []
    overview = Overview(services=services, project_id="prj_1")
    overview.load()
    page = TriagePage(services=services, project_id="prj_1", overview=overview)
    page.load()
    return page


def test_triage_begins_with_the_best_prompted_run_and_goes_from_open_to_open(
    services: Any,
) -> None:
    page = triage(services)
    assert page.run_id == "rr_2"
    page.label(FailureKind.CONTEXT)
    page.move(1)
    page.label(FailureKind.BEHAVIOUR)
    assert page.position == 3
    assert page.parts()[0] == ("It did not know", 1)
    page.move(-9)
    page.label(FailureKind.CAPABILITY)
    assert page.position == 1


def test_labels_are_taken_back_one_after_the_other(services: Any) -> None:
    page = triage(services)
    page.label(FailureKind.CONTEXT)
    page.move(-1)
    page.note = "on second thoughts"
    page.label(FailureKind.BEHAVIOUR)
    assert page.undo()
    assert [one.kind for one in services.ladder.said] == [FailureKind.CONTEXT]
    assert page.undo()
    assert services.ladder.said == []
    assert not page.undo()


def test_twenty_are_enough_and_fewer_are_all_there_are(services: Any) -> None:
    page = triage(services)
    assert page.goal == 12
    for _ in range(12):
        page.label(FailureKind.BEHAVIOUR)
    assert page.finished and page.share == 1.0
    assert page.conclusion.startswith("Most often so far: “It did not do as asked” (12 answers).")


def test_documents_say_whether_they_fit_into_the_prompt(services: Any) -> None:
    page = CorpusPage(services=services, project_id="prj_1")
    page.load()
    assert page.upload_url == "/ui-data/projects/prj_1/documents"
    services.retrieval.create("prj_1", "Documents")
    page.load()
    assert page.upload_url.endswith("?corpus=cor_1")
    assert "all documents may go into the prompt" in page.long_context
    page.tokens = 300_000
    assert "Retrieval it is" in page.long_context
    with pytest.raises(InvalidInput):
        page.search("  ", mode=services.retrieval.bodies[0].status)  # type: ignore[arg-type]


def test_options_say_what_is_not_known_and_what_ends(services: Any) -> None:
    page = FineTunePage(services=services, project_id="prj_1", form=form(services, Rung.FINE_TUNE))
    page.load()
    page.load_options()
    rows = page.rows()
    assert list(rows) == ["here", "hosted"]
    (here,), (hosted,) = rows["here"], rows["hosted"]
    assert (here.memory, here.memory_verdict, here.ends) == ("1.4 GB", "fits", "does not end")
    assert here.duration == ("7 min", "5 min to 10 min")
    assert here.serving == ("not known", "")
    assert (hosted.state, hosted.ends) == ("blocked", "2027-01-14")
    assert hosted.where == "openai · gpt-4.1-mini"
    assert hosted.notes == ("It ends before your horizon.",)


def test_unknown_clears_an_answer(services: Any) -> None:
    page = StepQuestions(services=services, project_id="prj_1", step=Step.FINE_TUNE)
    page.load()
    (share,) = page.questions
    page.answer(share, 25)
    assert services.ladder.answered == {"unseen_share": 0.25}
    assert page.shown(share) == 25
    page.answer(share, None)
    assert services.ladder.answered == {"unseen_share": None}
    assert page.hint(share).endswith("Default: 10 %.")


def test_the_verdict_draws_every_rung_and_says_how_sure_it_is(services: Any) -> None:
    climbed(services.ladder)
    overview = Overview(services=services, project_id="prj_1")
    overview.load()
    page = VerdictPage(services=services, project_id="prj_1", overview=overview)
    page.load()
    drawn = {one.title: one for one in page.rungs()}
    assert drawn["Few-shot"].chosen and drawn["Few-shot"].value == 0.61
    assert drawn["Fine-tune"].detail == "Cheaper rungs come first."
    assert drawn["RAG"].detail == "Not measured"
    (pair,) = page.pairs()
    assert (pair.pair, pair.words) == ("Few-shot against Prompt", "better")
    assert page.marks() == [("measured, and luck would not explain it", "good")]


@pytest.mark.parametrize(
    ("difference", "p_holm", "words"),
    [(0.2, 0.01, "better"), (-0.2, 0.01, "worse"), (0.2, 0.2, "could be luck")],
)
def test_a_difference_counts_only_after_correction(
    services: Any, difference: float, p_holm: float, words: str
) -> None:
    services.ladder.said_verdict = verdict(
        comparisons=(comparison(difference=difference, p_holm=p_holm),)
    )
    overview = Overview(services=services, project_id="prj_1")
    overview.load()
    page = VerdictPage(services=services, project_id="prj_1", overview=overview)
    assert page.pairs()[0].words == words


def test_facts_are_spoken_of_in_words() -> None:
    assert set(FACTS) <= set(Facts.model_fields) and set(FACTS) >= SHARES
    assert fact_name("kb_tokens") == "Tokens of the documents"
    assert fact_name("horizon_months") == "Horizon months"
    assert [fact_value("pct_context", 0.5), fact_value("kb_tokens", 2812)] == ["50.0 %", "2,812"]
    assert [fact_value("licence_ok", False), fact_value("vram_gb", None)] == ["no", "not known"]
