"""Neighbours of the ladder by rule: a token is a word, every answer has one price."""

from __future__ import annotations

from collections.abc import Sequence

from studio.domain.costing import Estimate, Figure, MethodOption
from studio.domain.errors import StudioError


class WordCounts:
    """A token is a word; nothing is known of ways to tune."""

    def __init__(self) -> None:
        self.counted: list[str] = []
        self.failure: StudioError | None = None
        self.options: list[MethodOption] = []
        self.kept: list[Estimate] = []

    def count_tokens(self, texts: Sequence[str], model: str) -> list[int]:
        if self.failure is not None:
            raise self.failure
        self.counted += texts
        return [len(text.split()) for text in texts]

    def all(self, project_id: str) -> list[Estimate]:
        return self.kept

    def speed(self, base_model_id: str, method: str) -> Figure:
        return Figure(low=50, mid=100, high=200, unit="tokens/s", basis="a prior")

    def methods(self, project_id: str, model_id: str | None = None) -> list[MethodOption]:
        return self.options


class FlatPrices:
    """Every thousand answers cost the same; None when no price is known."""

    def __init__(self) -> None:
        self.usd: float | None = 0.25
        self.hour: float | None = None
        self.asked: list[tuple[str, float | None, float | None, float | None]] = []

    def answer_cost(
        self,
        model_id: str,
        tokens_in: float | None,
        tokens_out: float | None,
        seconds: float | None,
        project_id: str | None = None,
    ) -> Figure:
        self.asked.append((model_id, tokens_in, tokens_out, seconds))
        return Figure(mid=self.usd, unit="USD per 1,000 answers", basis="a flat price")

    def paid_hour(self, project_id: str) -> float | None:
        return self.hour
