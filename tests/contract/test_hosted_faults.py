"""Whatever happens between client and server, a run ends as exactly one job, and none is lost."""

from __future__ import annotations

import os
import random
from collections import Counter
from pathlib import Path

import pytest

from backends.openai_api import lines
from backends.openai_api.courier import Courier
from backends.openai_api.eligibility import Eligibility
from backends.openai_api.errand import Line, Pace
from backends.openai_api.remote import Remote, RunSpec
from backends.openai_api.run_folder import RunFolder
from studio.domain.datasets import Split
from studio.domain.endpoints import Connection, Dialect
from studio.domain.jobs import Event
from studio.domain.training import TrainingSpec
from tests import tiny_rows
from tests.contract.faulty_wire import FAULTS, SOON, Clock, FaultyWire, Killed, MortalFolder
from tests.fakes.openai_server.app import OpenAIServer

SEEDS = 200
STEPS = 8
JOB = "job_0123456789abcdef"
MOST_STEPS = 3000
PLACE = Connection(name="office", base_url="http://127.0.0.1/v1", key="sk-x", dialect=Dialect.OTHER)
FILES = lines.files(
    TrainingSpec(project_id="p", name="n", dataset_version_id="v", base_model="base-mini"),
    tiny_rows.examples(12),
    tiny_rows.examples(2, split=Split.VALIDATION, seed=1),
)
seen: Counter[str] = Counter()


@pytest.fixture(autouse=True)
def quick_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    # A studio that is killed loses nothing that was written; a power cut is not tried here.
    monkeypatch.setattr(os, "fsync", lambda handle: None)


def spec() -> TrainingSpec:
    rows = {"train.jsonl": 12, "validation.jsonl": 2}
    shown = lines.disclosure(PLACE.host, "base-mini", FILES, rows)
    return TrainingSpec(
        project_id="project_1",
        name="Colours",
        dataset_version_id="version_1",
        base_model="base-mini",
        backend="endpoint:office",
        agreed=shown.fingerprint,
    )


class Trial:
    """One seeded run against a server of its own."""

    def __init__(self, seed: int, folder: Path) -> None:
        self.dice, self.clock = random.Random(seed), Clock()
        self.server = OpenAIServer(self.clock.seconds)
        behave = self.server.behave
        behave.steps = STEPS
        behave.ignores_filter = self.dice.random() < 0.3
        behave.drops_metadata = self.dice.random() < 0.1
        behave.honours_idempotency = self.dice.random() < 0.3
        behave.has_more = self.dice.random() < 0.8
        behave.trusts_files = self.dice.random() < 0.5
        behave.page = self.dice.choice((2, 5, 100))
        self.wire = FaultyWire(self.server.app, self.clock, self.dice)
        self.folder = MortalFolder(folder, self.dice)
        rows = {"train.jsonl": 12, "validation.jsonl": 2}
        self.folder.create(
            RunSpec(job_id=JOB, training=spec(), model="base-mini", rows=rows), FILES
        )
        self.kills = 0

    def run(self, cancel_at: int = MOST_STEPS) -> Remote:
        """Takes the run to its very end, sending a new courier after each kill."""
        steps = 0
        while True:
            courier = None
            try:
                courier = self._courier()
                while (wait := courier.step()) is not None:
                    self.clock.pass_(max(wait, 0.05))
                    self.wire.deliver()
                    steps += 1
                    assert steps < MOST_STEPS, self.folder.remote()
                    if steps == cancel_at:
                        self.folder.wish("cancel")
                break
            except Killed:
                self.kills += 1
                self.clock.pass_(self.dice.uniform(0, 90))
            finally:
                if courier is not None:
                    courier.close()
        self.clock.pass_(1000)
        self.wire.deliver()
        remote = self.folder.remote()
        assert remote is not None
        return remote

    def events(self) -> list[Event]:
        found: list[Event] = []
        while more := RunFolder(self.folder.path).events(len(found)):
            found += more
        return found

    def _courier(self) -> Courier:
        eligibility = Eligibility(lambda: self.wire, self.clock.now, self.clock.seconds)
        line = Line(lambda: PLACE, lambda: self.wire)
        return Courier(self.folder, line, eligibility, Pace(), self.clock.now)


@pytest.mark.parametrize("seed", range(SEEDS))
def test_exactly_one_job_comes_of_a_run(seed: int, tmp_path: Path) -> None:
    trial = Trial(seed, tmp_path / f"run_{JOB}")
    remote = trial.run()
    story = trial.folder.log_tail(300)
    seen.update(fault for fault, _ in trial.wire.faults)
    seen["killed while writing"] += trial.folder.deaths
    seen["runs"] += 1
    assert remote.ending is not None
    assert remote.ending.status == "succeeded", story
    live = [job for job in trial.server.records.jobs.values() if job.status not in STOPPED]
    assert [job.id for job in live] == [remote.job], story
    assert remote.model == live[0].model
    create = "/fine_tuning/jobs"
    if trial.wire.latest <= SOON and not trial.wire.happened(create, "delivered twice"):
        assert len(trial.server.records.jobs) == 1, story
    events = trial.events()
    assert [event.n for event in events] == list(range(1, len(events) + 1))
    told = [e.data["step"] for e in events if e.kind == "metrics" and "loss" in e.data]
    assert sorted(told) == list(range(1, STEPS + 1)), story
    left = [f for f in trial.server.records.files.values() if f.purpose == "fine-tune"]
    assert left == [] or trial.wire.happened("/files", "slow", "killed meanwhile"), story


STOPPED = ("failed", "cancelled")


@pytest.mark.parametrize("seed", range(SEEDS, SEEDS + 25))
def test_a_run_that_is_cancelled_leaves_no_job_alive(seed: int, tmp_path: Path) -> None:
    trial = Trial(seed, tmp_path / f"run_{JOB}")
    remote = trial.run(cancel_at=trial.dice.randrange(1, 12))
    assert remote.ending is not None
    jobs = trial.server.records.jobs.values()
    live = [job.id for job in jobs if job.status not in STOPPED]
    if remote.ending.status == "succeeded":  # It was done before it heard of the wish.
        assert live == [remote.job]
    else:
        assert remote.ending.status == "cancelled"
        assert live == [], trial.folder.log_tail(300)


def test_every_kind_of_fault_was_met() -> None:
    if seen["runs"] < SEEDS:
        pytest.skip("only some of the runs were asked for")
    assert set(FAULTS) | {"killed while writing"} <= {kind for kind, times in seen.items() if times}
