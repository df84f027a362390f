"""What every TrainingBackend promises: the fake, this machine, a server, the studio's own /v1."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from studio.domain.datasets import Split
from studio.domain.errors import NotFound
from studio.domain.interfaces import RunState
from studio.domain.models import BaseModel
from studio.domain.training import METRICS
from tests import tiny_rows
from tests.contract.training_rigs import (
    ENDLESS,
    FakeRig,
    HostedRig,
    LocalRig,
    Rig,
    all_events,
    ended,
    reached,
    small_workers,
    spec,
    steps,
    went_on,
)
from tests.contract.wire_rig import WireRig
from tests.fakes.openai_server.app import openai_server

TRAIN = tiny_rows.examples(24)
VALIDATION = tiny_rows.examples(4, split=Split.VALIDATION, seed=1)
FEW_STEPS = spec(evaluations=4)
MANY_STEPS = spec(epochs=ENDLESS, evaluations=100)


@pytest.fixture(scope="module", params=["fake", "local", "hosted", "studio"])
def rig(
    request: pytest.FixtureRequest,
    tmp_path_factory: pytest.TempPathFactory,
    tiny_models: Callable[[str], BaseModel],
) -> Iterator[Rig]:
    folder = tmp_path_factory.mktemp(request.param)
    if request.param == "hosted":
        with openai_server() as server:
            made = HostedRig(folder, server)
            yield made
            made.hosted.close()
        return
    if request.param == "studio":
        with small_workers(folder), WireRig(folder, tiny_models("llama")).open() as there:
            yield there
        return
    with small_workers(folder):
        yield FakeRig(folder) if request.param == "fake" else LocalRig(folder, tiny_models("llama"))


@dataclass
class Ended:
    """A run that has come to its end."""

    run_id: str
    state: RunState


def submit(rig: Rig, job_id: str, *, long: bool = False, resume_from: str | None = None) -> str:
    wanted = rig.given(MANY_STEPS if long else FEW_STEPS)
    shown = rig.backend.plan(wanted, rig.model, TRAIN, VALIDATION).disclosure
    return rig.backend.submit(
        wanted if shown is None else wanted.with_(agreed=shown.fingerprint),
        rig.model,
        TRAIN,
        VALIDATION,
        job_id=job_id,
        resume_from=resume_from,
    )


@pytest.fixture(scope="module")
def finished(rig: Rig) -> Ended:
    run_id = submit(rig, "job_finished")
    return Ended(run_id, ended(rig.backend, run_id))


@pytest.fixture(scope="module")
def cancelled(rig: Rig) -> Ended:
    run_id = submit(rig, "job_cancelled", long=True)
    reached(rig.backend, run_id, 2)
    rig.backend.cancel(run_id)
    rig.backend.cancel(run_id)
    return Ended(run_id, ended(rig.backend, run_id))


@pytest.fixture(scope="module")
def paused(rig: Rig) -> Ended:
    run_id = submit(rig, "job_paused", long=True)
    reached(rig.backend, run_id, 2)
    rig.backend.pause(run_id)
    rig.backend.pause(run_id)
    return Ended(run_id, ended(rig.backend, run_id))


@pytest.fixture(scope="module")
def killed(rig: Rig) -> Ended:
    run_id = submit(rig, "job_killed", long=True)
    reached(rig.backend, run_id, 2)
    rig.kill(run_id)
    return Ended(run_id, rig.backend.state(run_id))


def test_a_plan_gives_figures_or_none_but_never_zero(rig: Rig) -> None:
    plan = rig.backend.plan(rig.given(FEW_STEPS), rig.model, TRAIN, VALIDATION)
    assert plan.can_start
    for figure in (
        plan.memory_needed,
        plan.memory_available,
        plan.disk_needed,
        plan.disk_available,
        plan.seconds_low,
        plan.seconds_high,
        plan.total_steps,
        plan.train_tokens,
    ):
        assert figure is None or figure > 0
    assert (plan.train_examples, plan.validation_examples) == (len(TRAIN), len(VALIDATION))
    assert plan.device
    assert plan.basis
    assert (plan.disclosure is not None) == rig.elsewhere


def test_a_plan_names_the_rows_that_are_too_long(rig: Rig) -> None:
    long = tiny_rows.example(77, ("user", "why " * 300), ("assistant", "So."))
    wanted = rig.given(FEW_STEPS)
    plan = rig.backend.plan(wanted, rig.model, [*TRAIN, long], VALIDATION)
    if rig.elsewhere:
        # A server cuts them, so they are named as a warning; how long is too long is its own.
        longer = tiny_rows.example(77, ("user", "why " * 5000), ("assistant", "So."))
        known = wanted.with_(base_model="gpt-4-0613")
        plan = rig.backend.plan(known, rig.model, [*TRAIN, longer], VALIDATION)
        assert any("line 78" in warning for warning in plan.warnings)
        return
    assert not plan.can_start
    assert [row for blocker in plan.blockers for row in blocker.example_ids] == [long.id]
    assert all(blocker.what and blocker.remedy for blocker in plan.blockers)


def test_planning_starts_nothing(rig: Rig) -> None:
    rig.backend.plan(rig.given(FEW_STEPS), rig.model, TRAIN, VALIDATION)
    with pytest.raises(NotFound):
        rig.backend.state("run_job_planned")


def test_a_run_ends_with_an_artifact(rig: Rig, finished: Ended) -> None:
    assert finished.state.status == "succeeded"
    assert finished.state.failure is None
    if rig.elsewhere:
        assert finished.state.artifact is None and finished.state.remote_model
    else:
        assert finished.state.artifact is not None
        assert (Path(finished.state.artifact) / "manifest.json").is_file()
    assert finished.state.validation_loss is not None
    assert math.isfinite(finished.state.validation_loss)
    assert rig.backend.state(finished.run_id) == finished.state


def test_the_last_checkpoints_of_a_run_are_kept_to_be_asked(rig: Rig, finished: Ended) -> None:
    told = [e for e in all_events(rig.backend, finished.run_id) if e.kind == "checkpoint"]
    kept = rig.backend.checkpoints(finished.run_id)
    steps_kept = [one.step for one in kept]
    assert steps_kept == sorted(set(steps_kept))
    assert len(kept) >= min(3, len({e.data["step"] for e in told}))
    assert set(steps_kept) <= {e.data["step"] for e in told}
    assert steps_kept[-1] == told[-1].data["step"]
    for one in kept:
        if one.artifact is None:
            assert one.remote_model
        else:
            proof = (Path(one.artifact) / "manifest.json").read_bytes()
            assert one.manifest_sha256 == hashlib.sha256(proof).hexdigest()


def test_events_are_numbered_from_one_without_a_gap(rig: Rig, finished: Ended) -> None:
    events = all_events(rig.backend, finished.run_id)
    assert [event.n for event in events] == list(range(1, len(events) + 1))
    assert {"metrics", "checkpoint"} <= {event.kind for event in events}
    assert [event.at for event in events] == sorted(event.at for event in events)


def test_events_go_on_where_the_reader_stopped(rig: Rig, finished: Ended) -> None:
    events = all_events(rig.backend, finished.run_id)
    for after in (0, 1, len(events) - 1, len(events), len(events) + 5):
        assert rig.backend.events(finished.run_id, after) == events[after:]


def test_metrics_are_finite_numbers_under_known_names(rig: Rig, finished: Ended) -> None:
    told = [e.data for e in all_events(rig.backend, finished.run_id) if e.kind == "metrics"]
    for data in told:
        assert data.keys() <= METRICS.keys()
        assert all(math.isfinite(value) for value in data.values())
    assert told[-1]["step"] == max(steps(all_events(rig.backend, finished.run_id)))


def test_submitting_the_same_job_again_starts_nothing(rig: Rig, finished: Ended) -> None:
    before = all_events(rig.backend, finished.run_id)
    assert submit(rig, "job_finished") == finished.run_id
    assert rig.backend.state(finished.run_id) == finished.state
    assert all_events(rig.backend, finished.run_id) == before


def test_a_cancelled_run_keeps_a_checkpoint(cancelled: Ended) -> None:
    assert cancelled.state.status == "cancelled"
    assert cancelled.state.resumable
    assert cancelled.state.artifact is None
    assert cancelled.state.message


def test_another_run_goes_on_from_a_cancelled_one(rig: Rig, cancelled: Ended) -> None:
    done = steps(all_events(rig.backend, cancelled.run_id))
    run_id = submit(rig, "job_resumed", long=True, resume_from=cancelled.run_id)
    assert run_id != cancelled.run_id
    if not rig.continues:
        assert "from a tuned model is not offered" in ended(rig.backend, run_id).message
        return
    reached(rig.backend, run_id, 1)
    # A server trains the checkpoint as a model of its own and counts its steps anew.
    first = 1 if rig.elsewhere else done[-1] + 1
    assert steps(all_events(rig.backend, run_id))[0] == first
    rig.backend.cancel(run_id)
    ended(rig.backend, run_id)
    assert rig.backend.state(cancelled.run_id) == cancelled.state


def test_a_paused_run_waits_with_a_checkpoint(rig: Rig, paused: Ended) -> None:
    assert paused.state.status == "paused"
    assert paused.state.failure is None
    assert paused.state.resumable
    assert paused.state.artifact is None
    assert rig.backend.state(paused.run_id) == paused.state


def test_a_paused_run_goes_on_when_its_job_is_submitted_again_until_it_is_cancelled(
    rig: Rig, paused: Ended
) -> None:
    before = all_events(rig.backend, paused.run_id)
    assert submit(rig, "job_paused", long=True) == paused.run_id
    went_on(rig.backend, paused.run_id, len(steps(before)))
    rig.backend.pause(paused.run_id)
    assert ended(rig.backend, paused.run_id).status == "paused"
    events = all_events(rig.backend, paused.run_id)
    assert events[: len(before)] == before
    done = steps(events)
    assert done == list(range(1, len(done) + 1))
    rig.backend.cancel(paused.run_id)
    given_up = ended(rig.backend, paused.run_id, waits=False)
    assert (given_up.status, given_up.resumable) == ("cancelled", True)
    assert submit(rig, "job_paused", long=True) == paused.run_id
    assert rig.backend.state(paused.run_id) == given_up


def test_a_killed_run_is_interrupted_and_can_go_on(rig: Rig, killed: Ended) -> None:
    if rig.elsewhere:
        assert killed.state.status == "running"
    else:
        assert killed.state.status == "interrupted"
        assert killed.state.failure == "killed"
        assert killed.state.message
    assert killed.state.resumable
    before = all_events(rig.backend, killed.run_id)
    assert submit(rig, "job_killed", long=True) == killed.run_id
    reached(rig.backend, killed.run_id, sum(e.kind == "checkpoint" for e in before) + 2)
    rig.backend.cancel(killed.run_id)
    assert ended(rig.backend, killed.run_id).status == "cancelled"
    events = all_events(rig.backend, killed.run_id)
    assert events[: len(before)] == before
    assert [event.n for event in events] == list(range(1, len(events) + 1))


def test_an_unknown_run_is_not_found(rig: Rig) -> None:
    for ask in (
        rig.backend.state,
        rig.backend.cancel,
        rig.backend.pause,
        rig.backend.checkpoints,
        rig.backend.log,
        lambda run_id: rig.backend.events(run_id, 0),
    ):
        with pytest.raises(NotFound):
            ask("run_job_nobody")


def test_the_log_is_text_for_people(rig: Rig, finished: Ended) -> None:
    assert isinstance(rig.backend.log(finished.run_id), str)
    assert len(rig.backend.log(finished.run_id, 1).splitlines()) <= 1
