"""Forward passes of plain attention models: right-padded prompts, a prefix read once, rows dropped."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from transformers import PreTrainedConfig, PreTrainedModel

from backends.local.answering.memory import Memory, rounded

PLAIN = frozenset(
    f"{family}ForCausalLM"
    for family in ("Llama", "Mistral", "Qwen2", "Qwen3", "SmolLM3", "Olmo2", "Phi3")
)
"""Architectures known to be nothing but attention in order, then one linear output layer."""


def is_plain(config: PreTrainedConfig) -> bool:
    """Says whether every layer attends to all earlier tokens and to nothing else."""
    if (config.architectures or [""])[0] not in PLAIN:
        return False
    kinds: Sequence[str] | None = getattr(config, "layer_types", None)
    if kinds is not None:
        return all(kind == "full_attention" for kind in kinds)
    return not getattr(config, "sliding_window", None)


class Prefix:
    """Keys and values of tokens that all prompts of a request begin with, read once."""

    def __init__(self, model: PreTrainedModel, tokens: Sequence[int]) -> None:
        self.length = len(tokens)
        self.memory = Memory(model.config.num_hidden_layers)
        if tokens:
            ids = torch.tensor([list(tokens)], device=model.device)
            _read(model, ids, self.memory, start=0)


class PlainPass:
    """A batch between two forward passes; gives the last layer's output, not yet logits."""

    def __init__(
        self, model: PreTrainedModel, prompts: Sequence[Sequence[int]], prefix: Prefix
    ) -> None:
        self._model = model
        self._start = prefix.length
        rests = [list(prompt[prefix.length :]) for prompt in prompts]
        longest = max(len(rest) for rest in rests)
        # What stands in the padding does not matter: later tokens are never seen by earlier ones.
        padded = [rest + [0] * (longest - len(rest)) for rest in rests]
        self._ids = torch.tensor(padded, device=model.device)
        self._lengths = torch.tensor([len(prompt) for prompt in prompts], device=model.device)
        self._longest = prefix.length + longest
        shares = prefix.length > 0
        self._memory = (
            prefix.memory.copied(len(prompts)) if shares else Memory(len(prefix.memory.rooms))
        )

    def read(self) -> torch.Tensor:
        """Reads the prompts and returns what the last layer says at each one's end."""
        hidden = _read(self._model, self._ids, self._memory, start=self._start)
        rows = torch.arange(len(self._lengths), device=hidden.device)
        return hidden[rows, self._lengths - self._start - 1]

    def write(self, tokens: Sequence[int]) -> torch.Tensor:
        """Appends one token to each row and returns what the last layer says there."""
        self._longest += 1
        writing = self._memory.writing
        writing.places, writing.seen = self._lengths, rounded(self._longest)
        all_places = torch.arange(writing.seen, device=self._lengths.device)
        hidden = self._model(
            input_ids=torch.tensor(tokens, device=self._lengths.device)[:, None],
            attention_mask=(all_places <= self._lengths[:, None])[:, None, None, :],
            position_ids=self._lengths[:, None],
            past_key_values=self._memory,
            use_cache=True,
        ).last_hidden_state
        self._lengths = self._lengths + 1
        return hidden[:, 0]

    def keep(self, rows: Sequence[int]) -> None:
        """Goes on with these rows only."""
        self._memory.keep(rows, self._lengths.device)
        self._lengths = self._lengths[torch.tensor(rows, device=self._lengths.device)]


def _read(model: PreTrainedModel, ids: torch.Tensor, memory: Memory, *, start: int) -> torch.Tensor:
    length = ids.shape[1]
    memory.writing.start, memory.writing.places = start, None
    memory.writing.seen = start + length
    places = torch.arange(start + length, device=ids.device)
    # Without a mask the attention kernel takes its fast causal path, which needs a square.
    mask = (places <= places[start:, None])[None, None] if start else None
    hidden: torch.Tensor = model(
        input_ids=ids,
        attention_mask=mask,
        position_ids=places[None, start:],
        past_key_values=memory,
        use_cache=True,
    ).last_hidden_state
    return hidden
