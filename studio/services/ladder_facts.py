"""Facts of a project: what charter, data, runs, labels and estimates say; people fill the rest."""

from __future__ import annotations

import calendar
from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from functools import lru_cache
from typing import Any

import pydantic

from studio.core.costing.roi import break_even_accuracy, failure_cost
from studio.core.ladder.evidence import counted, of_labels, of_runs
from studio.core.quality.balance import closed_labels
from studio.domain.advice import Facts
from studio.domain.charters import Charter, UseCase
from studio.domain.costing import MethodOption
from studio.domain.datasets import Split
from studio.domain.errors import InvalidInput, StudioError
from studio.domain.ladder import RungRun, Suite
from studio.domain.values import now
from studio.services.charters import CharterService
from studio.services.ladder_parts import Estimating, Retrieving
from studio.store.datasets import DatasetStore
from studio.store.feedback import FeedbackStore
from studio.store.ladder import LadderStore
from studio.store.models import ModelStore

GB = 1_000_000_000
MOST_ANSWERS = 10_000
"""Live answers looked through for thumbs."""
REMEMBERED = 64
"""Ladders and versions whose facts are remembered."""


class FactFinder:
    """Derives what the studio knows of a project."""

    def __init__(
        self,
        ladder: LadderStore,
        datasets: DatasetStore,
        models: ModelStore,
        feedback: FeedbackStore,
        charters: CharterService,
        retrieval: Retrieving,
        estimates: Estimating,
    ) -> None:
        self._ladder, self._datasets, self._models = ladder, datasets, models
        self._feedback, self._charters = feedback, charters
        self._retrieval, self._estimates = retrieval, estimates
        # Neither finished runs nor versions ever change, and both take a moment to read.
        self._measured = lru_cache(maxsize=REMEMBERED)(self._of_runs)
        self._labels = lru_cache(maxsize=REMEMBERED)(self._count_labels)

    def answers(self, project_id: str) -> Facts:
        """Returns what people answered."""
        return Facts.model_validate(self._ladder.answers(project_id))

    def answer(self, project_id: str, fact: str, value: Any) -> Facts:
        """Keeps one answer, None takes it back; returns all of them.

        Raises:
            InvalidInput: when there is no such fact, or the value cannot be one.
        """
        if fact not in Facts.model_fields:
            raise InvalidInput(f"There is no fact {fact!r}.", hint="See `studio ladder questions`.")
        try:
            checked = Facts.model_validate({fact: value}).model_dump(mode="json")[fact]
        except pydantic.ValidationError as error:
            first = error.errors(include_url=False)[0]
            raise InvalidInput(f"{fact} cannot be {value!r:.80}: {first['msg']}.") from error
        self._ladder.answer(project_id, fact, checked)
        return self.answers(project_id)

    def facts(self, project_id: str) -> Facts:
        """Returns every fact that is known; what the studio measured stands above what was said."""
        charter, suite = self._charters.get(project_id), self._ladder.suite(project_id)
        measured = self._measured(tuple(self.runs(project_id, suite)), charter)
        derived = {
            **self._of_charter(charter),
            **self._of_data(project_id, suite),
            **self._of_methods(project_id),
            **self._of_feedback(project_id),
            **of_labels(self._ladder.labels(project_id)),
        }
        for name, value in measured.items():
            # What the charter agreed on requests stands above what a run happened to need.
            if derived.get(name) is None:
                derived[name] = value
        known = {name: value for name, value in derived.items() if value is not None}
        said = self.answers(project_id).model_dump(exclude_none=True)
        return Facts.model_validate({**said, **known})

    def runs(self, project_id: str, suite: Suite | None) -> list[RungRun]:
        """Returns the runs that may be compared with each other."""
        return counted(self._ladder.all(project_id), suite)

    def _of_runs(self, runs: tuple[RungRun, ...], charter: Charter) -> dict[str, Any]:
        return of_runs(runs, {run.id: self._ladder.results(run.id) for run in runs}, charter)

    def _of_charter(self, charter: Charter) -> dict[str, Any]:
        # A draft nobody touched says nothing about where the data may be.
        untouched = charter.changed_at == charter.created_at and charter.signed is None
        in_dollars = charter.currency == "USD" and charter.budget is not None
        return {
            "metric_defined": charter.metric is not None,
            "target_score": charter.target,
            "task_type": self._task_type(charter),
            "requests_month": charter.requests_month,
            "tok_in": charter.tokens_in,
            "tok_out": charter.tokens_out,
            "p95_ms": charter.p95_ms,
            "residency": None if untouched else str(charter.residency),
            "horizon_months": charter.horizon_months,
            "horizon_end": months_later(now().date(), charter.horizon_months),
            "gain_success": _number(charter.success_value),
            "cost_failure": cost_of_failure(charter),
            "break_even_accuracy": break_even(charter),
            "budget_usd": _number(charter.budget) if in_dollars else None,
        }

    def _task_type(self, charter: Charter) -> str | None:
        if charter.use_case is UseCase.OTHER:
            return None
        templates = self._charters.templates()
        found = (one.task_type for one in templates if one.use_case is charter.use_case)
        return next(found, None)

    def _of_data(self, project_id: str, suite: Suite | None) -> dict[str, Any]:
        corpora = self._retrieval.corpora(project_id)
        facts: dict[str, Any] = {
            "eval_n": 0,
            "kb_tokens": sum(self._retrieval.tokens(one.id) for one in corpora)
            if corpora
            else None,
            "sft_done": bool(self._models.versions(project_id)) or None,
        }
        if suite is None:
            return facts
        version = self._datasets.version(suite.version_id)
        in_split = version.splits.get(suite.split, 0)
        return facts | {
            "eval_n": in_split if suite.limit is None else min(in_split, suite.limit),
            "n_labelled": version.splits.get(Split.TRAIN, 0),
            "labels": self._labels(suite.version_id) or None,
        }

    def _count_labels(self, version_id: str) -> int:
        return len(closed_labels([e.answer for e in self._datasets.examples(version_id)]))

    def _of_methods(self, project_id: str) -> dict[str, Any]:
        try:
            options = self._estimates.methods(project_id)
        except StudioError:
            # Without a model to tune there is nothing to estimate, and the rest still holds.
            return {}
        ending = [o for o in options if o.shutdown_date is not None and o.backend != "local"]
        first = min(ending, key=lambda option: option.shutdown_date or date.max, default=None)
        lora, qlora = _local(options, "lora"), _local(options, "qlora")
        facts: dict[str, Any] = {}
        if first is not None:
            facts |= {"provider": first.backend, "provider_shutdown_date": first.shutdown_date}
        if lora is not None and lora.memory is not None:
            facts["lora_vram_gb"] = lora.memory.total / GB
            if lora.memory.available is not None:
                facts["vram_gb"] = lora.memory.available / GB
        if qlora is not None and qlora.memory is not None and qlora.memory.verdict != "unknown":
            facts["qlora_fits"] = qlora.memory.verdict == "fits"
        return facts

    def _of_feedback(self, project_id: str) -> dict[str, Any]:
        answered = self._feedback.inferences(project_id, limit=MOST_ANSWERS)
        if not answered:
            return {}
        thumbs = self._feedback.latest_thumbs([one.id for one in answered])
        return {"n_unpaired": len(thumbs) or None}


def cost_of_failure(charter: Charter) -> float | None:
    """Returns what a wrong answer costs on average; None unless every part of it is known."""
    caught, missed, share = charter.escalation_cost, charter.churn_cost, charter.churn_probability
    if caught is None or missed is None or share is None:
        return None
    return failure_cost(float(caught), float(missed), share)


def break_even(charter: Charter) -> float | None:
    """Returns the score below which answering without a check loses money; None when unknown."""
    cost = cost_of_failure(charter)
    if cost is None or charter.success_value is None:
        return None
    return break_even_accuracy(float(charter.success_value), cost)


def months_later(day: date, months: int) -> date:
    """Returns the same day so many months later, or the last one of that month."""
    years, month = divmod(day.month - 1 + months, 12)
    year = day.year + years
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def _local(options: Sequence[MethodOption], method: str) -> MethodOption | None:
    return next((o for o in options if o.backend == "local" and o.method == method), None)


def _number(money: Decimal | None) -> float | None:
    return None if money is None else float(money)
