"""Monitoring assembly: what sees deployments in numbers, and what tells of it, put together."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from datetime import date
from typing import NamedTuple

from studio.core.monitoring.latency import STRETCHES
from studio.domain.deployments import Deployment
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
    shutdown: Callable[[Deployment], date | None] = lambda deployment: None,
    environment: Mapping[str, str] = os.environ,
) -> Seeing:
    """Returns the services on a database.

    Args:
        database: where everything is kept.
        cost: what answers cost, as `CostingService.answer_cost`.
        messenger: makes what carries alerts away when the first one is told.
        telemetry: makes what sends numbers to a collector, when one is named.
        secret: finds what webhooks are signed with, and the mail server's password.
        shutdown: tells the last day of the base model behind a deployment's champion.
        environment: names the mail server.
    """
    traffic = TrafficService(TrafficStore(database, STRETCHES), TrafficWindows(database), cost)
    alerts = AlertService(AlertStore(database), messenger, secret, environment)
    review = ReviewService(ReviewStore(database), FeedbackStore(database))
    metrics = MetricService(traffic, FlywheelCounts(database), review.pending, shutdown)
    told = TelemetryService(TelemetryRows(database), telemetry, environment)
    drift = DriftService(DriftStore(database), alerts.tell)
    return Seeing(traffic, alerts, metrics, told, drift)
