"""What a user can do with fine-tunes: plan, start, leave rows out, cancel, go on."""

from __future__ import annotations

from pathlib import Path

import pytest

from studio.domain.datasets import Split
from studio.domain.errors import BackendUnavailable, Conflict, DoesNotFit, InvalidInput, NotFound
from studio.domain.jobs import TERMINAL, JobStatus
from studio.domain.training import Effort
from tests.unit.services.training_desk import Desk


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


def test_a_started_run_waits_in_the_queue(desk: Desk) -> None:
    job = desk.start()
    assert job.status is JobStatus.QUEUED
    assert desk.training.get(job.id) == job
    assert desk.training.all("project_1") == [job]
    assert desk.training.all("project_2") == []
    assert desk.backend.submitted == []


def test_planning_starts_nothing(desk: Desk) -> None:
    plan = desk.training.plan(desk.spec())
    splits = [row.split for row in desk.rows]
    assert plan.train_examples == splits.count(Split.TRAIN)
    assert plan.validation_examples == splits.count(Split.VALIDATION)
    assert desk.training.all() == []


def test_a_run_that_does_not_fit_is_refused_with_every_reason(desk: Desk) -> None:
    desk.backend.too_long = (desk.rows[0].id,)
    with pytest.raises(DoesNotFit) as refused:
        desk.start()
    assert "1 row is too long." in refused.value.message
    assert "Shorten it." in refused.value.hint
    assert desk.training.all() == []


def test_rows_left_out_are_not_trained_on(desk: Desk) -> None:
    left_out = (desk.rows[0].id, desk.rows[3].id)  # one of training, one of validation
    desk.backend.too_long = left_out
    before = desk.training.plan(desk.spec())
    spec = desk.spec(leave_out=left_out)
    plan = desk.training.plan(spec)
    assert plan.can_start
    assert plan.train_examples == before.train_examples - 1
    assert plan.validation_examples == before.validation_examples - 1
    desk.training.start(spec)
    desk.poll()
    assert [given.leave_out for given in desk.backend.submitted] == [left_out]


@pytest.mark.parametrize("place", [4, None], ids=["a test row", "no row at all"])
def test_only_rows_that_would_be_trained_on_can_be_left_out(desk: Desk, place: int | None) -> None:
    row = "example_999" if place is None else desk.rows[place].id
    with pytest.raises(NotFound, match="1 rows to leave out"):
        desk.start(leave_out=(row,))


def test_a_backend_that_is_away_takes_no_runs(desk: Desk) -> None:
    desk.backend.away = "The machine is switched off."
    with pytest.raises(BackendUnavailable, match="switched off"):
        desk.start()
    assert desk.training.all() == []


def test_an_unknown_backend_names_those_there_are(desk: Desk) -> None:
    with pytest.raises(InvalidInput) as refused:
        desk.start(backend="cloud")
    assert "local" in refused.value.hint


@pytest.mark.parametrize("wrong", [{"base_model": "nobody"}, {"dataset_version_id": "nothing"}])
def test_a_run_on_what_is_not_there_is_refused(desk: Desk, wrong: dict[str, str]) -> None:
    if "base_model" in wrong:
        with pytest.raises(NotFound):
            desk.start(**wrong)
    else:
        with pytest.raises(NotFound):
            desk.training.recommended(wrong["dataset_version_id"], "small", Effort.QUICK)


def test_the_dial_counts_the_training_rows(desk: Desk) -> None:
    quick = desk.training.recommended(desk.version.id, "small", Effort.QUICK)
    thorough = desk.training.recommended(desk.version.id, "small", Effort.THOROUGH)
    assert quick.lora_rank < thorough.lora_rank


def test_a_waiting_run_just_leaves_the_queue(desk: Desk) -> None:
    job = desk.start()
    assert desk.training.cancel(job.id).status is JobStatus.CANCELLED
    desk.poll(3)
    assert desk.status(job) is JobStatus.CANCELLED
    assert desk.backend.submitted == []


def test_a_running_run_is_asked_to_stop_and_then_ends(desk: Desk) -> None:
    desk.backend.held = True
    job = desk.start()
    desk.poll()
    assert desk.training.cancel(job.id).status is JobStatus.CANCELLING
    assert desk.training.cancel(job.id).status is JobStatus.CANCELLING
    desk.poll()
    ended = desk.training.get(job.id)
    assert ended.status is JobStatus.CANCELLED
    assert ended.finished_at is not None
    assert desk.models.versions() == []


def test_cancelling_what_has_ended_changes_nothing(desk: Desk) -> None:
    job = desk.start()
    desk.poll(8)
    done = desk.training.get(job.id)
    assert done.status is JobStatus.SUCCEEDED
    assert desk.training.cancel(job.id) == done


def test_an_interrupted_run_goes_on_under_its_own_id(desk: Desk) -> None:
    desk.backend.held = True
    job = desk.start()
    desk.poll()
    run_id = desk.training.get(job.id).run_id
    assert run_id is not None
    desk.backend.kill(run_id)
    desk.poll()
    stopped = desk.training.get(job.id)
    assert (stopped.status, stopped.failure) == (JobStatus.INTERRUPTED, "killed")
    again = desk.training.resume(job.id)
    assert (again.id, again.status, again.failure) == (job.id, JobStatus.QUEUED, None)
    desk.backend.held = False
    desk.poll(8)
    assert desk.status(job) is JobStatus.SUCCEEDED
    assert [known.id for known in desk.training.all()] == [job.id]


def test_a_cancelled_run_goes_on_as_a_new_job(desk: Desk) -> None:
    desk.backend.held = True
    job = desk.start()
    desk.poll()
    desk.training.cancel(job.id)
    desk.poll()
    again = desk.training.resume(job.id)
    assert again.id != job.id
    assert again.resumed_from == job.id
    assert again.spec == job.spec
    with pytest.raises(Conflict, match="goes on already"):
        desk.training.resume(job.id)
    desk.backend.held = False
    desk.poll(8)
    assert desk.status(again) is JobStatus.SUCCEEDED
    assert desk.status(job) is JobStatus.CANCELLED


def test_a_run_without_a_checkpoint_cannot_go_on(desk: Desk) -> None:
    desk.backend.fails = "The device ran out of memory."
    job = desk.start()
    desk.poll(3)
    assert desk.status(job) is JobStatus.FAILED
    with pytest.raises(Conflict, match="before its first checkpoint"):
        desk.training.resume(job.id)


def test_a_run_that_diverged_cannot_go_on(desk: Desk) -> None:
    desk.backend.fails, desk.backend.failure = "Training diverged.", "nan"
    job = desk.start()
    desk.poll(3)
    assert desk.training.get(job.id).failure == "nan"
    with pytest.raises(Conflict, match="Lower the learning rate"):
        desk.training.resume(job.id)


def test_a_run_that_never_began_cannot_go_on(desk: Desk) -> None:
    job = desk.start()
    desk.training.cancel(job.id)
    with pytest.raises(Conflict, match="never began"):
        desk.training.resume(job.id)


@pytest.mark.parametrize("polls", [0, 1, 8], ids=["queued", "running", "succeeded"])
def test_only_a_stopped_run_goes_on(desk: Desk, polls: int) -> None:
    job = desk.start()
    desk.poll(polls)
    assert desk.status(job) not in TERMINAL - {JobStatus.SUCCEEDED}
    with pytest.raises(Conflict, match="only a stopped run"):
        desk.training.resume(job.id)


def test_the_log_is_empty_until_a_run_began(desk: Desk) -> None:
    job = desk.start()
    assert desk.training.log(job.id) == ""
    desk.poll()
    assert "hello" in desk.training.log(job.id)


def test_every_change_rings_the_bell(desk: Desk) -> None:
    seen = [desk.monitor.revision()]
    job = desk.start()
    seen.append(desk.monitor.revision())
    desk.poll(2)
    seen.append(desk.monitor.revision())
    desk.training.cancel(job.id)
    seen.append(desk.monitor.revision())
    assert seen == sorted(set(seen))
