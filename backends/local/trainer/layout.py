"""Layout: a micro-batch as one row of tokens — the shared prefix once, then each example's own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import torch
from torch import Tensor

from backends.local.trainer.batches import shared_prefix
from backends.local.trainer.encoding import Encoded


@dataclass(frozen=True, kw_only=True)
class Layout:
    """Where each example lies in the flat row of tokens, and what the loss is taken on."""

    ids: Tensor
    """(tokens,) token ids: the prefix, then each example without it."""
    positions: Tensor
    """(tokens,) place of each token in its own example."""
    prefix: int
    """Leading tokens that all examples share."""
    lengths: tuple[int, ...]
    """Own tokens of each example."""
    predictors: Tensor
    """(answers,) flat places whose output predicts an answer token."""
    targets: Tensor
    """(answers,) the answer tokens."""

    @property
    def longest(self) -> int:
        """Own tokens of the longest example."""
        return max(self.lengths)

    @property
    def even(self) -> bool:
        """True when all examples are equally long, so that nothing is padded."""
        return len(set(self.lengths)) == 1

    @cached_property
    def spans(self) -> Tensor:
        """(2, examples) flat place of each example's first own token; how many it has."""
        lengths = torch.tensor(self.lengths, device=self.ids.device)
        return torch.stack([self.prefix + lengths.cumsum(0) - lengths, lengths])

    @cached_property
    def gather(self) -> Tensor:
        """(examples * longest,) flat place of each padded place; padding repeats a first token."""
        return self._grid[0].flatten()

    @cached_property
    def real(self) -> Tensor:
        """(own tokens,) padded places that are no padding, in flat order."""
        return self._grid[1].flatten().nonzero().squeeze(1)

    @cached_property
    def blank(self) -> Tensor:
        """(padding,) padded places that are padding."""
        return (~self._grid[1]).flatten().nonzero().squeeze(1)

    @cached_property
    def _grid(self) -> tuple[Tensor, Tensor]:
        device = self.ids.device
        lengths = torch.tensor(self.lengths, device=device)
        starts = self.prefix + lengths.cumsum(0) - lengths
        places = torch.arange(self.longest, device=device)
        real = places < lengths[:, None]
        return torch.where(real, starts[:, None] + places, starts[:, None]), real

    def mask(self, repeat: int, dtype: torch.dtype) -> Tensor:
        """Returns (1, 1, repeat * longest, prefix + longest): 0 where seen, -inf elsewhere.

        Every own token sees the whole prefix and its own past. Padding stands behind every real
        token, so causality hides it.
        """
        device = self.ids.device
        own = torch.ones(self.longest, self.longest, dtype=torch.bool, device=device).tril()
        seen = torch.cat(
            [torch.ones(self.longest, self.prefix, dtype=torch.bool, device=device), own], 1
        )
        blank = torch.zeros(seen.shape, dtype=dtype, device=device).masked_fill_(
            ~seen, float("-inf")
        )
        return blank.repeat(repeat, 1)[None, None]


def lay_out(batch: Sequence[Encoded], device: torch.device) -> Layout:
    """Lays a micro-batch out, its longest common prompt prefix stored once."""
    prefix = shared_prefix(batch)
    ids = list(batch[0].ids[:prefix])
    positions = list(range(prefix))
    predictors: list[int] = []
    targets: list[int] = []
    for item in batch:
        shift = len(ids) - prefix
        predictors += range(shift + item.answer_start - 1, shift + len(item.ids) - 1)
        targets += item.ids[item.answer_start :]
        ids += item.ids[prefix:]
        positions += range(prefix, len(item.ids))
    return Layout(
        ids=torch.tensor(ids, device=device),
        positions=torch.tensor(positions, device=device),
        prefix=prefix,
        lengths=tuple(len(item.ids) - prefix for item in batch),
        predictors=torch.tensor(predictors, device=device),
        targets=torch.tensor(targets, device=device),
    )
