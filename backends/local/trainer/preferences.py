"""Preferences: to find better answers likelier than worse ones, without drifting far (DPO).

Direct preference optimisation, Rafailov et al. 2023, equation 7: the loss of a pair is
`-log σ(β ((log π(better) - log π₀(better)) - (log π(worse) - log π₀(worse))))`, where π₀ is the
model before. That is the same model without its adapter, so it needs no memory of its own, and
what it says of a pair never changes, so it is asked once.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import torch
from torch import Tensor
from torch.nn.functional import softplus

from backends.local.trainer import batches
from backends.local.trainer.learning import HOPELESS, Measured
from backends.local.trainer.pairs import Pair
from backends.local.trainer.scoring import Scorer

LOST = 100.0
"""Mean loss beyond which a step counts as lost: worse answers are then likelier by e to the power
of 100 / β and more. A judgement."""


class Preferences:
    """Learning from pairs."""

    def __init__(self, scorer: Scorer, beta: float) -> None:
        self.scorer = scorer
        # Preferring nothing costs log 2: a model that cannot even keep near that has come apart.
        self.chance = HOPELESS * math.log(2)
        self.lost = LOST
        self._beta = beta

    def measured(self, piece: Sequence[Pair]) -> Measured:
        """Returns the summed loss, the summed reward margins and the pairs that are in order."""
        now = margins(self.scorer, piece)
        before = torch.tensor([pair.before for pair in piece], device=now.device)
        rewards = self._beta * (now - before)
        figures = {"reward_margin": rewards.sum(), "reward_accuracy": (rewards > 0).sum()}
        return Measured(softplus(-rewards).sum(), figures)


def margins(scorer: Scorer, piece: Sequence[Pair]) -> Tensor:
    """Returns, for each pair, the log-likelihood of its better answer minus that of its worse."""
    rows = [row for pair in piece for row in pair.rows]
    losses = scorer.scored(rows).losses
    unlikely = torch.stack([part.sum() for part in losses.split([row.n_answer for row in rows])])
    better, worse = unlikely.view(-1, 2).unbind(1)
    return worse - better


def reference(
    scorer: Scorer, pairs: Sequence[Pair], most_tokens: int, heed: Callable[[], None]
) -> list[float]:
    """Returns the margin of every pair under the model without its adapter, in order.

    `heed` is called between micro-batches and may raise.
    """
    found: dict[int, float] = {}
    with scorer.measuring(), scorer.untuned():
        for piece in batches.micro_batches(pairs, most_tokens):
            heed()
            told = margins(scorer, piece).tolist()
            # Pieces hold the very same objects, which nothing else tells apart for certain.
            found |= {id(pair): value for pair, value in zip(piece, told, strict=True)}
    return [found[id(pair)] for pair in pairs]
