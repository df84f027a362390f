"""Estimates: tokens, memory, time and ways to tune before the work; actuals beside them after."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from datetime import date, timedelta
from typing import Any

from studio.core.costing import duration, learning, memory, options, shapes
from studio.core.costing.tokens import encoding_of
from studio.domain.costing import (
    ErrorRecord,
    Estimate,
    EstimateKind,
    Figure,
    MemoryEstimate,
    MethodOption,
    Price,
)
from studio.domain.datasets import Example
from studio.domain.errors import Conflict, InvalidInput, NotFound
from studio.domain.interfaces import Instruments
from studio.domain.jobs import TERMINAL, Job
from studio.domain.models import BaseModel
from studio.domain.sizing import Architecture, Levers
from studio.domain.training import Method
from studio.domain.values import now
from studio.services.estimate_task import Charters, Tasks
from studio.services.sizes import SizeTables
from studio.store.datasets import DatasetStore
from studio.store.estimates import EstimateStore
from studio.store.jobs import JobStore
from studio.store.models import ModelStore

PROBE_SECONDS = 20.0
SPEED_SPREAD = 1.35
"""How far a run may be from a speed tried here, up or down. A judgement."""
CPU_WORK = (0.03e12, 0.35e12)
CUDA_WORK = (15e12, 300e12)
"""Useful bf16 operations per second, low and high, per core or per GPU. A prior."""


def _silent(what: str, share: float | None) -> None:
    """Tells nobody."""


class EstimateService:
    """What a user can know before the work is done, and how right it was afterwards."""

    def __init__(
        self,
        store: EstimateStore,
        models: ModelStore,
        datasets: DatasetStore,
        jobs: JobStore,
        instruments: Instruments,
        tables: SizeTables,
        prices: Callable[[], Sequence[Price]],
        charters: Charters,
        *,
        sample: Callable[[], Sequence[Example]],
        hour: Callable[[str], Figure] = lambda _: Figure(unit="USD", basis="power is not priced"),
        today: Callable[[], date] = lambda: now().date(),
        answers: Callable[[str], dict[str, Any]] = lambda project_id: {},
    ) -> None:
        """Takes what it reads from others as functions.

        Args:
            store: estimates and probes.
            models: base models and tuned ones.
            datasets: examples to count.
            jobs: earlier runs and what runs now.
            instruments: what measures on this machine.
            tables: shapes of known models and GPUs.
            prices: the price table as it stands.
            charters: what was agreed: horizon and volume.
            sample: rows a probe trains on where a project has none.
            hour: what an hour of this machine costs in a project.
            today: the present day.
            answers: what people said of a project.
        """
        self._store, self._models, self._jobs = store, models, jobs
        self._instruments, self._tables, self._prices = instruments, tables, prices
        self._charters, self._sample, self._hour, self._today = charters, sample, hour, today
        self._tasks = Tasks(datasets, charters, self.count_tokens, answers)
        self._probing = threading.Lock()

    def count_tokens(self, texts: Sequence[str], model: str) -> list[int]:
        """Returns the tokens of each text under the model's own tokenizer.

        A registered model, or one tuned from it, is counted with its own; other names with the
        encoding of OpenAI that `token_basis` names.
        """
        base = self._base(model)
        if base is not None:
            return self._instruments.tokens(texts, base)
        return self._instruments.encoded(texts, encoding_of(model).name)

    def token_basis(self, model: str) -> str:
        """Says with which tokenizer a model's tokens are counted, and whether that is exact."""
        base = self._base(model)
        if base is not None:
            return f"counted exactly with {base.name}'s own tokenizer"
        return encoding_of(model).note

    def memory(
        self,
        model: str | Architecture,
        method: str = "lora",
        *,
        available: int | None = None,
        parameters: float | None = None,
        levers: dict[str, Any] | None = None,
    ) -> MemoryEstimate:
        """Returns the peak memory of a fine-tune on each device, term by term.

        Args:
            model: id of a registered model, a published name such as `Llama-3.1-8B`, or a shape.
            method: full, lora, dora or qlora.
            available: bytes of the device, for the verdict.
            parameters: number of weights, where the name is not known.
            levers: any field of `Levers`, for example `{"seq_len": 2048, "micro_batch": 2}`.
        """
        shape = model if isinstance(model, Architecture) else self.shape(model, parameters)
        try:
            how = Levers.model_validate({**(levers or {}), "method": method})
        except ValueError as error:
            raise InvalidInput(
                f"These settings cannot be estimated: {str(error).splitlines()[-2].strip()}",
                hint=f"Settings are {', '.join(Levers.model_fields)}.",
            ) from error
        return memory.estimate(shape, how, available)

    def shape(self, model: str, parameters: float | None = None) -> Architecture:
        """Returns the shape of a registered model or of a published name.

        Raises:
            NotFound: when neither name nor number of weights tells it.
        """
        base = self._base(model)
        found = (
            shapes.of_facts(base.name, base.facts)
            if base is not None
            else self._tables.shapes.find(model, parameters)
        )
        if found is None:
            raise NotFound(
                f"The shape of {model!r} is not known.",
                hint="Write the name as its publisher does, or say how many weights it has.",
            )
        return found

    def known_models(self) -> list[str]:
        """Returns the names of the models whose shapes are known without downloading them."""
        return [shape.name for shape in self._tables.shapes.all]

    def methods(self, project_id: str, model_id: str | None = None) -> list[MethodOption]:
        """Returns ways to fine-tune: here, rented and hosted; NotFound without a model to tune."""
        chosen = model_id or self._usual_model(project_id)
        shape, task = self.shape(chosen), self._tasks.of(project_id, chosen)
        prices, charter = self._prices(), self._charters.get(project_id)
        speeds = {method: self.speed(chosen, method) for method in ("lora", "qlora")}
        tokens, hour = self._tasks.request(project_id, chosen), self._hour(project_id)
        horizon = self._today() + timedelta(days=round(30.44 * charter.horizon_months))
        found = [
            *options.local(shape, task, self._instruments.machine(), speeds, hour),
            *options.rented(shape, task, prices, self._tables.gpus),
            *options.hosted(
                task,
                prices,
                today=self._today(),
                horizon_end=horizon,
                requests=charter.requests_month,
                tokens_in=tokens[0],
                tokens_out=tokens[1],
            ),
        ]
        return options.confined(found, self._tasks.confined(project_id))

    def keep(self, estimate: Estimate) -> Estimate:
        """Keeps an estimate, to stand beside its actual; the very same again changes nothing."""
        self._store.add(estimate)
        return estimate

    def settle(self, subject_id: str, kind: EstimateKind, actual: float) -> None:
        """Puts what came of a work beside what was expected of it; a later word changes nothing."""
        for one in self._store.of(subject_id, kind):
            if one.actual is None:
                self._store.save(one.with_(actual=actual, actual_at=now()))

    def all(self, project_id: str) -> list[Estimate]:
        """Returns a project's estimates, newest first."""
        return self._store.all(project_id)

    def record(self) -> list[ErrorRecord]:
        """Returns how far the studio's own estimates were off, by kind and family of work."""
        return learning.records(self._store.all())

    def probe(
        self,
        model_id: str | None = None,
        method: str = "lora",
        *,
        progress: Callable[[str, float | None], None] = _silent,
    ) -> Figure:
        """Trains for 20 seconds to know this machine's speed; what it trained is thrown away.

        Raises:
            Conflict: when something trains here already, which would make both slow.
            NotFound: when there is no base model to train.
        """
        if any(
            job.status not in TERMINAL and job.started_at and not job.spec.hosted
            for job in self._jobs.all()
        ):
            raise Conflict(
                "A fine-tune is running here, so the speed would come out too low.",
                hint="Measure when it has ended.",
            )
        base = self._models.base(model_id or self._usual_model(None))
        if not self._probing.acquire(blocking=False):
            raise Conflict("The speed is being measured already.", hint="Wait for it to end.")
        try:
            found = self._instruments.probe(
                base, Method(method), self._sample(), PROBE_SECONDS, progress
            )
        finally:
            self._probing.release()
        self._store.add_probe(found)
        return self.speed(base.id, method)

    def speed(self, base_model_id: str, method: str) -> Figure:
        """Returns tokens per second here: from earlier runs, else the probe, else a prior."""
        earlier = [
            one
            for job in self._jobs.all()
            if (job.spec.base_id, job.spec.method) == (base_model_id, method)
            and (one := self._speed_of(job)) is not None
        ][:5]
        measured = duration.from_earlier(earlier)
        return measured or self._probed(base_model_id, method) or self._prior(base_model_id)

    def _speed_of(self, job: Job) -> float | None:
        if job.status != "succeeded":
            return None
        events = self._jobs.events(job.id, kind="metrics", limit=100_000)
        told = [e.data["tokens_per_second"] for e in events if "tokens_per_second" in e.data]
        return sum(told) / len(told) if told else None

    def _probed(self, base_model_id: str, method: str) -> Figure | None:
        for probe in self._store.probes():
            if probe.model_id == base_model_id and probe.method == method:
                spread, words = SPEED_SPREAD, "a 20-second probe of this model here"
                return _around(probe.tokens_per_second, spread, f"{words} on {probe.at:%Y-%m-%d}")
        weights = self.shape(base_model_id).parameters
        for probe in self._store.probes():
            scaled = probe.tokens_per_second * probe.parameters / weights
            words = f"a 20-second probe of {probe.model_id} ({probe.method}) here, scaled by size"
            return _around(scaled, 2.0, words)
        return None

    def _prior(self, base_model_id: str) -> Figure:
        machine = self._instruments.machine()
        low, high = CPU_WORK if machine.kind == "cpu" else CUDA_WORK
        units = machine.cores if machine.kind == "cpu" else 1
        work = 4.0 * self.shape(base_model_id).parameters
        middle = (low * high) ** 0.5
        return Figure(
            low=low * units / work,
            mid=middle * units / work,
            high=high * units / work,
            unit="tokens/s",
            basis="a prior, not measured here",
        )

    def _base(self, model: str) -> BaseModel | None:
        """Returns the registered model behind an id or name, also of a tuned version."""
        bases = self._models.bases()
        wanted = next((v.base_id for v in self._models.versions() if v.id == model), model)
        return next((one for one in bases if wanted in (one.id, one.name)), None)

    def _usual_model(self, project_id: str | None) -> str:
        if project_id is not None:
            for job in self._jobs.all(project_id):
                if not job.spec.hosted:
                    return job.spec.base_model
        bases = self._models.bases()
        if not bases:
            raise NotFound(
                "There is no base model here yet.", hint="Fetch one on the Models page first."
            )
        return bases[0].id


def _around(middle: float, spread: float, basis: str) -> Figure:
    return Figure(
        low=middle / spread, mid=middle, high=middle * spread, unit="tokens/s", basis=basis
    )
