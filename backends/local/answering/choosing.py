"""The next token of every row: the likeliest, or one drawn from the distribution."""

from __future__ import annotations

import hashlib
import random
from collections.abc import Sequence
from typing import NamedTuple

import torch

from studio.domain.evaluation import Decoding

CONTENDERS = 8
"""How many of the likeliest tokens are weighed again in float32."""
IMPOSSIBLE = -9999.0
"""Logprob of what has no chance at all: minus infinity has no place in JSON."""


class Chances(NamedTuple):
    """How likely the model held a chosen token, and which ones it held likeliest."""

    logprob: float
    top: tuple[tuple[int, float], ...]
    """Tokens with their logprob, best first."""


class Chooser:
    """Chooses tokens for the rows of a batch; a row never depends on its neighbours."""

    def __init__(
        self,
        decoding: Decoding,
        prompts: Sequence[Sequence[int]],
        repeats: Sequence[int] | None = None,
    ) -> None:
        """`repeats` says of each prompt how often the request held it before."""
        self._temperature = decoding.temperature
        self._top_p = decoding.top_p
        repeats = repeats or [0] * len(prompts)
        self._draws = [
            _draws(decoding.seed + repeat, prompt)
            for repeat, prompt in zip(repeats, prompts, strict=True)
        ]
        self._top = decoding.logprobs
        self._weighed = torch.empty(0)
        """The logits of the last choice in float32, kept when chances are to be told."""

    def keep(self, rows: Sequence[int]) -> None:
        """Goes on with these rows only."""
        self._draws = [self._draws[row] for row in rows]

    def from_hidden(self, hidden: torch.Tensor, head: torch.nn.Module) -> list[int]:
        """Returns one token for each row of the last layer's output.

        Logits near 20 in bf16 are 0.125 apart, so the best ones often tie; these are weighed again.
        """
        logits: torch.Tensor = head(hidden)
        if self._temperature > 0 or type(head) is not torch.nn.Linear or head.bias is not None:
            return self.from_logits(logits)
        contenders = logits.topk(CONTENDERS, dim=-1).indices.sort(dim=-1).values
        weights = head.weight[contenders].float()
        exact = torch.einsum("rcw,rw->rc", weights, hidden.float())
        if self._top is not None:
            self._weighed = logits.float().scatter(-1, contenders, exact)
        return _listed(contenders.gather(-1, exact.argmax(dim=-1, keepdim=True)))

    def from_logits(self, logits: torch.Tensor) -> list[int]:
        """Returns one token for each row of logits."""
        if self._top is not None:
            self._weighed = logits.float()
        if self._temperature == 0:
            return _listed(logits.argmax(dim=-1, keepdim=True))
        chances = torch.softmax(logits.float() / self._temperature, dim=-1)
        ordered, tokens = chances.sort(dim=-1, descending=True, stable=True)
        before = ordered.cumsum(dim=-1) - ordered
        # The smallest set of likeliest tokens that reaches top_p; the first one is always in it.
        kept = before < self._top_p
        reached = torch.where(kept, ordered, 0.0).cumsum(dim=-1)
        drawn = torch.tensor([[source.random()] for source in self._draws], device=logits.device)
        places = torch.searchsorted(reached, drawn * reached[:, -1:], right=True)
        last = kept.sum(dim=-1, keepdim=True) - 1
        return _listed(tokens.gather(-1, torch.minimum(places, last)))

    def chances(self, tokens: Sequence[int]) -> list[Chances] | None:
        """Returns what the last choice was weighed by; None when nobody asked for it."""
        if self._top is None:
            return None
        logs = torch.log_softmax(self._weighed, dim=-1).clamp(min=IMPOSSIBLE)
        chosen = logs.gather(-1, torch.tensor(tokens, device=logs.device)[:, None])
        values, places = logs.topk(self._top, dim=-1)
        return [
            Chances(logprob, tuple(zip(best, likely, strict=True)))
            for logprob, best, likely in zip(
                chosen.squeeze(-1).tolist(), places.tolist(), values.tolist(), strict=True
            )
        ]


def _listed(column: torch.Tensor) -> list[int]:
    return [int(token) for token in column.squeeze(-1).tolist()]


def _draws(seed: int, prompt: Sequence[int]) -> random.Random:
    """Returns the row's own source of chance, fixed by seed and prompt."""
    key = hashlib.sha256(f"{seed}:{','.join(map(str, prompt))}".encode()).digest()
    return random.Random(key)
