"""Training assembly: fine-tunes with what is expected of them and what they are billed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple

from studio.domain.endpoints import Endpoint
from studio.domain.interfaces import TrainingBackend
from studio.services.costing import CostingService
from studio.services.expectations import Expectations
from studio.services.training import TrainingService
from studio.services.tuning_prices import TuningPriceService
from studio.store.database import Database
from studio.store.datasets import DatasetStore
from studio.store.estimates import EstimateStore
from studio.store.jobs import JobStore
from studio.store.models import ModelStore


class Tuning(NamedTuple):
    """The services."""

    training: TrainingService
    expectations: Expectations
    prices: TuningPriceService


def tuning(
    database: Database,
    backends: Mapping[str, TrainingBackend],
    changed: Callable[[], None],
    *,
    costing: Callable[[], CostingService],
    endpoint: Callable[[str], Endpoint],
) -> Tuning:
    """Returns them on a database; `costing` is asked for when a price is first needed."""
    jobs = JobStore(database)
    prices = TuningPriceService(lambda: costing().prices(), endpoint)
    expectations = Expectations(
        EstimateStore(database),
        jobs,
        lambda project_id: costing().paid_hour(project_id),
        prices.bill,
    )
    training = TrainingService(
        jobs,
        DatasetStore(database),
        ModelStore(database),
        backends,
        changed,
        corrected=expectations.corrected,
        begun=expectations.begun,
        priced=prices.priced,
    )
    return Tuning(training, expectations, prices)
