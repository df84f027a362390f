"""Wire assembly: the services behind files, uploads, fine-tunes and batches of the OpenAI wire."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from studio.domain.interfaces import RowReader
from studio.services.completions import CompletionService
from studio.services.datasets import DatasetService
from studio.services.training import TrainingService
from studio.services.wire_batches import WireBatchService
from studio.services.wire_checking import OrderChecker
from studio.services.wire_exports import DatasetFiles
from studio.services.wire_files import WireFileService
from studio.services.wire_jobs import PATIENCE, WireJobService
from studio.services.wire_results import ResultFiles
from studio.services.wire_uploads import WireUploadService
from studio.store.database import Database
from studio.store.datasets import DatasetStore
from studio.store.feedback import FeedbackStore
from studio.store.jobs import JobStore
from studio.store.models import ModelStore
from studio.store.tuning_orders import TuningOrderStore
from studio.store.wire_batches import WireBatchStore
from studio.store.wire_files import WireFileStore


class Wire(NamedTuple):
    """What clients of the OpenAI wire work with, and what checks their orders."""

    files: WireFileService
    uploads: WireUploadService
    jobs: WireJobService
    batches: WireBatchService
    checker: OrderChecker


def wire(
    database: Database,
    folder: Path,
    *,
    datasets: DatasetService,
    training: TrainingService,
    reader: RowReader,
    completions: CompletionService,
    patience: float = PATIENCE,
) -> Wire:
    """Returns the services on one database and one folder.

    `patience` is how many seconds a request waits for what is over in a moment.
    """
    orders, store = TuningOrderStore(database), WireFileStore(database)
    jobs, models = JobStore(database), ModelStore(database)
    exports = DatasetFiles(DatasetStore(database), lambda: files)
    files = WireFileService(
        store, folder, reading=lambda: {*orders.reading(), *batches.reading()}, absent=exports.make
    )
    kept = WireBatchStore(database, FeedbackStore(database))
    batches = WireBatchService(kept, files, completions)
    uploads = WireUploadService(store, files, folder)
    results = ResultFiles(jobs, files)
    checker = OrderChecker(orders, jobs, models, files, datasets, training, reader)
    return Wire(
        files=files,
        uploads=uploads,
        jobs=WireJobService(
            orders,
            jobs,
            models,
            DatasetStore(database),
            training,
            files,
            uploads,
            results,
            checker,
            patience=patience,
        ),
        batches=batches,
        checker=checker,
    )
