"""Machine assembly: the flywheel's machine among the services of a studio."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta
from decimal import Decimal

from studio.domain.deployments import Deployment, Evidence, Slot
from studio.domain.endpoints import PREFIX
from studio.domain.errors import NotFound
from studio.domain.interfaces import TextGenerator, TrainingBackend
from studio.domain.jobs import Job
from studio.domain.retraining import RetrainCycle
from studio.domain.values import now
from studio.services.costing import CostingService
from studio.services.deployment_assembly import Deploying
from studio.services.feedback_assembly import Talking
from studio.services.flywheel_assembly import Neighbours, flywheel
from studio.services.learning_assembly import Learning, training_places
from studio.services.monitoring_assembly import Seeing
from studio.services.retrain_facts import Sources
from studio.services.retraining import RetrainingService
from studio.services.retraining_needs import Place, Snapshot
from studio.services.training_assembly import Tuning
from studio.store.database import Database
from studio.store.models import ModelStore

THUMBS = timedelta(days=30)
"""Thumbs older than this say little of what answers today."""


def machine(
    database: Database,
    deploying: Deploying,
    learning: Learning,
    talking: Talking,
    seeing: Seeing,
    tuning: Tuning,
    *,
    backends: Mapping[str, TrainingBackend],
    generator: TextGenerator,
    costing: CostingService,
    changed: Callable[[], None],
) -> RetrainingService:
    """Returns the machine; `changed` is called when a cycle has moved."""
    places = training_places(
        database,
        training=tuning.training,
        backends=backends,
        terms=tuning.prices.terms,
        hour=costing.machine_hour,
    )

    seeing.metrics.hear_of_shutdowns(places.shutdown)

    def tell(event: str, deployment_id: str, sentence: str, details: Evidence) -> None:
        seeing.alerts.tell(event, deployment_id=deployment_id, sentence=sentence, details=details)

    def thumbs(deployment: Deployment) -> tuple[int, int] | None:
        at = now()
        seen = seeing.traffic.window(
            deployment.id,
            revision_id=deployment.slots.get(Slot.CHAMPION),
            start=at - THUMBS,
            end=at,
        ).thumbs
        return seen.k, seen.n

    def psi(deployment_id: str) -> float | None:
        known = [one.psi for one in seeing.drift.latest(deployment_id) if one.psi is not None]
        return max(known, default=None)

    def disagreement(deployment_id: str) -> str:
        report = talking.review.agreement(deployment_id)
        return report.sentence if report.blocks else ""

    def must_ask(deployment_id: str) -> str:
        report = talking.review.agreement(deployment_id)
        return report.sentence if report.asks or report.blocks else ""

    def place(cycle: RetrainCycle, taken: Snapshot) -> Place:
        return places.choose(cycle, taken.dataset_version_id or "")

    others = Neighbours(
        deployments=deploying.deployments,
        arranger=deploying.arranger,
        generator=generator,
        policies=learning.policies,
        training=tuning.training,
        curate=learning.curation.snapshot,
        place=place,
        sources=Sources(
            policy=learning.policies.get,
            armed_at=learning.policies.armed_at,
            waiting=learning.curation.waiting,
            thumbs=thumbs,
            psi=psi,
            outlook=places.outlook,
            shutdown=places.shutdown,
            disagreement=disagreement,
        ),
        usd=_answers(costing, ModelStore(database)),
        billed=_trainings(costing),
        must_ask=must_ask,
        tell=tell,
    )
    return flywheel(database, others, changed=changed)


def _answers(
    costing: CostingService, models: ModelStore
) -> Callable[[str, int | None, int | None], float | None]:
    """Returns what prices one answer: those of models at endpoints, which are paid by the token."""

    def usd(model_id: str, tokens_in: int | None, tokens_out: int | None) -> float | None:
        if not model_id.startswith(PREFIX):
            try:
                version = models.version(model_id)
            except NotFound:
                return None
            if not version.endpoint:
                return None
            model_id = f"{PREFIX}{version.endpoint}/{version.remote_model}"
        if tokens_in is None or tokens_out is None:
            return None
        figure = costing.answer_cost(model_id, tokens_in, tokens_out, None)
        return None if figure.mid is None else figure.mid / 1000

    return usd


def _trainings(costing: CostingService) -> Callable[[Job], Decimal | None]:
    """Returns what prices one training here: the hours it took. A provider tells its own bill."""

    def billed(job: Job) -> Decimal | None:
        if job.spec.hosted or job.started_at is None or job.finished_at is None:
            return None
        hour = costing.machine_hour(job.project_id).mid
        if hour is None:
            return None
        hours = (job.finished_at - job.started_at) / timedelta(hours=1)
        return Decimal(str(round(hour * hours, 6)))

    return billed
