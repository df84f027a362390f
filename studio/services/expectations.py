"""Expectations: what a plan promised of a run, kept at its start and settled at its end."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

from studio.core.costing import learning
from studio.core.costing.answering import by_hour
from studio.domain.costing import Estimate, EstimateKind, Figure
from studio.domain.jobs import Event, Job, JobStatus
from studio.domain.training import Plan, TrainingSpec
from studio.domain.values import new_id, now
from studio.store.estimates import EstimateStore
from studio.store.jobs import JobStore

LOCAL = "local"
MEMORY_SPREAD = 1.15
"""How far a run's memory may be from the estimate, up or down. A judgement."""
MOST_EVENTS = 1_000_000


class Expectations:
    """Stands between plans and runs: corrects by earlier errors, keeps, settles."""

    def __init__(
        self,
        store: EstimateStore,
        jobs: JobStore,
        hour: Callable[[str], float | None] = lambda project_id: None,
        bill: Callable[[TrainingSpec, int], float | None] = lambda spec, tokens: None,
    ) -> None:
        """`hour` says what an hour of this machine costs in a project, None when nobody said.

        `bill` says what a provider asks for so many trained tokens, None when not known.
        """
        self._store, self._jobs, self._hour, self._bill = store, jobs, hour, bill

    def corrected(self, spec: TrainingSpec, plan: Plan) -> Plan:
        """Returns the plan with what earlier plans of its kind were off by, said in its basis."""
        time, memory = families(spec, plan)
        known = self._store.family("seconds", time)
        slower = learning.factor(known, "seconds", time)
        larger = self._factor("memory_bytes", memory)
        if slower == larger == 1.0:
            return plan
        said = [plan.basis]
        changes: dict[str, object] = {}
        if slower != 1.0 and plan.seconds_low is not None and plan.seconds_high is not None:
            changes |= {
                "seconds_low": plan.seconds_low * slower,
                "seconds_high": plan.seconds_high * slower,
            }
            said.append(f"time {learning.words(len(known), slower)}")
        if larger != 1.0 and plan.memory_needed is not None:
            n = len(self._store.family("memory_bytes", memory))
            changes["memory_needed"] = int(plan.memory_needed * larger)
            said.append(f"memory {learning.words(n, larger)}")
        needed = changes.get("memory_needed")
        free = plan.memory_available
        if isinstance(needed, int) and free is not None and needed > free and not plan.blockers:
            changes["warnings"] = (
                *plan.warnings,
                "By what earlier runs took, memory may not suffice: close other programs first.",
            )
        return plan.with_(**changes, basis="; ".join(said))

    def begun(self, job: Job, plan: Plan) -> None:
        """Keeps what the plan promises of a job that was put into the queue."""
        time, memory = families(job.spec, plan)
        if plan.memory_needed is not None:
            mid = float(plan.memory_needed)
            self._keep(job, "memory_bytes", memory, mid / MEMORY_SPREAD, mid, mid * MEMORY_SPREAD)
        low, high = plan.seconds_low, plan.seconds_high
        if low is not None and high is not None and low > 0:
            took = Figure(low=low, mid=(low * high) ** 0.5, high=high, unit="s", basis=plan.basis)
            self._keep(job, "seconds", time, low, (low * high) ** 0.5, high, plan.basis)
            hour = self._hour(job.project_id) if job.backend == LOCAL else None
            if hour is not None:
                usd = by_hour(took, hour)
                self._keep(job, "usd", time, usd.low, usd.mid or 0.0, usd.high, usd.basis)
        if plan.usd is not None:
            self._keep(job, "usd", f"{memory}/bill", None, plan.usd, None, plan.usd_basis)
        tokens: float | None = plan.billed_tokens
        if tokens is None and plan.train_tokens is not None:
            tokens = plan.train_tokens * job.spec.hyperparameters.epochs
        if tokens is not None:
            self._keep(job, "tokens", f"{job.backend}/tokens", None, tokens, None)

    def ended(self, job: Job) -> None:
        """Settles what is comparable: peak memory, duration and tokens of a run that succeeded.

        A run that was resumed, interrupted or stopped early took another time than was planned,
        which would teach the wrong thing; its figures stay open and say why.
        """
        if job.status is not JobStatus.SUCCEEDED:
            return
        events = self._jobs.events(job.id, limit=MOST_EVENTS)
        told = [event.data for event in events if event.kind == "metrics"]
        memory = max(
            (int(data["memory_bytes"]) for data in told if "memory_bytes" in data), default=0
        )
        if memory:
            self._settle(job, "memory_bytes", float(memory))
        if job.spec.hosted:
            self._settle_bill(job, events)
        why = _not_comparable(job, events)
        if why:
            self._say(job, why)
        elif job.started_at is not None and job.finished_at is not None:
            took = (job.finished_at - job.started_at).total_seconds()
            self._settle(job, "seconds", took)
            expected = {one.kind: one.mid for one in self._store.of(job.id)}
            usd, seconds = expected.get("usd"), expected.get("seconds")
            if job.backend == LOCAL and usd and seconds:
                # At the price of the estimate: another one would look like another duration.
                self._settle(job, "usd", took * usd / seconds)

    def _settle_bill(self, job: Job, events: list[Event]) -> None:
        """Settles what a provider trained on, as it told, and what it asks for that."""
        told = [event.data["trained_tokens"] for event in events if "trained_tokens" in event.data]
        if not told:
            return
        self._settle(job, "tokens", float(told[-1]))
        usd = self._bill(job.spec, int(told[-1]))
        if usd is not None:
            self._settle(job, "usd", usd)

    def _factor(self, kind: EstimateKind, family: str) -> float:
        return learning.factor(self._store.family(kind, family), kind, family)

    def _keep(
        self,
        job: Job,
        kind: EstimateKind,
        family: str,
        low: float | None,
        mid: float,
        high: float | None,
        basis: str = "from the model's shape and the longest example",
    ) -> None:
        self._store.add(
            Estimate(
                id=new_id("estimate"),
                project_id=job.project_id,
                kind=kind,
                subject="job",
                subject_id=job.id,
                family=family,
                low=low,
                mid=mid,
                high=high,
                basis=basis,
                factor=self._factor(kind, family),
                created_at=now(),
            )
        )

    def _settle(self, job: Job, kind: EstimateKind, actual: float) -> None:
        for one in self._store.of(job.id, kind):
            if one.actual is None:
                self._store.save(one.with_(actual=actual, actual_at=now()))

    def _say(self, job: Job, why: str) -> None:
        for one in [*self._store.of(job.id, "seconds"), *self._store.of(job.id, "usd")]:
            if one.actual is None and why not in one.basis:
                self._store.save(one.with_(basis=f"{one.basis}; not compared: {why}"))


def families(spec: TrainingSpec, plan: Plan) -> tuple[str, str]:
    """Returns the families of a run's time and of its memory.

    Times are told apart by what they rest on: a prior's error says nothing about a measurement.
    """
    kind = f"{spec.backend}/{spec.method}/{spec.base_model}"
    basis = plan.basis.lower()
    rests_on = (
        "probe" if "probe" in basis else "measured" if "measured here on" in basis else "prior"
    )
    return f"{kind}/{rests_on}", kind


def _not_comparable(job: Job, events: list[Event]) -> str:
    phases = Counter(event.message for event in events if event.kind == "phase")
    if job.resumed_from is not None:
        return "it went on from another run"
    if any(n > 1 for n in phases.values()):
        return "it was interrupted"
    if job.total_steps and job.step < job.total_steps:
        return "it stopped early"
    return ""
