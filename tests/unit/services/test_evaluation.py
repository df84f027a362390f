from collections.abc import Iterator, Sequence

import pytest

from studio.domain.datasets import Message, Split
from studio.domain.errors import Conflict, InvalidInput, NotFound
from studio.domain.evaluation import Decoding, RunStatus
from studio.domain.models import ModelHandle
from studio.services.evaluation import EvaluationService
from tests.fakes.measuring import Bench, finished, wait_until


def knows_when_tuned(model: ModelHandle, conversation: Sequence[Message]) -> str:
    """The tuned model gives every label; the base one always says `refund`."""
    number = int(conversation[-1].content.split()[-1])
    if model.id == "tuned":
        return ("refund", "delivery", "delivery", "refund")[number % 4]
    return "refund"


@pytest.fixture
def bench() -> Bench:
    made = Bench(("refund", "refund", "delivery", "delivery") * 10)
    made.generator.rule = knows_when_tuned
    return made


@pytest.fixture
def service(bench: Bench) -> Iterator[EvaluationService]:
    opened = bench.service()
    opened.open()
    yield opened
    opened.close()


def test_a_run_is_measured_in_the_background_and_keeps_every_answer(
    bench: Bench, service: EvaluationService
) -> None:
    run = bench.start(service, "base")
    assert (run.status, run.total, run.model_name) == (RunStatus.QUEUED, 20, "Base")
    done = finished(service, run)
    assert (done.status, done.done) == (RunStatus.SUCCEEDED, 20)
    assert done.primary is not None
    assert (done.primary.metric, done.primary.value, done.primary.n) == ("accuracy", 0.5, 20)
    assert done.confusion is not None
    assert done.confusion.labels == ("delivery", "refund")
    assert done.confusion.counts == ((0, 10, 0), (0, 10, 0))
    results = service.results(run.id)
    assert {result.output for result in results} == {"refund"}
    assert all(result.seconds is not None for result in results)


def test_two_models_are_compared_on_the_same_examples(
    bench: Bench, service: EvaluationService
) -> None:
    base = finished(service, bench.start(service, "base"))
    tuned = finished(service, bench.start(service, "tuned"))
    assert base.decoding == tuned.decoding == service.decoding_for("version_1")
    assert base.decoding == Decoding(max_new_tokens=16)
    comparison = service.compare(base.id, tuned.id)
    assert (comparison.only_candidate, comparison.only_baseline) == (10, 0)
    assert comparison.p_value == pytest.approx(2 / 1024)
    assert comparison.verdict.startswith("Tuned is better than Base: right on 100% instead of 50%")


def test_answers_are_read_side_by_side(bench: Bench, service: EvaluationService) -> None:
    base = finished(service, bench.start(service, "base"))
    tuned = finished(service, bench.start(service, "tuned"))
    rows, total = service.side_by_side(base.id, tuned.id, 0, 3)
    assert (len(rows), total) == (3, 20)
    assert rows[1].prompt[-1].content == "Question 2"
    assert (rows[1].baseline.output, rows[1].candidate.output) == ("refund", "delivery")
    better, n_better = service.side_by_side(base.id, tuned.id, only="better")
    assert n_better == 10
    assert all(row.candidate.correct and not row.baseline.correct for row in better)
    assert service.side_by_side(base.id, tuned.id, only="worse") == ([], 0)


def test_runs_on_other_splits_are_not_compared(bench: Bench, service: EvaluationService) -> None:
    test = finished(service, bench.start(service, "base"))
    train = finished(service, bench.start(service, "tuned", split=Split.TRAIN))
    with pytest.raises(InvalidInput, match="split"):
        service.compare(test.id, train.id)
    with pytest.raises(InvalidInput, match="split"):
        service.side_by_side(test.id, train.id)


def test_the_same_work_is_not_generated_twice(bench: Bench, service: EvaluationService) -> None:
    first = finished(service, bench.start(service, "base"))
    again = finished(service, bench.start(service, "base"))
    assert again.id != first.id
    assert again.scores == first.scores
    assert len(bench.generator.asked) == 20
    assert all(result.seconds is None for result in service.results(again.id))


def test_a_model_whose_files_changed_is_asked_again(
    bench: Bench, service: EvaluationService
) -> None:
    finished(service, bench.start(service, "base"))
    bench.add_base("base", manifest="c" * 64)
    finished(service, bench.start(service, "base"))
    assert len(bench.generator.asked) == 40


def test_a_run_that_is_under_way_is_not_queued_again(
    bench: Bench, service: EvaluationService
) -> None:
    bench.generator.hold_after(0)
    run = bench.start(service, "base")
    assert bench.start(service, "base").id == run.id
    bench.generator.release()
    finished(service, run)


def test_a_run_waits_for_its_turn_and_can_leave_the_queue(
    bench: Bench, service: EvaluationService
) -> None:
    bench.generator.hold_after(1)
    first, second = bench.start(service, "base"), bench.start(service, "tuned")
    assert bench.generator.held.wait(10)
    assert service.get(second.id).status is RunStatus.QUEUED
    assert service.cancel(second.id).status is RunStatus.CANCELLED
    bench.generator.release()
    assert finished(service, first).status is RunStatus.SUCCEEDED
    assert {model for model, _ in bench.generator.asked} == {"base"}


def test_a_cancelled_run_keeps_its_answers(bench: Bench, service: EvaluationService) -> None:
    bench.generator.hold_after(5)
    run = bench.start(service, "base")
    assert bench.generator.held.wait(10)
    service.cancel(run.id)
    stopped = finished(service, run)
    assert (stopped.status, stopped.done, stopped.finished_at is None) == (
        RunStatus.CANCELLED,
        5,
        False,
    )
    bench.generator.release()
    finished(service, bench.start(service, "base"))
    assert len(bench.generator.asked) == 20


def test_only_an_unfinished_run_can_be_cancelled(bench: Bench, service: EvaluationService) -> None:
    run = finished(service, bench.start(service, "base"))
    with pytest.raises(Conflict, match="succeeded already"):
        service.cancel(run.id)


def test_a_dead_worker_ends_the_run_with_a_plain_sentence_and_loses_no_answer(
    bench: Bench, service: EvaluationService
) -> None:
    bench.generator.break_after(7)
    failed = finished(service, bench.start(service, "base"))
    assert failed.status is RunStatus.FAILED
    assert failed.message == (
        "The generation worker ended unexpectedly. Try again. "
        "7 answers are kept; starting again goes on from there."
    )
    bench.generator.break_after(None)
    assert finished(service, bench.start(service, "base")).status is RunStatus.SUCCEEDED
    assert len(bench.generator.asked) == 20


def test_an_unforeseen_error_fails_the_run_and_the_next_one_gets_its_turn(
    bench: Bench, service: EvaluationService, caplog: pytest.LogCaptureFixture
) -> None:
    bench.generator.failure = RuntimeError("a defect")
    bench.generator.break_after(0)
    failed = finished(service, bench.start(service, "base"))
    assert failed.status is RunStatus.FAILED
    assert "a defect" not in failed.message
    assert "a defect" in caplog.text
    bench.generator.break_after(None)
    assert finished(service, bench.start(service, "tuned")).status is RunStatus.SUCCEEDED


def test_closing_and_opening_again_goes_on_from_the_last_answer(bench: Bench) -> None:
    bench.generator.hold_after(6)
    before = bench.service()
    before.open()
    run = bench.start(before, "base")
    waiting = bench.start(before, "tuned")
    assert bench.generator.held.wait(10)
    before.close()
    assert before.get(run.id).status is RunStatus.RUNNING
    bench.generator.release()
    after = bench.service()
    after.open()
    assert finished(after, run).status is RunStatus.SUCCEEDED
    assert finished(after, waiting).status is RunStatus.SUCCEEDED
    after.close()
    assert [model for model, _ in bench.generator.asked].count("base") == 20


def test_a_queued_run_waits_for_the_service_to_open(bench: Bench) -> None:
    service = bench.service()
    run = bench.start(service, "base")
    assert service.get(run.id).status is RunStatus.QUEUED
    service.open()
    assert finished(service, run).status is RunStatus.SUCCEEDED
    service.close()
    assert len(service.results(run.id)) == 20


def test_answers_cut_off_for_want_of_room_are_counted(
    bench: Bench, service: EvaluationService
) -> None:
    bench.generator.rule = lambda model, conversation: "one two three"
    run = finished(service, bench.start(service, "base", decoding=Decoding(max_new_tokens=2)))
    assert run.message == "20 of 20 answers were cut off at 2 tokens."


def test_free_text_is_measured_without_labels(service: EvaluationService, bench: Bench) -> None:
    bench.add_examples("version_2", 2, [f"Answer number {n}" for n in range(10)])
    bench.generator.rule = lambda model, conversation: "Answer number 4"
    run = finished(service, bench.start(service, "base", version_id="version_2"))
    assert run.confusion is None
    assert run.primary is not None
    assert (run.primary.metric, run.primary.value) == ("exact_match", 0.2)


def test_what_cannot_be_measured_is_refused_at_once(
    bench: Bench, service: EvaluationService
) -> None:
    with pytest.raises(NotFound):
        bench.start(service, "nobody")
    with pytest.raises(NotFound):
        bench.start(service, "base", version_id="version_9")
    with pytest.raises(InvalidInput, match="validation split .* no examples"):
        bench.start(service, "base", split=Split.VALIDATION)
    assert service.all("project_1") == []


def test_the_revision_grows_with_every_change(bench: Bench, service: EvaluationService) -> None:
    before = service.revision()
    run = bench.start(service, "base")
    assert service.revision() > before
    finished(service, run)
    wait_until(lambda: service.revision() >= before + 3)


def test_whoever_asked_is_told_of_changes(bench: Bench) -> None:
    told: list[str] = []
    service = EvaluationService(
        bench.evaluations,
        bench.datasets,
        bench.models,
        bench.generator,
        lambda: told.append("changed"),
    )
    bench.start(service, "base")
    assert told == ["changed"]
