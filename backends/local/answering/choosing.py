"""The next token of every row: the likeliest, or one drawn from the distribution."""

from __future__ import annotations

import hashlib
import random
from collections.abc import Sequence

import torch

from studio.domain.evaluation import Decoding


class Chooser:
    """Chooses tokens for the rows of a batch; what one row draws never depends on its neighbours."""

    def __init__(self, decoding: Decoding, prompts: Sequence[Sequence[int]]) -> None:
        self._temperature = decoding.temperature
        self._top_p = decoding.top_p
        self._draws = [_draws(decoding.seed, prompt) for prompt in prompts]

    def keep(self, rows: Sequence[int]) -> None:
        """Goes on with these rows only."""
        self._draws = [self._draws[row] for row in rows]

    def choose(self, logits: torch.Tensor) -> list[int]:
        """Returns one token for each row of logits."""
        if self._temperature == 0:
            return [int(token) for token in logits.argmax(dim=-1).tolist()]
        chances = torch.softmax(logits.float() / self._temperature, dim=-1)
        ordered, tokens = chances.sort(dim=-1, descending=True, stable=True)
        reached = ordered.cumsum(dim=-1)
        # The smallest set of likeliest tokens that reaches top_p; the first one is always in it.
        kept = torch.where(reached - ordered < self._top_p, ordered, 0.0).cumsum(dim=-1)
        drawn = [[source.random()] for source in self._draws]
        target = torch.tensor(drawn, dtype=kept.dtype, device=kept.device) * kept[:, -1:]
        places = torch.searchsorted(kept, target, right=True)
        last = (reached - ordered < self._top_p).sum(dim=-1, keepdim=True) - 1
        chosen = tokens.gather(-1, torch.minimum(places, last))
        return [int(token) for token in chosen.squeeze(-1).tolist()]


def _draws(seed: int, prompt: Sequence[int]) -> random.Random:
    """Returns the row's own source of chance, fixed by seed and prompt."""
    key = hashlib.sha256(f"{seed}:{','.join(map(str, prompt))}".encode()).digest()
    return random.Random(key)
