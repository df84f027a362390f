"""How far a project is on the ladder, and what its evidence and answers say."""

from __future__ import annotations

from typing import Any

import pytest

from studio.domain.advice import Outcome
from studio.domain.datasets import Split
from studio.domain.ladder import Rung
from studio.ui.pages.ladder.evidence_vm import EvidencePage
from studio.ui.pages.ladder.overview import Overview
from studio.ui.pages.ladder.results_vm import AnswerReader, key_figures, runs_of
from studio.ui.pages.ladder.steps import Step, StepKind, neighbours, step_named, step_of_rung
from tests.fakes.ladder_values import charter, fired, rung_run, verdict
from tests.fakes.page_ladder import climbed
from tests.fakes.page_services import services as fake_services


@pytest.fixture
def services() -> Any:
    return fake_services()


@pytest.fixture
def overview(services: Any) -> Overview:
    made = Overview(services=services, project_id="prj_1")
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
