"""Cycle steps: from a trigger to a trained candidate, each step safe to be done twice."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from studio.domain.datasets import DatasetVersion
from studio.domain.deployments import Revision, Slot
from studio.domain.errors import BackendUnavailable, Conflict, NotFound
from studio.domain.jobs import TERMINAL, Job, JobStatus
from studio.domain.ladder import Rung, RungSetup
from studio.domain.retraining import CycleState, RetrainCycle, TriggerKind
from studio.services.deployments import DeploymentService
from studio.services.retraining_needs import Placer, Snapshot, Snapshotter, Training
from studio.store.retraining import RetrainingStore

ATTEMPTS = 2
"""Trainings of one cycle: the first, and one repetition on the same data."""
RESUMES = 3
"""How often an interrupted training is let go on before it counts as failed."""
LONGEST_WAIT, PAUSE = timedelta(hours=24), timedelta(minutes=1)
"""How long a cycle waits for a place to train, and how often it looks for one."""


def derived(kind: str, *parts: str | int) -> str:
    """Returns the identifier of something a cycle makes: the same each time it is made."""
    digest = hashlib.sha256("/".join(map(str, parts)).encode()).hexdigest()
    return f"{kind}_{digest[:16]}"


@dataclass(frozen=True, kw_only=True)
class Making:
    """What is needed to get from a trigger to a candidate."""

    store: RetrainingStore
    deployments: DeploymentService
    snapshot: Snapshotter
    place: Placer
    training: Training
    version: Callable[[str], DatasetVersion]
    left: Callable[[RetrainCycle], Decimal | None]
    """What may still be spent this month; None without a ceiling."""
    billed: Callable[[Job], Decimal | None]
    """What a training cost; None when not known."""
    clock: Callable[[], datetime]


class CycleSteps:
    """The states before the gate; `gate` takes over where a candidate is to be asked."""

    def __init__(self, making: Making) -> None:
        self._store, self._deployments = making.store, making.deployments
        self._making, self._training = making, making.training
        self._clock = making.clock
        self._not_before: dict[str, datetime] = {}
        """When a cycle that waits for a place is looked at again."""

    def triggered(self, cycle: RetrainCycle) -> None:
        """Begins to gather what is learnt."""
        self._move(cycle, CycleState.SNAPSHOTTING, "Gathering the approved corrections.")

    def snapshotting(self, cycle: RetrainCycle) -> None:
        """Freezes what is trained on and what is never trained on."""
        taken = self._making.snapshot(cycle)
        self._store.move(
            cycle,
            CycleState.VALIDATING,
            taken.sentence or _told(taken),
            at=self._clock(),
            evidence={
                "corrections_trained_on": taken.n_train,
                "corrections_held_out": taken.n_holdout,
                "original_rows": taken.n_replay,
                "dataset_version": taken.dataset_version_id,
                "held_out_version": taken.holdout_version_id,
            },
            dataset_version_id=taken.dataset_version_id,
            holdout_version_id=taken.holdout_version_id,
        )

    def validating(self, cycle: RetrainCycle) -> None:
        """Queues the training, unless the data or the budget forbids it."""
        job_id = derived("job", cycle.id, cycle.attempt)
        begun = self._job(job_id)
        if begun is not None:  # The studio died between the queue and the note of it.
            self._trains(cycle, begun)
            return
        until = self._not_before.get(cycle.id)
        if until is not None and self._clock() < until:
            return
        taken = self._making.snapshot(cycle)
        if taken.issues:
            self._move(cycle, CycleState.REJECTED, "Not trained: " + " ".join(taken.issues))
            return
        place = self._making.place(cycle, taken)
        if place.spec is None:
            self._wait(cycle, place.why)
            return
        refusal = self._too_dear(cycle, place.usd)
        if refusal:
            self._move(cycle, CycleState.REJECTED, refusal)
            return
        cycle = self._store.note(cycle, place.why, estimated_usd=place.usd)
        try:
            job = self._training.start(place.spec, job_id=job_id)
        except BackendUnavailable as error:
            self._wait(cycle, str(error))
            return
        self._trains(cycle, job)

    def training(self, cycle: RetrainCycle) -> None:
        """Follows the training to its end."""
        job = self._training.get(cycle.job_id or "")
        if job.status is JobStatus.SUCCEEDED:
            self._store.move(
                cycle,
                CycleState.EVALUATING,
                f"Trained in {job.total_steps} steps; the candidate is asked now.",
                at=self._clock(),
                evidence={"model": job.model_version_id, "steps": job.total_steps},
                actual_usd=self._making.billed(job),
            )
        elif job.status is JobStatus.CANCELLED:
            self._move(cycle, CycleState.CANCELLED, "Somebody cancelled the training.")
        elif job.status is JobStatus.FAILED:
            self._again(cycle, job)
        elif job.status is JobStatus.INTERRUPTED:
            self._go_on(cycle, job)
        elif job.status is JobStatus.PAUSED:
            self._store.note(cycle, "The training is paused until somebody lets it go on.")

    def evaluating(self, cycle: RetrainCycle) -> RetrainCycle:
        """Makes the candidate once, and makes sure that it answers."""
        champion = self._deployments.get(cycle.deployment_id).slots.get(Slot.CHAMPION)
        champion = champion or cycle.champion
        if cycle.candidate is not None and champion == cycle.champion:
            return cycle
        candidate = self._candidate(cycle)
        if cycle.candidate is None:
            self._deployments.check(candidate.id)
        return self._store.tell(
            cycle,
            f"{candidate.name} answers; it is compared with what answers today.",
            at=self._clock(),
            evidence={"candidate": candidate.id, "champion": champion},
            candidate=candidate.id,
            champion=champion,
        )

    def stop_training(self, cycle: RetrainCycle) -> None:
        """Cancels the training of a cycle that was stopped."""
        # It may have been queued without the cycle having been told of it yet.
        for job_id in {cycle.job_id or "", derived("job", cycle.id, cycle.attempt)}:
            job = self._job(job_id)
            if job is not None and job.status not in TERMINAL:
                self._training.cancel(job.id)

    def _candidate(self, cycle: RetrainCycle) -> Revision:
        job = self._training.get(cycle.job_id or "")
        model_id = job.model_version_id
        if model_id is None:
            raise NotFound(f"Training {job.id} left no model.", hint="Look at its log.")
        champion = self._deployments.revision(cycle.champion)
        version = self._making.version(job.spec.dataset_version_id)
        return self._deployments.add_revision(
            cycle.deployment_id,
            model_id=model_id,
            setup=with_documents(champion.setup, model_id, version.system_prompt),
            name=job.name,
            dataset_version_id=job.spec.dataset_version_id,
            cycle_id=cycle.id,
            revision_id=derived("revision", cycle.id, cycle.attempt),
        )

    def _again(self, cycle: RetrainCycle, job: Job) -> None:
        if cycle.attempt >= ATTEMPTS:
            self._move(
                cycle, CycleState.FAILED, f"The training failed twice. {job.message}".strip()
            )
            return
        attempt = cycle.attempt + 1
        job_id = derived("job", cycle.id, attempt)
        again = self._job(job_id)
        if again is None:
            try:
                again = self._training.start(job.spec, job_id=job_id)
            except BackendUnavailable as error:
                self._wait(cycle, str(error))
                return
        self._store.tell(
            cycle,
            f"The training failed and is repeated once on the same data. {job.message}".strip(),
            at=self._clock(),
            evidence={"failed_job": job.id, "job": again.id, "failure": job.failure},
            attempt=attempt,
            job_id=again.id,
        )

    def _go_on(self, cycle: RetrainCycle, job: Job) -> None:
        told = [e for e in self._store.events(cycle.id) if e.evidence.get("resumed") == job.id]
        if len(told) >= RESUMES:
            self._again(cycle, job)
            return
        # Told first: a crash in between costs one of the resumptions, and never adds one.
        self._store.tell(
            cycle,
            "The training was interrupted and goes on from its last checkpoint.",
            at=self._clock(),
            evidence={"resumed": job.id},
        )
        try:
            self._training.resume(job.id)
        except Conflict:
            return  # Somebody else let it go on; the next look sees where it stands.

    def _too_dear(self, cycle: RetrainCycle, usd: Decimal | None) -> str:
        left = self._making.left(cycle)
        if left is None or cycle.trigger is TriggerKind.MANUAL:
            return ""
        if usd is None:
            return f"Not trained: what it costs is not known, and only {left:.2f} USD may be spent."
        if usd > left:
            return f"Not trained: it would cost {usd:.2f} USD, and {left:.2f} are left this month."
        return ""

    def _trains(self, cycle: RetrainCycle, job: Job) -> None:
        usd = cycle.estimated_usd
        self._store.move(
            cycle,
            CycleState.TRAINING,
            cycle.message,
            at=self._clock(),
            evidence={"job": job.id, "estimated_usd": None if usd is None else float(usd)},
            job_id=job.id,
        )

    def _wait(self, cycle: RetrainCycle, why: str) -> None:
        if self._clock() - cycle.updated_at > LONGEST_WAIT:
            self._move(cycle, CycleState.FAILED, f"Waited a day for a place to train. {why}")
            return
        self._store.note(cycle, f"Waits for a place to train: {why}")
        self._not_before[cycle.id] = self._clock() + PAUSE

    def _job(self, job_id: str) -> Job | None:
        try:
            return self._training.get(job_id)
        except NotFound:
            return None

    def _move(self, cycle: RetrainCycle, to: CycleState, message: str) -> None:
        self._store.move(cycle, to, message, at=self._clock())


def with_documents(setup: RungSetup | None, model_id: str, system: str) -> RungSetup | None:
    """Returns how a tuned model is asked where the champion looks things up; None: as taught.

    The documents stay, the examples in the prompt go: it has learnt those.
    """
    if setup is None or setup.rung not in (Rung.RAG, Rung.RAG_FINE_TUNE):
        return None
    rung = Rung.RAG_FINE_TUNE
    return setup.with_(rung=rung, model_id=model_id, shots=0, system=system or setup.system)


def _told(taken: Snapshot) -> str:
    return (
        f"Learns from {taken.n_train} corrections and {taken.n_replay} original rows;"
        f" {taken.n_holdout} corrections are held out to judge it."
    )
