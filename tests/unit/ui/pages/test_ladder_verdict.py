"""Sorting wrong answers, facts in words, and how sure a verdict is."""

from __future__ import annotations

from typing import Any

import pytest

from studio.domain.advice import Facts
from studio.domain.ladder import FailureKind
from studio.ui.pages.ladder.fact_words import FACTS, SHARES, fact_name, fact_value
from studio.ui.pages.ladder.failures_vm import TriagePage
from studio.ui.pages.ladder.overview import Overview
from studio.ui.pages.ladder.verdict_vm import VerdictPage
from tests.fakes.ladder_values import comparison, verdict
from tests.fakes.page_ladder import climbed
from tests.fakes.page_services import services as fake_services


@pytest.fixture
def services() -> Any:
    return fake_services()


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
