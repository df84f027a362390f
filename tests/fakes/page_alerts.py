"""Alerts of a studio in memory: nothing leaves it."""

from __future__ import annotations

from studio.domain.errors import BackendUnavailable
from studio.domain.monitoring import Messenger
from studio.services.alerts import AlertService
from studio.store.alerts import AlertStore
from studio.store.database import Database


def silent() -> Messenger:
    raise BackendUnavailable("There is no network here.")


def silent_alerts() -> AlertService:
    return AlertService(AlertStore(Database(None)), silent, {}.get, {})
