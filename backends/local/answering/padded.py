"""Forward passes of any other model: padded on the left, with the library's cache and masks."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from transformers import DynamicCache, PreTrainedModel


class PaddedPass:
    """A batch between two forward passes; gives logits."""

    def __init__(self, model: PreTrainedModel, prompts: Sequence[Sequence[int]]) -> None:
        self._model = model
        self._memory = DynamicCache(config=model.config)
        longest = max(len(prompt) for prompt in prompts)
        padding = [longest - len(prompt) for prompt in prompts]
        ids = [[0] * pad + list(prompt) for pad, prompt in zip(padding, prompts, strict=True)]
        seen = [[0] * pad + [1] * (longest - pad) for pad in padding]
        self._ids = torch.tensor(ids, device=model.device)
        self._seen = torch.tensor(seen, device=model.device)

    def read(self) -> torch.Tensor:
        """Reads the prompts and returns the logits of each first answer token."""
        return self._forward(self._ids, (self._seen.cumsum(dim=1) - 1).clamp(min=0))

    def write(self, tokens: Sequence[int]) -> torch.Tensor:
        """Appends one token to each row and returns the logits of the next."""
        positions = self._seen.sum(dim=1, keepdim=True)
        self._seen = torch.cat([self._seen, self._seen.new_ones((len(tokens), 1))], dim=1)
        return self._forward(torch.tensor(tokens, device=self._seen.device)[:, None], positions)

    def keep(self, rows: Sequence[int]) -> None:
        """Goes on with these rows only."""
        places = torch.tensor(rows, device=self._seen.device)
        self._memory.batch_select_indices(places)
        self._seen = self._seen[places]

    def _forward(self, ids: torch.Tensor, positions: torch.Tensor) -> torch.Tensor:
        logits: torch.Tensor = self._model(
            input_ids=ids,
            attention_mask=self._seen,
            position_ids=positions,
            cache=self._memory,
            use_cache=True,
            logits_to_keep=1,
        ).logits
        return logits[:, -1]
