"""Metrics: the state of all deployments in the text format that Prometheus reads."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from studio.core.monitoring.latency import at_most
from studio.domain.deployments import Deployment
from studio.domain.retraining import CycleState
from studio.domain.values import now
from studio.services.metric_names import DURATIONS, METRICS
from studio.services.traffic import TrafficService
from studio.store.flywheel_counts import Counted, FlywheelCounts

if TYPE_CHECKING:
    from prometheus_client.core import Metric

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
DAY = timedelta(hours=24)
Sample = tuple[Sequence[str], float]


class MetricService:
    """Tells what is kept; counts nothing itself, so that a restart loses nothing."""

    def __init__(
        self,
        traffic: TrafficService,
        counts: FlywheelCounts,
        pending: Callable[[str], int],
        *,
        clock: Callable[[], datetime] = now,
    ) -> None:
        """Brings together what others know.

        Args:
            traffic: what was answered.
            counts: what became of cycles, gates and rollouts.
            pending: how many corrections of a deployment wait for a review.
            clock: tells the time.
        """
        self._traffic, self._counts = traffic, counts
        self._pending, self._clock = pending, clock
        self._shutdown: Callable[[Deployment], date | None] = lambda deployment: None

    def hear_of_shutdowns(self, source: Callable[[Deployment], date | None]) -> None:
        """Tells from now on how long the base model behind each champion lasts.

        `source` returns its last day, None where none is known.
        """
        self._shutdown = source

    def text(self, project_id: str | None = None) -> str:
        """Returns the metrics of one project's deployments, or of all."""
        # Loaded with the first question, not with the studio.
        from prometheus_client import CollectorRegistry, generate_latest

        self._traffic.refresh()
        counted = self._counts.all()
        chosen = [one for one in counted.deployments if project_id in (None, one.project_id)]
        families = list(self._families(chosen, counted))
        registry = CollectorRegistry(auto_describe=False)
        registry.register(_Families(families))
        return generate_latest(registry).decode()

    def _families(self, chosen: list[Deployment], counted: Counted) -> Iterator[Metric]:
        names = {one.id: one.name for one in chosen}
        samples: dict[str, list[Sample]] = {name: [] for name in METRICS}
        self._add_traffic(samples, names, counted)
        self._add_feedback(samples, names)
        for one in chosen:
            self._add_state(samples, one, counted)
        self._add_counts(samples, names, counted)
        for name, metric in METRICS.items():
            if metric.kind == "histogram":
                yield self._durations(name, names)
            else:
                yield _family(name, samples[name])

    def _add_traffic(
        self, samples: dict[str, list[Sample]], names: dict[str, str], counted: Counted
    ) -> None:
        for life in self._traffic.lives.life():
            task = names.get(life.deployment_id)
            if task is None:
                continue
            version = str(counted.numbers.get(life.revision_id, "unknown"))
            for status, n in (("ok", life.answers - life.errors), ("error", life.errors)):
                asked = (task, version, life.variant, status)
                samples["studio_inferences_total"].append((asked, n))
            for direction, n in (("input", life.input_tokens), ("output", life.output_tokens)):
                _sum(samples["studio_tokens_total"], (task, direction), n)
            _sum(samples["studio_cost_usd_total"], (task,), life.cost_nano_usd / 1e9)
            _sum(samples["studio_cost_unknown_total"], (task,), life.cost_unknown)

    def _add_feedback(self, samples: dict[str, list[Sample]], names: dict[str, str]) -> None:
        for deployment, *words, n in self._traffic.lives.life_feedback():
            if deployment in names:
                samples["studio_feedback_total"].append(((names[deployment], *words), n))

    def _add_state(
        self, samples: dict[str, list[Sample]], one: Deployment, counted: Counted
    ) -> None:
        at, task = self._clock(), (one.name,)
        seen = self._traffic.window(one.id, start=at - DAY, end=at)
        told: dict[str, float | None] = {
            "studio_feedback_rate": seen.rated.value,
            "studio_thumbs_up_ratio": seen.thumbs.value,
            "studio_rollout_weight": one.share,
            "studio_rollout_e_value": counted.e_values.get(one.id),
            "studio_corrections_pending": self._pending(one.id),
            "studio_corrections_approved_total": counted.approved.get((one.id,), 0),
        }
        if seen.thumbs.n:
            told["studio_thumbs_up_ratio_wilson_low"] = seen.thumbs.low
            told["studio_thumbs_up_ratio_wilson_high"] = seen.thumbs.high
        if one.id in counted.champion_since:
            since = counted.champion_since[one.id]
            told["studio_champion_age_seconds"] = (at - since).total_seconds()
        last = self._shutdown(one)
        if last is not None:
            told["studio_base_shutdown_days"] = (last - at.date()).days
        for name, value in told.items():
            if value is not None:
                samples[name].append((task, value))
        if one.id in counted.states:
            for state in CycleState:
                here = float(state.value == counted.states[one.id])
                samples["studio_retrain_cycle_state"].append(((one.name, state.value), here))

    @staticmethod
    def _add_counts(
        samples: dict[str, list[Sample]], names: dict[str, str], counted: Counted
    ) -> None:
        for name, counts in (
            ("studio_retrain_cycles_total", counted.ended),
            ("studio_gate_checks_total", counted.gate_checks),
            ("studio_rollbacks_total", counted.rollbacks),
        ):
            for (deployment, *words), n in counts.items():
                if deployment in names:
                    samples[name].append(((names[deployment], *words), n))
        for (deployment, feature), psi in counted.psi.items():
            if deployment in names:
                samples["studio_drift_psi"].append(((names[deployment], feature), psi))

    def _durations(self, name: str, names: dict[str, str]) -> Metric:
        from prometheus_client.core import HistogramMetricFamily

        family = HistogramMetricFamily(name, METRICS[name].meaning, labels=METRICS[name].labels)
        for deployment, (counts, seconds) in self._traffic.lives.life_latency().items():
            if deployment in names:
                buckets = [(f"{edge:g}", float(at_most(counts, edge))) for edge in DURATIONS]
                buckets.append(("+Inf", float(sum(counts.values()))))
                family.add_metric([names[deployment]], buckets, seconds)
        return family


class _Families:
    """Hands finished families to the library."""

    def __init__(self, families: list[Metric]) -> None:
        self._families = families

    def collect(self) -> Iterable[Metric]:
        return self._families


def _family(name: str, samples: list[Sample]) -> Metric:
    from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily

    metric = METRICS[name]
    make: Any = CounterMetricFamily if metric.kind == "counter" else GaugeMetricFamily
    family = make(name, metric.meaning, labels=metric.labels)
    for labels, value in samples:
        family.add_metric(labels, value)
    made: Metric = family
    return made


def _sum(samples: list[Sample], labels: Sequence[str], value: float) -> None:
    """Adds to the sample with those labels, the last one that was added."""
    for at, (known, so_far) in enumerate(samples):
        if tuple(known) == tuple(labels):
            samples[at] = (known, so_far + value)
            return
    samples.append((labels, value))
