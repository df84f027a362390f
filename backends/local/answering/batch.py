"""One batch answered token by token: read what is shared once, drop rows as they finish."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import torch
from transformers import Cache, DynamicCache, PreTrainedModel

from backends.local.answering import memory
from backends.local.answering.choosing import Chooser
from studio.domain.evaluation import Decoding

WORTH_DROPPING = 0.75
"""Finished rows leave the batch once fewer than this share of its rows still write."""


@dataclass
class Row:
    """One conversation of the batch."""

    index: int
    """Its place in the request."""
    prompt: list[int]
    budget: int
    """Most tokens its answer may have."""
    tokens: list[int] = field(default_factory=list)
    """The answer so far, without the token that ended it."""
    stopped: bool = False
    """True when the model ended the answer itself."""

    @property
    def done(self) -> bool:
        """Says whether the answer is whole."""
        return self.stopped or len(self.tokens) >= self.budget


class Prefix:
    """Keys and values of tokens that many prompts begin with, read once."""

    def __init__(self, model: PreTrainedModel, tokens: Sequence[int]) -> None:
        self.length = len(tokens)
        self.memory: Cache | None = None
        if tokens:
            self.memory = memory.rooms(model.config)
            ids = torch.tensor([list(tokens)], device=model.device)
            model(input_ids=ids, past_key_values=self.memory, use_cache=True, logits_to_keep=1)


def answer(
    model: PreTrainedModel,
    rows: Sequence[Row],
    decoding: Decoding,
    stops: frozenset[int],
    prefix: Prefix,
) -> Iterator[list[Row]]:
    """Runs the batch one forward pass at a time; yields after each the rows that changed."""
    chooser = Chooser(decoding, [row.prompt for row in rows])
    state = _State(model, [row.prompt for row in rows], prefix)
    alive = list(rows)
    logits = state.read()
    while True:
        changed = alive_before = alive
        tokens = chooser.choose(logits)
        for row, token in zip(alive_before, tokens, strict=True):
            if row.done:
                continue
            if token in stops:
                row.stopped = True
            else:
                row.tokens.append(token)
        writing = [place for place, row in enumerate(alive) if not row.done]
        if len(writing) <= WORTH_DROPPING * len(alive):
            alive = [alive[place] for place in writing]
            tokens = [tokens[place] for place in writing]
            chooser.keep(writing)
            state.keep(writing)
        yield changed
        if not writing:
            return
        logits = state.write(tokens)


class _State:
    """Memory, mask and positions of a batch between two forward passes."""

    def __init__(
        self, model: PreTrainedModel, prompts: Sequence[Sequence[int]], prefix: Prefix
    ) -> None:
        self._model = model
        self._plain = memory.sees_everything(model.config)
        rows, shared = len(prompts), prefix.length
        longest = max(len(prompt) for prompt in prompts) - shared
        ids = torch.zeros((rows, longest), dtype=torch.long)
        seen = torch.zeros((rows, shared + longest), dtype=torch.bool)
        seen[:, :shared] = True
        for place, prompt in enumerate(prompts):
            rest = len(prompt) - shared
            ids[place, longest - rest :] = torch.tensor(prompt[shared:], dtype=torch.long)
            seen[place, shared + longest - rest :] = True
        self._ids = ids.to(model.device)
        self._seen = seen.to(model.device)
        self._padded = not bool(seen.all())
        self._next = self._seen.sum(dim=1, keepdim=True)
        if prefix.memory is not None:
            self._memory = memory.copied_to_rows(prefix.memory, rows, model.config)
        elif self._plain:
            self._memory = memory.rooms(model.config)
        else:
            self._memory = DynamicCache(config=model.config)

    def read(self) -> torch.Tensor:
        """Reads the prompts and returns the logits of each first answer token."""
        length = self._ids.shape[1]
        positions = (self._seen.cumsum(dim=1) - 1).clamp(min=0)[:, -length:]
        return self._forward(self._ids, positions, self._reading_mask(length))

    def write(self, tokens: Sequence[int]) -> torch.Tensor:
        """Appends one token to each row and returns the logits of the next."""
        ids = torch.tensor(tokens, device=self._seen.device)[:, None]
        self._seen = torch.cat([self._seen, self._seen.new_ones((len(tokens), 1))], dim=1)
        positions, self._next = self._next, self._next + 1
        mask = self._seen[:, None, None, :] if self._plain else self._seen.long()
        return self._forward(ids, positions, mask)

    def keep(self, rows: Sequence[int]) -> None:
        """Goes on with these rows only."""
        if not rows:
            return
        places = torch.tensor(rows, device=self._seen.device)
        self._memory.batch_select_indices(places)
        self._seen, self._next = self._seen[places], self._next[places]

    def _reading_mask(self, length: int) -> torch.Tensor | None:
        if not self._plain:
            return self._seen.long()
        whole = self._seen.shape[1]
        if not self._padded and whole == length:
            return None  # plain causal attention, for which the fastest kernels are made
        places = torch.arange(whole, device=self._seen.device)
        asking = places[-length:, None]
        # Padding attends to itself: a row of attention without any key would give NaN.
        mask = (places <= asking) & (self._seen[:, None, :] | (places == asking))
        return mask[:, None]

    def _forward(self, ids: torch.Tensor, positions: torch.Tensor, mask: Any) -> torch.Tensor:
        output = self._model(
            input_ids=ids,
            attention_mask=mask,
            position_ids=positions,
            past_key_values=self._memory,
            use_cache=True,
            logits_to_keep=1,
        )
        logits: torch.Tensor = output.logits[:, -1]
        return logits
