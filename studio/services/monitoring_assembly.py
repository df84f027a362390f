"""Monitoring assembly: what sees deployments in numbers, and what tells of it, put together."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from typing import NamedTuple

from studio.core.monitoring.latency import STRETCHES
from studio.domain.costing import Figure
from studio.domain.endpoints import PREFIX
from studio.domain.errors import NotFound
from studio.domain.monitoring import Messenger, Telemetry
from studio.services.alerts import AlertService
from studio.services.drift import DriftService
from studio.services.metrics import MetricService
from studio.services.review import ReviewService
from studio.services.telemetry import TelemetryService
from studio.services.traffic import Costs, TrafficService
from studio.store.alerts import AlertStore
from studio.store.database import Database
from studio.store.drift import DriftStore
from studio.store.feedback import FeedbackStore
from studio.store.flywheel_counts import FlywheelCounts
from studio.store.models import ModelStore
from studio.store.reviews import ReviewStore
from studio.store.telemetry import TelemetryRows
from studio.store.traffic import TrafficStore
from studio.store.traffic_windows import TrafficWindows


class Seeing(NamedTuple):
    """The services."""

    traffic: TrafficService
    alerts: AlertService
    metrics: MetricService
    telemetry: TelemetryService
    drift: DriftService


def seeing(
    database: Database,
    cost: Costs,
    messenger: Callable[[], Messenger],
    telemetry: Callable[[], Telemetry],
    secret: Callable[[str], str | None],
    *,
    environment: Mapping[str, str] = os.environ,
) -> Seeing:
    """Returns the services on a database.

    Args:
        database: where everything is kept.
        cost: what answers cost, as `CostingService.answer_cost`.
        messenger: makes what carries alerts away when the first one is told.
        telemetry: makes what sends numbers to a collector, when one is named.
        secret: finds what webhooks are signed with, and the mail server's password.
        environment: names the mail server.
    """
    traffic = TrafficService(
        TrafficStore(database, STRETCHES),
        TrafficWindows(database),
        _billed(cost, ModelStore(database)),
    )
    alerts = AlertService(AlertStore(database), messenger, secret, environment)
    review = ReviewService(ReviewStore(database), FeedbackStore(database))
    metrics = MetricService(traffic, FlywheelCounts(database), review.pending)
    told = TelemetryService(TelemetryRows(database), telemetry, environment)
    drift = DriftService(DriftStore(database), alerts.tell)
    return Seeing(traffic, alerts, metrics, told, drift)


def _billed(cost: Costs, models: ModelStore) -> Costs:
    """Returns costs that also know models tuned at a provider, under the name they have there."""

    def billed(
        model_id: str,
        tokens_in: float | None,
        tokens_out: float | None,
        seconds: float | None,
        project_id: str | None = None,
    ) -> Figure:
        try:
            version = None if model_id.startswith(PREFIX) else models.version(model_id)
        except NotFound:
            version = None
        if version is not None and version.endpoint:
            model_id = f"{PREFIX}{version.endpoint}/{version.remote_model}"
        return cost(model_id, tokens_in, tokens_out, seconds, project_id)

    return billed
