"""A rung's run keeps what it was expected to take beside what it took; unknown stays unknown."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from studio.domain.datasets import Message
from studio.domain.errors import BackendUnavailable
from studio.domain.evaluation import RunStatus
from studio.domain.interfaces import Answer
from studio.domain.ladder import Rung, RungRun
from studio.services.ladder_expectations import INTERRUPTED, RungExpectations
from studio.store.estimates import EstimateStore
from tests.fakes.ladder import LadderBench, question
from tests.fakes.measuring import wait_until
from tests.unit.store import samples


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[LadderBench]:
    made = LadderBench(tmp_path)
    made.agree()
    made.suite()
    made.service.open()
    yield made
    made.close()


def kept(bench: LadderBench, run: RungRun) -> dict[str, Any]:
    return {one.kind: one for one in EstimateStore(bench.database).of(run.id)}


def test_tokens_and_time_are_expected_and_settled(bench: LadderBench) -> None:
    run = bench.measured_rung(Rung.PROMPT, system="")
    found = kept(bench, run)
    assert set(found) == {"tokens", "seconds"}, "nobody said what an hour of this machine costs"
    assert all((one.subject, one.project_id) == ("rung_run", "project_1") for one in found.values())
    tokens, seconds = found["tokens"], found["seconds"]
    assert tokens.basis == "38 answers, prompts counted", "30 of the suite and 8 asked alone"
    assert tokens.actual == 38 * (7 + 2), "seven words in, two out"
    assert tokens.low <= tokens.actual <= tokens.high
    assert seconds.family == "answers/small/prompt/prior"
    assert "speed of training" in seconds.basis
    assert seconds.low < seconds.mid < seconds.high and seconds.actual > 0


def test_the_next_run_rests_on_the_one_before(bench: LadderBench) -> None:
    bench.measured_rung(Rung.PROMPT)
    same = kept(bench, bench.measured_rung(Rung.PROMPT, system="Be brief."))
    assert same["seconds"].family == "answers/small/prompt/measured"
    assert same["seconds"].basis == "measured here on 1 earlier run"
    assert same["tokens"].mid == 38 * (7 + 2 + 2), "answers are taken to be as long as before"
    other = kept(bench, bench.measured_rung(Rung.FEW_SHOT))
    assert other["seconds"].basis == "measured here on 2 earlier runs", "of another rung"


def test_an_hour_somebody_priced_gives_money(bench: LadderBench) -> None:
    bench.prices.hour = 36.0
    run = bench.measured_rung(Rung.PROMPT)
    found = kept(bench, run)
    assert found["usd"].mid == pytest.approx(found["seconds"].mid / 100)
    assert found["usd"].actual == pytest.approx(found["seconds"].actual / 100)
    assert "36 USD for an hour of this machine" in found["usd"].basis


def test_answers_that_are_kept_already_cost_nothing_and_teach_nothing(bench: LadderBench) -> None:
    bench.measured_rung(Rung.PROMPT)
    again = bench.measured_rung(Rung.PROMPT)
    assert again.status is RunStatus.SUCCEEDED
    assert kept(bench, again) == {}


def test_a_run_that_was_interrupted_is_not_compared(bench: LadderBench) -> None:
    bench.generator.hold_after(5)
    run = bench.service.start("project_1", bench.service.proposed("project_1", Rung.PROMPT))
    wait_until(bench.generator.held.is_set)
    bench.service.close()
    bench.generator.release()
    bench.service = bench.reopened()
    bench.service.open()
    bench.ended(run)
    found = kept(bench, run)
    assert set(found) == {"tokens", "seconds"}
    assert all(one.actual is None and INTERRUPTED in one.basis for one in found.values())


def test_a_run_nobody_can_estimate_is_measured_all_the_same(bench: LadderBench) -> None:
    bench.estimates.failure = BackendUnavailable("The tokenizer is gone.", hint="Fetch it again.")
    run = bench.measured_rung(Rung.PROMPT)
    assert run.status is RunStatus.SUCCEEDED
    assert kept(bench, run) == {}


def test_a_cancelled_run_s_expectation_stays_open(bench: LadderBench) -> None:
    bench.generator.hold_after(5)
    run = bench.service.start("project_1", bench.service.proposed("project_1", Rung.PROMPT))
    wait_until(bench.generator.held.is_set)
    bench.service.cancel(run.id)
    bench.generator.release()
    assert bench.ended(run).status is RunStatus.CANCELLED
    assert all(one.actual is None for one in kept(bench, run).values())


def elsewhere(bench: LadderBench, run_id: str, ticks: list[float]) -> dict[str, Any]:
    """Keeps and settles what is expected of 10 questions put to an endpoint's model."""
    store = EstimateStore(bench.database)
    desk = RungExpectations(
        store,
        bench.ladder_store,
        bench.models,
        bench.estimates,
        bench.prices,
        clock=lambda: ticks.pop(0),
    )
    setup = bench.service.proposed("project_1", Rung.PROMPT).with_(model_id="endpoint:office/big")
    run = samples.rung_run(id=run_id, project_id="project_1", setup=setup, status="running")
    bench.ladder_store.add(run)
    asked = [(Message(role="user", content="one two three four"),)] * 10
    answer = Answer(
        text="yes no", prompt_tokens=4, output_tokens=2, seconds=0.1, finish_reason="stop"
    )
    desk.ended(desk.begun(run, asked, [question(1)]), [answer] * 10)
    bench.ladder_store.save(
        run.with_(status=RunStatus.SUCCEEDED, prompt_tokens=4.0, output_tokens=2.0)
    )
    return kept(bench, run)


def test_an_endpoint_s_time_is_unknown_until_it_was_measured_and_its_price_is_by_the_token(
    bench: LadderBench,
) -> None:
    first = elsewhere(bench, "run_a", [100.0, 130.0])
    assert (first["seconds"].mid, first["seconds"].actual) == (None, 30.0)
    assert first["seconds"].basis == "nothing was measured at this endpoint yet"
    assert first["usd"].mid == pytest.approx(0.25 * 10 / 1000)
    assert first["usd"].actual == pytest.approx(0.25 * 10 / 1000)
    assert first["tokens"].actual == 60
    second = elsewhere(bench, "run_b", [0.0, 45.0])
    assert second["seconds"].mid == pytest.approx(30.0)
    assert second["seconds"].actual == 45.0


def test_an_endpoint_without_a_price_keeps_no_money(bench: LadderBench) -> None:
    bench.prices.usd = None
    assert set(elsewhere(bench, "run_a", [0.0, 1.0])) == {"tokens", "seconds"}
