"""The front door never waits for a network; couriers work behind it and are taken up again."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest

from backends.openai_api import rounds
from backends.openai_api.errand import Pace
from backends.openai_api.run_folder import RunFolder
from backends.openai_api.training import HostedTraining
from studio.domain.endpoints import Connection
from studio.domain.errors import BackendUnavailable, Conflict, NotFound
from studio.domain.interfaces import RunState
from tests.contract.training_rigs import ended, until
from tests.fakes.openai_server.app import OpenAIServer, openai_server
from tests.fakes.openai_server.carrier import AppCarrier
from tests.unit.backends.openai_api.errands import TRAIN, VALIDATION, place, spec

QUICK = Pace(first_look=0.01, slowest_look=0.02, longest_pause=0.05)
SLOW = Pace(first_look=3600, slowest_look=3600, longest_pause=3600)


class Desk:
    """A backend, and the server behind it."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.server = folder, OpenAIServer()
        self.behave, self.records = self.server.behave, self.server.records
        self.place: Connection | None = place()
        self.gate = threading.Event()
        self.gate.set()
        self.opened: list[HostedTraining] = []
        self.backend = self.open()

    def open(self, pace: Pace = QUICK) -> HostedTraining:
        """Returns the backend as a studio that starts finds it."""
        made = HostedTraining(
            "endpoint:office", self.folder, self.connection, count, pace=pace, carrier=self.carrier
        )
        self.opened.append(made)
        return made

    def connection(self, name: str) -> Connection:
        if self.place is None:
            raise BackendUnavailable("The key OFFICE_KEY is not there.", hint="Put it in.")
        return self.place

    def carrier(self) -> httpx2.BaseTransport:
        return Gated(AppCarrier(self.server.app), self.gate)

    def submit(self, job_id: str = "job_1", resume_from: str | None = None) -> str:
        return self.backend.submit(
            spec(), None, TRAIN, VALIDATION, job_id=job_id, resume_from=resume_from
        )


class Gated(httpx2.BaseTransport):
    """Lets nothing through while the gate is shut."""

    def __init__(self, inside: httpx2.BaseTransport, gate: threading.Event) -> None:
        self._inside, self._gate = inside, gate

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        self._gate.wait()
        return self._inside.handle_request(request)


def count(texts: object, encoding: str) -> list[int]:
    return [len(text.split()) for text in texts]  # type: ignore[attr-defined]


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    made = Desk(tmp_path)
    yield made
    made.gate.set()
    for backend in made.opened:
        backend.close()


def test_nobody_waits_for_a_network_that_hangs(desk: Desk) -> None:
    desk.gate.clear()
    run_id = desk.submit()
    assert desk.backend.state(run_id).status == "running"
    desk.backend.pause(run_id)
    desk.backend.cancel(run_id)
    assert isinstance(desk.backend.events(run_id, 0), list)
    assert isinstance(desk.backend.log(run_id), str)
    assert desk.behave.asked == []


def test_a_studio_that_starts_again_goes_on_with_what_was_under_way(desk: Desk) -> None:
    desk.behave.held = True
    run_id = desk.submit()
    until(lambda: desk.backend.state(run_id).said == "running")
    desk.backend.close()
    desk.behave.held = False
    again = desk.open()
    state = ended(again, run_id)
    assert state.status == "succeeded"
    assert state.remote_model is not None
    assert len(desk.records.jobs) == 1


def test_a_wish_wakes_the_courier_at_once(tmp_path: Path, desk: Desk) -> None:
    desk.behave.held = True
    run_id = desk.submit()
    until(lambda: desk.backend.state(run_id).said == "running")
    desk.backend.close()
    (job,) = desk.records.jobs.values()
    seen = job.looks  # Read while nobody looks: the patient one may look once at once, then waits.
    patient = desk.open(SLOW)
    patient.state(run_id)
    until(lambda: job.looks > seen)
    patient.pause(run_id)
    assert until(lambda: patient.state(run_id).status == "paused")
    patient.submit(spec(), None, TRAIN, VALIDATION, job_id="job_1")
    assert patient.state(run_id).status == "running"
    until(lambda: job.status in ("queued", "running"))
    patient.cancel(run_id)
    until(lambda: job.status == "cancelled")


def test_a_server_that_cannot_pause_is_not_asked_again(desk: Desk) -> None:
    desk.behave.held, desk.behave.cannot = True, {"pause"}
    run_id = desk.submit()
    until(lambda: desk.backend.state(run_id).said == "running")
    desk.backend.pause(run_id)

    def refused() -> RunState | None:
        state = desk.backend.state(run_id)
        return state if state.message else None

    assert "cannot pause" in until(refused).message
    with pytest.raises(BackendUnavailable, match="cannot pause runs"):
        desk.backend.pause(run_id)
    desk.backend.cancel(run_id)
    assert ended(desk.backend, run_id).status == "cancelled"


def test_another_run_goes_on_from_the_newest_checkpoint(desk: Desk) -> None:
    desk.behave.fails = {"code": "x", "message": "No.", "param": None}
    first = desk.submit()
    assert ended(desk.backend, first).resumable
    desk.behave.fails = None
    second = desk.submit("job_2", resume_from=first)
    assert ended(desk.backend, second).status == "succeeded"
    models = [job.asked["model"] for job in desk.records.jobs.values()]
    assert models[0] == "base-mini"
    assert models[1].endswith(":ckpt-step-12")


def test_a_run_without_a_checkpoint_cannot_be_gone_on_from(desk: Desk) -> None:
    desk.behave.bad_file = "No."
    first = desk.submit()
    assert not ended(desk.backend, first).resumable
    with pytest.raises(Conflict, match="left no checkpoint"):
        desk.submit("job_2", resume_from=first)


def test_a_key_that_is_not_there_blocks_the_plan_and_holds_the_run(desk: Desk) -> None:
    run_id = desk.submit()
    desk.place = None
    assert "OFFICE_KEY" in (desk.backend.unavailable_because() or "")
    plan = desk.backend.plan(spec(), None, TRAIN, VALIDATION)
    assert "OFFICE_KEY" in plan.blockers[0].what
    assert "This machine" in plan.blockers[0].remedy
    until(lambda: "OFFICE_KEY" in desk.backend.state(run_id).message)
    desk.place = place()
    assert ended(desk.backend, run_id).status == "succeeded"
    assert desk.backend.unavailable_because() is None


def test_planning_counts_each_dataset_once(tmp_path: Path) -> None:
    counted: list[str] = []

    def counting(texts: object, encoding: str) -> list[int]:
        counted.append(encoding)
        return count(texts, encoding)

    desk = Desk(tmp_path)
    backend = HostedTraining(
        "endpoint:office", tmp_path, desk.connection, counting, carrier=desk.carrier
    )
    first = backend.plan(spec(), None, TRAIN, VALIDATION)
    assert backend.plan(spec(), None, TRAIN, VALIDATION) == first
    backend.plan(spec(), None, TRAIN[1:], VALIDATION)
    assert counted == ["o200k_base"] * 2


def test_a_defect_is_said_and_another_courier_is_sent(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    heard: list[threading.ExceptHookArgs] = []
    monkeypatch.setattr(threading, "excepthook", heard.append)
    monkeypatch.setattr(rounds, "AGAIN", 0.0)
    run_id = desk.submit()
    ended(desk.backend, run_id)
    remote = desk.folder / run_id / "remote.json"
    good = remote.read_bytes()
    sent = rounds.Rounds(lambda run: (_ for _ in ()).throw(ZeroDivisionError))
    sent.keep_going(run_id)
    until(lambda: sent.trouble(run_id))
    assert sent.trouble(run_id) == rounds.STUMBLED
    sent.keep_going(run_id)
    until(lambda: len(heard) == 2)
    sent.close()
    assert remote.read_bytes() == good


def test_a_folder_that_cannot_be_written_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    sent = rounds.Rounds(full_disk)
    sent.keep_going("run_1")
    assert "No space left" in until(lambda: sent.trouble("run_1"))
    sent.close()


def full_disk(run_id: str) -> rounds.Courier:
    raise OSError(28, "No space left on device")


def test_a_create_that_outlasts_the_client_makes_one_job_over_a_real_connection(
    tmp_path: Path,
) -> None:
    impatient = Pace(first_look=0.02, slowest_look=0.05, create=0.2, grace=5.0)
    with openai_server() as server:
        server.behave.create_seconds = 1.0
        backend = HostedTraining(
            "endpoint:office",
            tmp_path,
            lambda name: place(base_url=server.url),
            count,
            pace=impatient,
        )
        run_id = backend.submit(spec(), None, TRAIN, VALIDATION, job_id="job_1")
        assert ended(backend, run_id).status == "succeeded"
        assert "did not answer in time" in backend.log(run_id)
        assert len(server.records.jobs) == 1
        backend.close()


def test_second_jobs_are_looked_for_also_after_a_restart(desk: Desk) -> None:
    run_id = desk.submit()
    ended(desk.backend, run_id)
    desk.backend.close()
    folder = RunFolder(desk.folder / run_id)
    remote = folder.remote()
    assert remote is not None
    folder.keep(remote.with_(phase="watch", doubted=True, look_at=None))
    (first,) = desk.records.jobs.values()
    desk.behave.trusts_files = True
    late = desk.records.add_job(first.asked, "")
    desk.open()
    until(lambda: late.status == "cancelled")
    assert first.status == "succeeded"


def test_unknown_runs_are_not_found(desk: Desk) -> None:
    for ask in (desk.backend.state, desk.backend.cancel, desk.backend.pause, desk.backend.log):
        with pytest.raises(NotFound):
            ask("run_nobody")
