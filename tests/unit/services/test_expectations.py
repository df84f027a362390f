"""Every run's estimates are kept at its start, settled at its end, and correct the next."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from studio.domain.jobs import Job, JobStatus
from studio.domain.values import now
from studio.services.expectations import Expectations
from studio.services.monitor import MonitorService
from studio.services.training import TrainingService
from studio.store.estimates import EstimateStore
from tests.fakes.training import STEPS
from tests.unit.services.training_desk import Desk


class Expecting(Desk):
    """A desk whose services keep what they promise."""

    def __post_init__(self) -> None:
        self.estimates: EstimateStore | None = None
        self.hour: float | None = None
        self.bill: dict[str, Any] = {}
        """What plans of hosted runs say of their price."""
        super().__post_init__()

    def kept(self) -> EstimateStore:
        if self.estimates is None:
            self.estimates = EstimateStore(self.database)
        return self.estimates

    def another_expectations(self) -> Expectations:
        return Expectations(
            self.kept(),
            self.jobs,
            lambda project_id: self.hour,
            lambda spec, tokens: tokens * 2e-6,
        )

    def another_training(self) -> TrainingService:
        expected = self.another_expectations()
        return TrainingService(
            self.jobs,
            self.datasets,
            self.models,
            self.backends,
            self.changes.note,
            corrected=expected.corrected,
            begun=expected.begun,
            priced=lambda spec, plan: plan.with_(**self.bill) if spec.hosted else plan,
        )

    def another_monitor(self) -> MonitorService:
        ended = self.another_expectations().ended
        return MonitorService(
            self.jobs,
            self.datasets,
            self.models,
            self.backends,
            self.changes,
            ended=ended,
        )

    def of(self, job: Job) -> dict[str, Any]:
        return {one.kind: one for one in self.kept().of(job.id)}


@pytest.fixture
def desk(tmp_path: Path) -> Expecting:
    return Expecting(tmp_path)


def settled(desk: Expecting, actual: float, times: int = 3) -> None:
    """Puts ended runs of the desk's kind into the record."""
    for _ in range(times):
        job = desk.start()
        seconds = desk.of(job)["seconds"]
        desk.kept().save(seconds.with_(actual=actual, actual_at=now()))


def test_a_start_keeps_what_the_plan_promised(desk: Expecting) -> None:
    job = desk.start()
    kept = desk.of(job)
    assert kept["memory_bytes"].mid == 1_200_000_000
    assert (kept["seconds"].low, kept["seconds"].high) == (30, 120)
    assert kept["seconds"].mid == pytest.approx(60)
    assert kept["seconds"].family == "local/lora/small/prior"
    assert kept["memory_bytes"].actual is None


def test_the_end_settles_time_and_peak_memory(desk: Expecting) -> None:
    job = desk.start()
    desk.poll(STEPS + 2)
    done = desk.jobs.get(job.id)
    assert done.status is JobStatus.SUCCEEDED
    assert done.started_at and done.finished_at
    kept = desk.of(job)
    assert kept["seconds"].actual == (done.finished_at - done.started_at).total_seconds()
    assert kept["memory_bytes"].actual is None, "this backend told no memory"


def test_money_is_kept_once_somebody_said_what_an_hour_costs(desk: Expecting) -> None:
    assert "usd" not in desk.of(desk.start()), "unknown stays unknown"
    desk.hour = 36.0
    job = desk.start(name="another")
    kept = desk.of(job)
    assert (kept["usd"].low, kept["usd"].high) == (0.3, 1.2)
    assert "36 USD for an hour of this machine" in kept["usd"].basis
    desk.hour = 99.0
    desk.poll(2 * (STEPS + 2))
    settled = desk.of(desk.jobs.get(job.id))
    assert settled["usd"].actual == pytest.approx(settled["seconds"].actual / 100)


def test_a_run_that_failed_teaches_nothing(desk: Expecting) -> None:
    desk.backend.fails = "It broke."
    job = desk.start()
    desk.poll(STEPS + 2)
    assert all(one.actual is None for one in desk.of(job).values())


def test_a_run_that_went_on_from_another_says_why_it_is_not_compared(desk: Expecting) -> None:
    job = desk.start()
    desk.poll(2)
    desk.training.cancel(job.id)
    desk.poll(2)
    again = desk.training.resume(job.id)
    desk.poll(STEPS + 2)
    assert desk.jobs.get(again.id).status is JobStatus.SUCCEEDED
    assert all(one.actual is None for one in desk.of(again).values())


def test_errors_of_earlier_runs_correct_the_next_plan_and_say_so(desk: Expecting) -> None:
    before = desk.training.plan(desk.spec())
    settled(desk, actual=90.0)
    after = desk.training.plan(desk.spec())
    assert after.seconds_low == pytest.approx((before.seconds_low or 0) * 1.5)
    assert "times 1.50" in after.basis
    assert "learnt from 3 earlier estimates" in after.basis


def test_a_corrected_estimate_remembers_by_how_much(desk: Expecting) -> None:
    settled(desk, actual=90.0)
    kept = desk.of(desk.start())
    assert kept["seconds"].factor == pytest.approx(1.5)
    assert kept["seconds"].mid == pytest.approx(90)
    assert kept["memory_bytes"].factor == 1.0


def test_another_method_is_another_family(desk: Expecting) -> None:
    settled(desk, actual=90.0)
    plan = desk.training.plan(desk.spec(method="qlora"))
    assert "times" not in plan.basis


def test_a_provider_s_bill_is_kept_and_settled_by_what_it_trained(desk: Expecting) -> None:
    desk.bill = {"usd": 0.5, "usd_basis": "a price", "billed_tokens": 250_000}
    desk.hour = 3.0
    job = desk.start(backend="endpoint:acme", base_model="their-model")
    kept = desk.of(job)
    assert (kept["usd"].mid, kept["usd"].basis, kept["tokens"].mid) == (0.5, "a price", 250_000)
    desk.poll(STEPS)
    run_id = desk.jobs.get(job.id).run_id
    assert run_id is not None
    events = desk.hosted.events(run_id, 0)
    told = events[-1].with_(n=len(events) + 1, kind="log", data={"trained_tokens": 240_000})
    desk.hosted.told(run_id, [*events, told])
    desk.poll(2)
    assert desk.status(job) is JobStatus.SUCCEEDED
    settled = desk.of(job)
    assert (settled["tokens"].actual, settled["usd"].actual) == (240_000, pytest.approx(0.48))


def test_a_bill_that_nobody_told_stays_open(desk: Expecting) -> None:
    desk.bill = {"usd": 0.5, "usd_basis": "a price"}
    desk.hour = 3.0
    job = desk.start(backend="endpoint:acme", base_model="their-model")
    desk.poll(STEPS + 2)
    assert desk.status(job) is JobStatus.SUCCEEDED
    assert desk.of(job)["usd"].actual is None
