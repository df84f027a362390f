"""Measured runs of a step: score, cost, latency, and the answers to read right and wrong."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from studio.domain.costing import Estimate
from studio.domain.evaluation import RunStatus
from studio.domain.ladder import RungResult, RungRun
from studio.ui.pages import figures
from studio.ui.pages.estimator.vm import estimate_words
from studio.ui.pages.ladder.overview import OPEN, Overview, measured
from studio.ui.pages.ladder.rung_vm import described
from studio.ui.pages.ladder.steps import STEPS, Step

if TYPE_CHECKING:
    from studio.services.container import Services

Only = Literal["wrong", "right", "all"]


def runs_of(overview: Overview, step: Step) -> list[RungRun]:
    """Returns the runs of a step: those under way first, then by score, then without one."""
    runs = overview.of(*STEPS[step].rungs)
    return sorted(runs, key=_order)


def _order(run: RungRun) -> tuple[int, float]:
    if run.status in OPEN:
        return (0, 0.0)
    if measured(run) and run.score is not None:
        return (1, -run.score.value)
    return (2, 0.0)


def label(run: RungRun) -> str:
    """How a run is called beside its score."""
    return f"{run.model_name} · {described(run.setup)}"


def key_figures(run: RungRun) -> list[tuple[str, str]]:
    """Cost, latency and tokens of a run; what was not measured says so."""
    cost = figures.UNKNOWN if run.cost_per_1000 is None else f"{run.cost_per_1000:,.4g} USD"
    latency = figures.UNKNOWN
    if run.latency_p50 is not None:
        latency = f"{run.latency_p50:.2f} s"
        if run.latency_p95 is not None:
            latency += f", 95 % within {run.latency_p95:.2f} s"
        if run.latency_n:
            latency += f" ({figures.many(run.latency_n, 'answer')} asked alone)"
    tokens = figures.UNKNOWN
    if run.prompt_tokens is not None and run.output_tokens is not None:
        tokens = f"{run.prompt_tokens:,.0f} in, {run.output_tokens:,.0f} out"
    return [
        ("Cost of 1,000 answers", f"{cost} ({run.cost_basis})" if run.cost_basis else cost),
        ("Time for one answer", latency),
        ("Tokens of one answer", tokens),
    ]


def expected_figures(estimates: Sequence[Estimate]) -> list[tuple[str, str]]:
    """What measuring a run took, beside what was expected of it; empty when nothing was."""
    by_kind = {one.kind: one for one in estimates}
    if "seconds" not in by_kind:
        return []
    seconds, usd = by_kind["seconds"], by_kind.get("usd")
    money = f"{figures.UNKNOWN}: say in the estimator what an hour of this machine costs"
    if usd is not None:
        money = _beside(usd)
    elif "endpoint:" in seconds.family:
        money = f"{figures.UNKNOWN}: no price of this model is known"
    return [("Measuring it took", _beside(seconds)), ("Measuring it cost", money)]


def expected_words(estimates: Sequence[Estimate]) -> str:
    """What a run under way is expected to take, as a sentence; empty while nobody knows."""
    by_kind = {one.kind: one for one in estimates}
    known = [by_kind[kind] for kind in ("seconds", "usd") if kind in by_kind]
    said = [_span(one) for one in known if one.mid is not None]
    return f"Estimated {', '.join(said)} ({known[0].basis})." if said else ""


def _beside(one: Estimate) -> str:
    actual = figures.UNKNOWN if one.actual is None else estimate_words(one.kind, one.actual)
    expected = "not estimated" if one.mid is None else f"estimated {_span(one)}"
    return f"{actual}; {expected} ({one.basis})"


def _span(one: Estimate) -> str:
    low, high = estimate_words(one.kind, one.low), estimate_words(one.kind, one.high)
    return low if low == high else f"{low} to {high}"


def progress_words(run: RungRun) -> str:
    """What a run is doing."""
    if run.status is RunStatus.RUNNING and run.total:
        return f"{run.done:,} of {run.total:,} answered"
    return "Waiting"


@dataclass(kw_only=True)
class AnswerReader:
    """The answers of one run, read one after the other, beside those of another run if wanted."""

    services: Services
    run: RungRun
    only: Only = "wrong"
    position: int = 0
    results: tuple[RungResult, ...] = ()
    other: RungRun | None = None
    texts: dict[str, str] | None = None
    """Chunks given, id to text; None until asked for."""
    _others: dict[str, RungResult] | None = None

    def load(self) -> None:
        """Reads the answers."""
        self.results = tuple(self.services.ladder.results(self.run.id))
        if not any(not one.correct for one in self.results):
            self.only = "all"

    def beside(self, other: RungRun | None) -> None:
        """Puts another run's answers beside these."""
        self.other, self._others = other, None
        if other is not None:
            results = self.services.ladder.results(other.id)
            self._others = {one.example_id: one for one in results}

    @property
    def shown(self) -> list[RungResult]:
        """The answers of the chosen kind."""
        if self.only == "all":
            return list(self.results)
        return [one for one in self.results if one.correct == (self.only == "right")]

    @property
    def current(self) -> RungResult | None:
        """The answer being read."""
        shown = self.shown
        return shown[self.position] if 0 <= self.position < len(shown) else None

    @property
    def current_other(self) -> RungResult | None:
        """What the other run answered to the same question."""
        now = self.current
        return self._others.get(now.example_id) if now is not None and self._others else None

    @property
    def place(self) -> str:
        """Where the reader is, such as `3 of 41`."""
        n = len(self.shown)
        return f"{self.position + 1:,} of {n:,}" if n else "none"

    def choose(self, only: Only) -> None:
        """Shows the first answer of a kind."""
        self.only, self.position = only, 0

    def move(self, by: int) -> None:
        """Goes forward or back, staying within the answers there are."""
        self.position = max(0, min(self.position + by, len(self.shown) - 1))

    def kinds(self) -> dict[Only, str]:
        """The filters with how many answers each holds."""
        right = sum(one.correct for one in self.results)
        return {
            "wrong": f"Wrong ({len(self.results) - right:,})",
            "right": f"Right ({right:,})",
            "all": f"All ({len(self.results):,})",
        }

    def passages(self, result: RungResult) -> list[tuple[str, str]]:
        """The passages that were given, as a title and the text; reads them when needed."""
        corpus_id = self.run.setup.corpus_id
        if not result.passages or corpus_id is None:
            return []
        return passages_of(self.services, corpus_id, result)


def passages_of(services: Services, corpus_id: str, result: RungResult) -> list[tuple[str, str]]:
    """Returns the passages given with a question, best first, as title and text."""
    chunks = {one.id: one for one in services.retrieval.chunks(corpus_id, result.passages)}
    rows = []
    for rank, chunk_id in enumerate(result.passages, start=1):
        chunk = chunks.get(chunk_id)
        cited = ", cited" if chunk_id in result.cited else ""
        right = ", holds the answer" if rank == result.gold_rank else ""
        heading = f": {chunk.heading}" if chunk is not None and chunk.heading else ""
        text = chunk.text if chunk is not None else "This passage is no longer in the documents."
        rows.append((f"Passage {rank}{heading}{cited}{right}", text))
    return rows
