from __future__ import annotations

from typing import Any

from studio.core.ladder.verdict import verdict
from studio.domain.advice import Facts
from studio.domain.ladder import Rung, RungResult, RungRun
from tests.unit.core.ladder.runs import ladder, right, run

FACTS = Facts(metric_defined=True, eval_n=200, target_score=0.8, baseline_score=0.6)


def reasons(*rungs: tuple[RungRun, list[RungResult]], **facts: Any) -> dict[Rung, str]:
    runs, comparisons = ladder(*rungs)
    said = verdict(FACTS.with_(**facts), runs, comparisons)
    return {one.rung: one.because for one in said.rejected}


def test_a_lower_rung_that_was_beaten() -> None:
    said = reasons(run(Rung.PROMPT, right(0.5)), run(Rung.RAG, right(0.9)))
    assert said[Rung.PROMPT] == (
        "Measured worse: 50 % of answers right; retrieval (RAG) beats it by 40.0 points (p < 0.001 "
        "after correction)."
    )


def test_a_higher_rung_that_is_better_but_not_needed() -> None:
    said = reasons(run(Rung.PROMPT, right(0.88)), run(Rung.RAG, right(0.99)))
    assert "but not needed: prompting reaches the target" in said[Rung.RAG]
    assert said[Rung.FINE_TUNE].startswith("Not needed")


def test_a_higher_rung_whose_lead_can_be_chance() -> None:
    said = reasons(run(Rung.PROMPT, right(0.6)), run(Rung.RAG, right(0.61)))
    assert "can be chance (p = 0.500" in said[Rung.RAG] or "can be chance (p = 1" in said[Rung.RAG]
    assert said[Rung.FINE_TUNE] == "Not measured."


def test_a_higher_rung_that_is_worse() -> None:
    said = reasons(run(Rung.PROMPT, right(0.7)), run(Rung.FINE_TUNE, right(0.4)))
    assert said[Rung.FINE_TUNE] == (
        "Measured worse: 40 % of answers right, against 70 % of prompting."
    )


def test_a_rung_that_a_rule_stops_says_which_and_why() -> None:
    said = reasons(run(Rung.PROMPT, right(0.5)), eval_n=8)
    assert said[Rung.RAG] == (
        "Stopped by rule B2: Twenty and more cases have to be looked at before advanced methods "
        "make sense."
    )


def test_where_the_ladder_loses_money_every_rung_says_so() -> None:
    said = reasons(run(Rung.PROMPT, right(0.5)), break_even_accuracy=0.8148)
    assert said[Rung.PROMPT].endswith("It may cost more than it brings.")
    assert "could still pay" in said[Rung.RAG]


def test_today_counts_as_not_measured_until_it_is() -> None:
    assert "was not measured" in reasons(run(Rung.PROMPT, right(0.9)))[Rung.STAY]
    said = reasons(run(Rung.STAY, right(0.5)), run(Rung.PROMPT, right(0.9)))
    assert said[Rung.STAY].startswith("Measured worse")
