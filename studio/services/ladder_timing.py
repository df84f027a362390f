"""Timing: how long single answers take, asked one by one as a user would wait for them."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import NamedTuple

from studio.core.ladder.measuring import percentile
from studio.domain.datasets import Message
from studio.domain.errors import StudioError
from studio.domain.evaluation import Decoding
from studio.domain.interfaces import TextGenerator
from studio.domain.models import ModelHandle

ASKED_ALONE = 8
"""Answers timed one by one: enough for a median, few enough to be quick. A judgement."""


class Latency(NamedTuple):
    """How long single answers take, in seconds; None where none was timed."""

    p50: float | None
    p95: float | None
    n: int


def timed_places(n: int) -> list[int]:
    """Returns which of so many prompts are asked alone, spread over all."""
    return list(range(0, n, max(1, n // ASKED_ALONE)))[:ASKED_ALONE]


def timed(
    generator: TextGenerator,
    model: ModelHandle,
    prompts: Sequence[Sequence[Message]],
    decoding: Decoding,
    *,
    warm: bool,
    stopped: Callable[[], bool],
) -> tuple[Latency, tuple[str, ...]]:
    """Returns the time of answers asked alone, and what went wrong while timing, if anything.

    Batches answer faster and caches at once; neither is what one user waits for.
    """
    chosen, took = [prompts[at] for at in timed_places(len(prompts))], []
    try:
        if not warm and chosen:
            # The first answer of a cold worker mostly measures how long a model loads.
            generator.generate(model, chosen[:1], decoding, cancelled=stopped)
        for prompt in chosen:
            began = time.monotonic()
            generator.generate(model, [prompt], decoding, cancelled=stopped)
            took.append(time.monotonic() - began)
    except StudioError as error:
        if stopped():
            raise
        return Latency(None, None, 0), (f"Single answers could not be timed: {error.message}",)
    return Latency(percentile(took, 0.5), percentile(took, 0.95), len(took)), ()
