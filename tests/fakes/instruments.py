"""FakeInstruments: a machine that counts words as tokens and trains 500 tokens a second."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from studio.domain.datasets import Example
from studio.domain.models import BaseModel
from studio.domain.sizing import Machine, Probe
from studio.domain.training import Method
from studio.domain.values import new_id, now


class FakeInstruments:
    """Counts words with a model's tokenizer, and letters with an encoding."""

    def __init__(self, free: int = 8_000_000_000) -> None:
        self.free = free
        self.probed: list[tuple[str, Method, int, float]] = []

    def machine(self) -> Machine:
        return Machine(
            kind="cpu",
            name="CPU, 2 cores",
            memory_total=2 * self.free,
            memory_free=self.free,
            cores=2,
        )

    def tokens(self, texts: Sequence[str], model: BaseModel) -> list[int]:
        return [len(text.split()) for text in texts]

    def encoded(self, texts: Sequence[str], encoding: str) -> list[int]:
        return [len(text) for text in texts]

    def probe(
        self,
        model: BaseModel,
        method: Method,
        examples: Sequence[Example],
        seconds: float,
        progress: Callable[[str, float | None], None],
    ) -> Probe:
        self.probed.append((model.id, method, len(examples), seconds))
        progress("Training", 1.0)
        return Probe(
            id=new_id("probe"),
            model_id=model.id,
            parameters=model.facts.parameters,
            method=method,
            device="CPU, 2 cores",
            examples=f"{len(examples)} examples",
            steps=5,
            tokens=10_000,
            seconds=seconds,
            tokens_per_second=500.0,
            memory_bytes=1_000_000_000,
            at=now(),
        )
