"""Expectations of rungs: tokens, time and money of a run kept before it asks, settled after."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Sequence
from statistics import mean
from typing import NamedTuple

from studio.core.costing import answering, learning
from studio.core.costing.answering import Volume
from studio.domain.costing import Estimate, EstimateKind, Figure
from studio.domain.datasets import Example, Message
from studio.domain.endpoints import PREFIX
from studio.domain.errors import NotFound, StudioError
from studio.domain.evaluation import RunStatus
from studio.domain.interfaces import Answer
from studio.domain.ladder import Rung, RungRun
from studio.domain.values import new_id, now
from studio.services.ladder_parts import Costing, Estimating
from studio.services.models import ModelService
from studio.store.estimates import EstimateStore
from studio.store.ladder import LadderStore

logger = logging.getLogger(__name__)

SAMPLE = 100
"""Prompts whose tokens are counted; the rest are taken to be like them."""
INTERRUPTED = "not compared: it was interrupted"


class Place(NamedTuple):
    """Where answers come from."""

    key: str
    """What works of one family share: the base model or the endpoint's model, tuned or not."""
    billed: str
    """The model's id as prices know it."""
    base: str | None
    """The base model on this machine; None at an endpoint."""


class Pending(NamedTuple):
    """What is to be settled when the run has ended."""

    run: RungRun
    place: Place
    hour: float | None
    """Price of this machine's hour when it began: a later one would look like another duration."""
    began: float


class RungExpectations:
    """Keeps what is expected of a run beside what comes of it."""

    def __init__(
        self,
        store: EstimateStore,
        ladder: LadderStore,
        models: ModelService,
        estimates: Estimating,
        costing: Costing,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._store, self._ladder, self._models = store, ladder, models
        self._estimates, self._costing, self._clock = estimates, costing, clock

    def begun(
        self, run: RungRun, prompts: Sequence[Sequence[Message]], examples: Sequence[Example]
    ) -> Pending | None:
        """Keeps the estimates of a run that is about to ask these prompts, those timed included.

        None when it was begun before: a run that was interrupted takes another time than planned.
        """
        earlier = self._store.of(run.id)
        if earlier or not prompts:
            self._interrupted(earlier)
            return None
        try:
            return self._begun(run, prompts, examples)
        except StudioError as error:
            # A run must not fail because nobody could tell how long it would take.
            logger.info("run %s goes on without an estimate: %s", run.id, error)
            return None

    def _begun(
        self, run: RungRun, prompts: Sequence[Sequence[Message]], examples: Sequence[Example]
    ) -> Pending:
        place = self.place(run.setup.model_id)
        asked = self._volume(run, place, prompts, examples)
        family = f"answers/{place.key}/{run.setup.rung}"
        tokens = Figure(
            low=asked.read + asked.written_low,
            mid=asked.tokens,
            high=asked.read + asked.written_high,
            unit="tokens",
            basis=f"{asked.answers} answers, prompts counted"
            + (f" on {SAMPLE} of them" if len(prompts) > SAMPLE else ""),
        )
        self._keep(run, "tokens", family, tokens)
        seconds, measured = self._seconds(place, family, asked)
        family_of_time = f"{family}/{'measured' if measured else 'prior'}"
        self._keep(run, "seconds", family_of_time, seconds)
        hour = None if place.base is None else self._costing.paid_hour(run.project_id)
        self._keep(run, "usd", family, self._money(place, asked, seconds, hour))
        return Pending(run, place, hour, self._clock())

    def ended(self, pending: Pending | None, answers: Sequence[Answer]) -> None:
        """Settles time, tokens and money; `answers` are those asked now, timed ones included."""
        if pending is None:
            return
        run, place = pending.run, pending.place
        seconds = self._clock() - pending.began
        self._settle(run, "seconds", seconds)
        into = [one.prompt_tokens for one in answers if one.prompt_tokens is not None]
        out = [one.output_tokens for one in answers if one.output_tokens is not None]
        told = len(into) == len(out) == len(answers) > 0
        if told:
            self._settle(run, "tokens", float(sum(into) + sum(out)))
        if place.base is not None:
            if pending.hour is not None:
                self._settle(run, "usd", seconds * pending.hour / 3600)
        elif told:
            cost = self._costing.answer_cost(place.billed, mean(into), mean(out), None)
            if cost.mid is not None:
                self._settle(run, "usd", cost.mid * len(answers) / 1000)

    def place(self, model_id: str) -> Place:
        """Returns where a model's answers come from."""
        if model_id.startswith(PREFIX):
            return Place(model_id, model_id, None)
        try:
            version = self._models.version(model_id)
        except NotFound:
            return Place(model_id, model_id, model_id)
        key = f"{version.base_id}/tuned"
        if version.endpoint:
            return Place(key, f"{PREFIX}{version.endpoint}/{version.remote_model}", None)
        return Place(key, model_id, version.base_model)

    def _volume(
        self,
        run: RungRun,
        place: Place,
        prompts: Sequence[Sequence[Message]],
        examples: Sequence[Example],
    ) -> Volume:
        step = max(1, len(prompts) // SAMPLE)
        texts = ["\n".join(turn.content for turn in prompt) for prompt in prompts[::step]]
        right = [example.answer for example in examples[:: max(1, len(examples) // SAMPLE)]]
        model = place.base or place.billed
        counted = self._estimates.count_tokens([*texts, *right], model)
        seen = [
            one.output_tokens
            for one in self._ladder.all(run.project_id)
            if one.status is RunStatus.SUCCEEDED
            and one.output_tokens is not None
            and one.setup.rung is run.setup.rung
            and self.place(one.setup.model_id).key == place.key
        ]
        return answering.volume(
            len(prompts),
            mean(counted[: len(texts)]),
            mean(counted[len(texts) :]) if right else 1.0,
            run.setup.decoding.max_new_tokens,
            seen[0] if seen else None,
        )

    def _seconds(self, place: Place, family: str, asked: Volume) -> tuple[Figure, bool]:
        """Returns the time and whether it rests on earlier runs."""
        found = answering.from_earlier(asked, self._rates(family))
        if found is None:
            others = [f"answers/{place.key}/{rung}" for rung in Rung]
            found = answering.from_earlier(asked, [r for one in others for r in self._rates(one)])
        if found is not None:
            return found, True
        if place.base is None:
            return Figure(unit="s", basis="nothing was measured at this endpoint yet"), False
        try:
            speed = self._estimates.speed(place.base, "lora")
        except NotFound as error:
            return Figure(unit="s", basis=error.message), False
        return answering.from_training(asked, speed), False

    def _rates(self, family: str) -> list[float]:
        """Returns the work a second of earlier runs of a family, oldest first."""
        rates = []
        for basis in ("prior", "measured"):
            for one in self._store.family("seconds", f"{family}/{basis}"):
                work = self._work_of(one.subject_id)
                if work and one.actual:
                    rates.append(work / one.actual)
        return rates

    def _work_of(self, run_id: str) -> float | None:
        """Returns what a run read and wrote, counted as its seconds are; None when not told."""
        tokens = next((one.actual for one in self._store.of(run_id, "tokens")), None)
        try:
            run = self._ladder.get(run_id)
        except NotFound:
            return None
        if not tokens or run.prompt_tokens is None or run.output_tokens is None:
            return None
        answers = tokens / (run.prompt_tokens + run.output_tokens)
        return answers * answering.work(run.prompt_tokens, run.output_tokens)

    def _money(self, place: Place, asked: Volume, seconds: Figure, hour: float | None) -> Figure:
        if place.base is not None:
            if hour is None:
                return Figure(unit="USD", basis="nobody said what an hour of this machine costs")
            return answering.by_hour(seconds, hour)
        n = asked.answers
        low, mid, high = (
            self._costing.answer_cost(place.billed, asked.read / n, out / n, None)
            for out in (asked.written_low, asked.written, asked.written_high)
        )
        usd = [None if one.mid is None else one.mid * n / 1000 for one in (low, mid, high)]
        return Figure(low=usd[0], mid=usd[1], high=usd[2], unit="USD", basis=mid.basis)

    def _keep(self, run: RungRun, kind: EstimateKind, family: str, figure: Figure) -> None:
        """Keeps an estimate; money nobody can name is not kept, for nothing will come of it."""
        if kind == "usd" and figure.mid is None:
            return
        factor = learning.factor(self._store.family(kind, family), kind, family)
        low, mid, high = (
            None if one is None else one * factor for one in (figure.low, figure.mid, figure.high)
        )
        learnt = learning.words(len(self._store.family(kind, family)), factor)
        self._store.add(
            Estimate(
                id=new_id("estimate"),
                project_id=run.project_id,
                kind=kind,
                subject="rung_run",
                subject_id=run.id,
                family=family,
                low=low,
                mid=mid,
                high=high,
                basis="; ".join(filter(None, (figure.basis, learnt))),
                factor=factor,
                created_at=now(),
            )
        )

    def _settle(self, run: RungRun, kind: EstimateKind, actual: float) -> None:
        for one in self._store.of(run.id, kind):
            if one.actual is None:
                self._store.save(one.with_(actual=actual, actual_at=now()))

    def _interrupted(self, earlier: Sequence[Estimate]) -> None:
        for one in earlier:
            if one.actual is None and INTERRUPTED not in one.basis:
                self._store.save(one.with_(basis=f"{one.basis}; {INTERRUPTED}"))
