import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from studio.domain.errors import Conflict
from studio.domain.evaluation import RunStatus
from studio.domain.ladder import Rung, RungSetup
from tests.fakes.ladder import LadderBench
from tests.fakes.measuring import wait_until

PROMPT = RungSetup(rung=Rung.PROMPT, model_id="small")


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[LadderBench]:
    made = LadderBench(tmp_path)
    made.agree()
    made.suite()
    yield made
    made.close()


def test_a_queued_run_waits_for_the_service_to_open(bench: LadderBench) -> None:
    run = bench.service.start("project_1", PROMPT)
    assert bench.service.get(run.id).status is RunStatus.QUEUED
    bench.service.open()
    assert bench.ended(run).status is RunStatus.SUCCEEDED


def test_the_same_work_under_way_is_not_queued_again(bench: LadderBench) -> None:
    first = bench.service.start("project_1", PROMPT)
    assert bench.service.start("project_1", PROMPT).id == first.id
    other = bench.service.start("project_1", PROMPT.with_(system="Be exact."))
    assert other.id != first.id
    assert [run.id for run in bench.service.all("project_1")] == [other.id, first.id]


def test_a_cancelled_run_keeps_its_answers(bench: LadderBench) -> None:
    bench.service.open()
    bench.generator.hold_after(12)
    run = bench.service.start("project_1", PROMPT)
    assert bench.generator.held.wait(10)
    bench.service.cancel(run.id)
    stopped = bench.ended(run)
    assert (stopped.status, stopped.done) == (RunStatus.CANCELLED, 12)
    bench.generator.release()
    bench.measured(PROMPT)
    assert len(bench.generator.asked) == 30 + 8
    with pytest.raises(Conflict, match="succeeded already"):
        bench.service.cancel(bench.service.all("project_1")[0].id)


def test_a_dead_worker_ends_the_run_and_loses_no_answer(bench: LadderBench) -> None:
    bench.service.open()
    bench.generator.break_after(7)
    failed = bench.measured(PROMPT)
    assert failed.status is RunStatus.FAILED
    assert failed.message == (
        "The generation worker ended unexpectedly. Try again. "
        "7 answers are kept; starting again goes on from there."
    )
    bench.generator.break_after(None)
    assert bench.measured(PROMPT).status is RunStatus.SUCCEEDED


def test_trouble_while_timing_single_answers_costs_only_the_latency(bench: LadderBench) -> None:
    bench.service.open()
    bench.generator.break_after(30)
    run = bench.measured(PROMPT)
    assert run.status is RunStatus.SUCCEEDED
    assert (run.latency_p50, run.latency_n) == (None, 0)
    assert "could not be timed" in run.message


def test_an_unforeseen_error_fails_the_run_and_the_next_one_gets_its_turn(
    bench: LadderBench, caplog: pytest.LogCaptureFixture
) -> None:
    bench.service.open()
    bench.generator.failure = RuntimeError("a defect")
    bench.generator.break_after(0)
    failed = bench.measured(PROMPT)
    assert failed.status is RunStatus.FAILED
    assert "a defect" not in failed.message and "a defect" in caplog.text
    bench.generator.break_after(None)
    assert bench.measured(PROMPT).status is RunStatus.SUCCEEDED


def test_closing_and_opening_again_goes_on_from_the_last_answer(bench: LadderBench) -> None:
    bench.service.open()
    bench.generator.hold_after(6)
    run = bench.service.start("project_1", PROMPT)
    waiting = bench.service.start("project_1", PROMPT.with_(system="Be exact."))
    assert bench.generator.held.wait(10)
    bench.service.close()
    assert bench.service.get(run.id).status is RunStatus.RUNNING
    bench.generator.release()
    bench.service = bench.reopened()
    bench.service.open()
    assert bench.ended(run).status is RunStatus.SUCCEEDED
    assert bench.ended(waiting).status is RunStatus.SUCCEEDED
    plain = [turns for _, turns in bench.generator.asked if len(turns) == 1]
    assert len(plain) == 30 + 8


def test_a_pilot_is_trained_and_then_measured(bench: LadderBench) -> None:
    bench.service.open()
    setup = bench.service.proposed("project_1", Rung.FINE_TUNE)
    job = bench.service.pilot("project_1", setup)
    (run,) = bench.service.all("project_1")
    assert (run.status, run.job_id) == (RunStatus.QUEUED, job.id)
    assert run.message == "Waits for the fine-tune to finish."
    for _ in range(8):
        bench.monitor.poll_once()
    done = bench.ended(run)
    version = bench.model_store.versions("project_1")[0]
    assert (done.setup.model_id, done.model_name) == (version.id, version.name)
    assert done.score is not None and done.score.value == 1.0
    assert bench.backend.submitted[0].hyperparameters.epochs > 0


def test_a_tuned_model_is_given_passages_too(bench: LadderBench) -> None:
    corpus = bench.documents()
    bench.service.open()
    bench.service.pilot("project_1", bench.service.proposed("project_1", Rung.FINE_TUNE))
    for _ in range(8):
        bench.monitor.poll_once()
    tuned = bench.ended(bench.service.all("project_1")[0])
    both = bench.measured(bench.service.proposed("project_1", Rung.RAG_FINE_TUNE))
    assert both.status is RunStatus.SUCCEEDED
    assert both.setup.model_id == tuned.setup.model_id
    assert both.setup.corpus_id == corpus.id
    assert both.job_id == tuned.job_id
    assert all(result.passages for result in bench.service.results(both.id))
    asked = [turns for model, turns in bench.generator.asked if model == tuned.setup.model_id]
    turns = asked[-1]
    assert "[1]" in turns[-1].content


def test_a_waiting_run_outlives_the_studio(bench: LadderBench) -> None:
    bench.service.open()
    bench.service.pilot("project_1", bench.service.proposed("project_1", Rung.FINE_TUNE))
    (run,) = bench.service.all("project_1")
    bench.service.close()
    for _ in range(8):
        bench.monitor.poll_once()
    bench.service = bench.reopened()
    bench.service.open()
    assert bench.ended(run).status is RunStatus.SUCCEEDED


def test_a_failed_fine_tune_fails_the_run_that_waits_for_it(bench: LadderBench) -> None:
    bench.service.open()
    bench.backend.fails = "No memory is left."
    bench.service.pilot("project_1", bench.service.proposed("project_1", Rung.FINE_TUNE))
    (run,) = bench.service.all("project_1")
    for _ in range(3):
        bench.monitor.poll_once()
    failed = bench.ended(run)
    assert failed.status is RunStatus.FAILED
    assert "No memory is left." in failed.message


def test_a_fine_tune_that_is_there_is_used_again(bench: LadderBench) -> None:
    bench.service.open()
    setup = bench.service.proposed("project_1", Rung.FINE_TUNE)
    job = bench.service.pilot("project_1", setup)
    assert bench.service.pilot("project_1", setup).id == job.id
    assert len(bench.service.all("project_1")) == 1
    for _ in range(8):
        bench.monitor.poll_once()
    bench.ended(bench.service.all("project_1")[0])
    assert bench.service.pilot("project_1", setup).id == job.id
    tuned = bench.service.proposed("project_1", Rung.FINE_TUNE)
    assert tuned.model_id == bench.model_store.versions("project_1")[0].id
    run = bench.measured(tuned)
    assert (run.job_id, len(bench.backend.submitted)) == (job.id, 1)


def test_a_pilot_that_was_stopped_goes_on_from_its_checkpoint(bench: LadderBench) -> None:
    bench.service.open()
    setup = bench.service.proposed("project_1", Rung.FINE_TUNE)
    job = bench.service.pilot("project_1", setup)
    bench.monitor.poll_once()
    bench.monitor.poll_once()
    bench.training.cancel(job.id)
    bench.monitor.poll_once()
    (stopped,) = bench.service.all("project_1")
    assert bench.ended(stopped).status is RunStatus.CANCELLED
    assert bench.service.pilot("project_1", setup).resumed_from == job.id


def test_a_pilot_is_not_trained_on_its_own_suite(bench: LadderBench) -> None:
    bench.suite(split="train")
    with pytest.raises(Conflict, match="training split"):
        bench.service.pilot("project_1", RungSetup(rung=Rung.FINE_TUNE, model_id="small"))


def test_the_revision_grows_with_every_change(bench: LadderBench) -> None:
    before = bench.service.revision()
    bench.service.answer("project_1", "needs_citation", True)
    assert bench.service.revision() == before + 1
    bench.service.open()
    bench.measured(PROMPT)
    wait_until(lambda: bench.service.revision() >= before + 4)


def test_all_threads_end(bench: LadderBench) -> None:
    bench.service.open()
    bench.measured(PROMPT)
    bench.service.close()
    wait_until(lambda: all(thread.name != "rungs" for thread in threading.enumerate()))
