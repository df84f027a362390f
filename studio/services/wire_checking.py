"""Wire checking: an order's files are read by strict rules, and its run is put into the queue."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from studio.core.intake import Intake, take_in
from studio.domain.datasets import DataFormat, DatasetVersion, Example, Split
from studio.domain.errors import (
    Conflict,
    InvalidDataset,
    NotFound,
    StudioError,
)
from studio.domain.interfaces import RowReader
from studio.domain.models import BaseModel
from studio.domain.training import (
    Blocker,
    Effort,
    Hyperparameters,
    Method,
    Objective,
    TrainingSpec,
)
from studio.domain.values import now
from studio.domain.wire import TuningOrder, WireFile
from studio.services.datasets import DatasetService
from studio.services.training import TrainingService
from studio.services.wire_files import WireFileService
from studio.store.jobs import JobStore
from studio.store.models import ModelStore
from studio.store.tuning_orders import TuningOrderStore

LOG = logging.getLogger(__name__)

FEWEST = 10
"""Examples below which OpenAI refuses a training file."""
NAMED = 10
"""Lines named in a message."""
LEARNING_RATE = 2e-4
"""What a learning rate multiplier of 1 stands for."""
LONGEST_NAME = 80
LONGEST_SEQUENCE = 131_072
FORMATS = {Objective.SFT: DataFormat.CHAT, Objective.DPO: DataFormat.PREFERENCE}
NO_LINES = {b"[": "a JSON array", b"\x1f\x8b": "a gzip archive", b"PAR1": "a Parquet file"}
"""First bytes of what the reader would understand and the wire does not allow."""


class OrderChecker:
    """Takes orders one after the other; what it was at when the studio ended is done again."""

    def __init__(
        self,
        orders: TuningOrderStore,
        jobs: JobStore,
        models: ModelStore,
        files: WireFileService,
        datasets: DatasetService,
        training: TrainingService,
        reader: RowReader,
    ) -> None:
        self._orders, self._jobs, self._models = orders, jobs, models
        self._files, self._datasets, self._training = files, datasets, training
        self._reader = reader

    def check(self, order_id: str) -> None:
        """Starts the order's run, or writes down why it cannot be."""
        order = self._orders.get(order_id)
        if order.status != "validating":
            return
        try:
            if not self._has_job(order):  # Otherwise the studio ended between the two steps.
                self._start(order)
            ended = order.with_(status="started")
        except StudioError as error:
            LOG.info("The order %s cannot be started: %s", order.id, error)
            ended = _failed(order, error)
        except Exception as error:  # noqa: BLE001 - a defect must not leave a client waiting
            LOG.exception("The order %s met a defect.", order.id)
            told = f"The studio ran into an unforeseen {type(error).__name__}."
            ended = _failed(
                order,
                StudioError(told, hint="Its log has the details.", code="internal_error"),
            )
        self._end(ended)

    def _end(self, order: TuningOrder) -> None:
        try:
            self._orders.save(order)
        except Conflict:
            # Cancelled meanwhile: the run that was begun here is not wanted.
            if order.status == "started":
                self._training.cancel(order.id)
        self._files.clean()

    def _has_job(self, order: TuningOrder) -> bool:
        with suppress(NotFound):
            self._jobs.get(order.id)
            return True
        return False

    def _start(self, order: TuningOrder) -> None:
        file = self._file(order.training_file, "training_file")
        base = self._models.base(order.base_model)
        version = self._version(order, file)
        spec = self._spec(order, file, base, version)
        spec = self._roomy(spec, order, base)
        self._training.start(spec, job_id=order.id)

    def _version(self, order: TuningOrder, file: WireFile) -> DatasetVersion:
        train = self._examples(order, file, "training_file", Split.TRAIN)
        lines = len({example.line for example in train})
        if lines < FEWEST:
            raise InvalidDataset(
                f"The training file has {lines} examples, but must have at least {FEWEST}.",
                hint="Effects usually show from 50 on.",
                param="training_file",
                code="invalid_training_file",
            )
        held: Sequence[Example] = ()
        if order.validation_file is not None:
            other = self._file(order.validation_file, "validation_file")
            held = self._examples(order, other, "validation_file", Split.VALIDATION)
        name = order.suffix or Path(file.filename).stem or file.filename
        return self._datasets.keep_given(
            order.id.replace("job_", "dsv_"),
            project_id=order.project_id,
            name=" ".join(name.split())[:LONGEST_NAME],
            format=FORMATS[order.objective],
            filename=file.filename,
            sha256=file.sha256,
            examples=[*train, *held],
        )

    def _file(self, file_id: str, param: str) -> WireFile:
        # Deleted or not: its bytes stay as long as this order is checked.
        file = self._files.known(file_id)
        if file is None:
            raise NotFound(f"There is no file {file_id}.", param=param, code=f"invalid_{param}")
        return file

    def _examples(
        self, order: TuningOrder, file: WireFile, param: str, split: Split
    ) -> tuple[Example, ...]:
        """Reads a file whose every row must be right."""
        try:
            found = self._taken(file, FORMATS[order.objective], split)
            refuse_losses(found, file.filename)
        except InvalidDataset as error:
            raise InvalidDataset(
                error.message, hint=error.hint, param=param, code=f"invalid_{param}"
            ) from error
        return found.examples

    def _taken(self, file: WireFile, format: DataFormat, split: Split) -> Intake:
        path = self._files.path(file)
        try:
            with path.open("rb") as stream:
                head = stream.read(64).lstrip(b"\xef\xbb\xbf \t\r\n")
        except OSError as error:
            raise InvalidDataset(f"The file {file.filename} is gone.") from error
        for begins, what in NO_LINES.items():
            if head.startswith(begins):
                raise InvalidDataset(
                    f"{file.filename} is {what}, not JSON Lines.",
                    hint="Write one JSON object on each line.",
                )
        return take_in(self._reader.read(path), format=format, as_given=split)

    def _spec(
        self, order: TuningOrder, file: WireFile, base: BaseModel, version: DatasetVersion
    ) -> TrainingSpec:
        effort = Effort(order.ladder.get("effort", Effort.BALANCED))
        recommended = self._training.recommended(
            version.id, base.id, effort, objective=order.objective
        )
        return TrainingSpec(
            project_id=order.project_id,
            name=(order.suffix or f"{base.id} on {file.filename}")[:LONGEST_NAME],
            dataset_version_id=version.id,
            base_model=base.id,
            objective=order.objective,
            method=Method(order.ladder.get("method", Method.LORA)),
            effort=effort,
            hyperparameters=settings(order, recommended),
        )

    def _roomy(self, spec: TrainingSpec, order: TuningOrder, base: BaseModel) -> TrainingSpec:
        """Returns the spec with room for its longest row, unless the client said how much."""
        blockers = self._training.plan(spec).blockers
        given = "sequence_length" in order.ladder.get("hyperparameters", {})
        if not given and any(one.example_ids for one in blockers):
            longest = min(base.facts.context_length, LONGEST_SEQUENCE)
            spec = spec.with_(
                hyperparameters=spec.hyperparameters.with_(sequence_length=max(16, longest))
            )
            blockers = self._training.plan(spec).blockers
        if blockers:
            raise refusal(blockers)
        return spec


def _failed(order: TuningOrder, error: StudioError) -> TuningOrder:
    return order.with_(
        status="failed",
        error_code=error.code or "cannot_start",
        error_message=str(error),
        error_param=error.param,
        finished_at=now(),
    )


def settings(order: TuningOrder, recommended: Hyperparameters) -> Hyperparameters:
    """Returns what a run is trained with: our own words first, then the wire's, then the dial's."""
    asked = {name: value for name, value in order.asked.items() if value != "auto"}
    changes: dict[str, object] = {}
    if "n_epochs" in asked:
        changes["epochs"] = asked["n_epochs"]
    if "batch_size" in asked:
        changes["batch_size"] = asked["batch_size"]
    if "learning_rate_multiplier" in asked:
        changes["learning_rate"] = float(asked["learning_rate_multiplier"]) * LEARNING_RATE
    if "beta" in asked:
        changes["beta"] = asked["beta"]
    if order.seed is not None:
        changes["seed"] = order.seed
    return recommended.with_(**{**changes, **order.ladder.get("hyperparameters", {})})


def refuse_losses(found: Intake, filename: str) -> None:
    """Raises what is wrong with a file of which any row cannot be used."""
    if found.refused:
        told = " ".join(f"Line {row.line}: {row.reason}" for row in found.refused[:NAMED])
        more = " …" if len(found.refused) > NAMED else ""
        raise InvalidDataset(
            f"{len(found.refused)} of {found.n_rows} rows of {filename} cannot be used. "
            f"{told}{more}",
            hint="Mend these lines and upload the file again.",
        )
    if not found.examples:
        raise InvalidDataset(f"{filename} has no rows.", hint="Write one example on each line.")


def refusal(blockers: Sequence[Blocker]) -> StudioError:
    """Returns the blockers of a plan as one error; rows that do not fit are the file's fault."""
    about_rows = any(one.example_ids for one in blockers)
    return InvalidDataset(
        " ".join(one.what for one in blockers),
        hint=" ".join(one.remedy for one in blockers),
        param="training_file" if about_rows else None,
        code="invalid_training_file" if about_rows else "cannot_start",
    )
