"""Learning: what a step makes smaller, and the figures that tell how far it has come."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, Protocol, TypeVar

import torch
from torch import Tensor

from backends.local.trainer.batches import Item
from backends.local.trainer.encoding import Encoded
from backends.local.trainer.scoring import Scorer

HOPELESS = 2.0
"""Times the loss of guessing at random from which on a loss counts as lost, finite or not."""
T_contra = TypeVar("T_contra", bound=Item, contravariant=True)


class Measured(NamedTuple):
    """Sums over a micro-batch; divided by the summed weights of its items they are means."""

    loss: Tensor
    figures: dict[str, Tensor]
    """Name in `domain.training.METRICS` → sum, without a gradient."""

    def numbers(self, weight: int = 1) -> dict[str, float]:
        """Returns `loss` and the figures divided by a weight, after one wait for the device."""
        named = {"loss": self.loss, **self.figures}
        sums = torch.stack([value.detach().float() for value in named.values()])
        return dict(zip(named, (sums / weight).tolist(), strict=True))


class Learning(Protocol[T_contra]):
    """A way to learn from items."""

    scorer: Scorer
    chance: float
    """Mean loss from which on a model is no better than one that guesses."""
    lost: float
    """Mean loss beyond which a step counts as lost, finite or not."""

    def measured(self, piece: Sequence[T_contra]) -> Measured:
        """Returns loss and figures of a micro-batch."""


class Answers:
    """Supervised: to give the answers, token by token."""

    def __init__(self, scorer: Scorer) -> None:
        self.scorer = scorer
        self.chance = scorer.chance
        self.lost = HOPELESS * scorer.chance

    def measured(self, piece: Sequence[Encoded]) -> Measured:
        """Returns the summed cross-entropy, and how many tokens were the likeliest guess."""
        losses, hits = self.scorer.scored(piece)
        return Measured(losses.sum(), {"token_accuracy": hits.sum()})
