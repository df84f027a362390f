"""Work: the floating-point operations a run cannot do without, counted from its examples.

Per token that has to be computed: 4 for each weight of a linear layer (2 forward, 2 for the
gradient of its input; a frozen weight needs no gradient of its own) and 6 for each weight of the
adapter. Per answer token: 4 for each weight of the output layer. Attention's own products are left
out; at the lengths of banking77 they are under one percent.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from backends.local.estimate import adapter_parameters, linear_parameters
from backends.local.trainer.batches import (
    MOST_TOKENS,
    Schedule,
    batch_at,
    micro_batches,
    shared_prefix,
)
from backends.local.trainer.encoding import Encoded
from studio.domain.models import ModelFacts
from studio.domain.training import Hyperparameters


@dataclass(frozen=True, kw_only=True)
class Tokens:
    """What a run's steps consist of."""

    real: int
    """Tokens of the examples, each counted every time it is seen."""
    computed: int
    """Tokens that go through the layers: a prefix shared by a micro-batch counts once."""
    answers: int
    """Tokens the loss is taken on."""


def tokens_of_run(
    examples: Sequence[Encoded], settings: Hyperparameters, most_tokens: int = MOST_TOKENS
) -> Tokens:
    """Returns what the engine works on over a whole run, batch by batch as it deals them."""
    lengths = [len(item.ids) for item in examples]
    schedule = Schedule(
        examples=len(examples), batch_size=settings.batch_size, epochs=settings.epochs
    )
    pieces = (
        piece
        for step in range(schedule.total_steps)
        for piece in micro_batches(
            [examples[i] for i in batch_at(lengths, schedule, settings.seed, step)], most_tokens
        )
    )
    return _summed(pieces)


def operations(facts: ModelFacts, rank: int, tokens: int, answers: int) -> float:
    """Returns the operations needed for so many tokens through the layers and so many answers."""
    per_token = 4.0 * linear_parameters(facts) + 6.0 * adapter_parameters(facts, rank)
    return per_token * tokens + 4.0 * facts.hidden_size * facts.vocabulary * answers


def _summed(pieces: Iterable[Sequence[Encoded]]) -> Tokens:
    real = computed = answers = 0
    for piece in pieces:
        here = sum(len(item.ids) for item in piece)
        real += here
        computed += here - shared_prefix(piece) * (len(piece) - 1)
        answers += sum(item.n_answer for item in piece)
    return Tokens(real=real, computed=computed, answers=answers)
