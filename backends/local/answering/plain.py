"""Forward passes of plain attention models: padded on the right, a shared prefix read once."""

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
        # A stretch of eight, because the kernels round a block of two or three queries differently.
        longest = rounded(max(len(rest) for rest in rests), 8)
        # What stands in the padding does not matter: later tokens are never seen by earlier ones.
        padded = [rest + [0] * (longest - len(rest)) for rest in rests]
        self._ids = torch.tensor(padded, device=model.device)
        self._lengths = torch.tensor([len(prompt) for prompt in prompts], device=model.device)
        self._longest = max(len(prompt) for prompt in prompts)
        shares = prefix.length > 0
        self._memory = (
            prefix.memory.copied(len(prompts)) if shares else Memory(len(prefix.memory.rooms))
        )

    def read(self) -> torch.Tensor:
        """Reads the prompts and returns what the last layer says at each one's end."""
        hidden = _read(self._model, self._ids, self._memory, start=self._start)
        rows = torch.arange(len(self._lengths), device=hidden.device)
        last = hidden[rows, self._lengths - self._start - 1]
        self.keep(range(len(rows)))
        return last

    def write(self, tokens: Sequence[int]) -> torch.Tensor:
        """Appends one token to each row and returns what the last layer says there."""
        self._longest += 1
        writing = self._memory.writing
        writing.places, writing.seen = self._lengths, rounded(self._longest)
        all_places = torch.arange(writing.seen, device=self._lengths.device)
        given = [*tokens, *tokens] if len(tokens) < len(self._lengths) else tokens
        hidden = self._model(
            input_ids=torch.tensor(given, device=self._lengths.device)[:, None],
            attention_mask=(all_places <= self._lengths[:, None])[:, None, None, :],
            position_ids=self._lengths[:, None],
            cache=self._memory,
            use_cache=True,
        ).last_hidden_state
        self._lengths = self._lengths + 1
        last: torch.Tensor = hidden[: len(tokens), 0]
        return last

    def keep(self, rows: Sequence[int]) -> None:
        """Goes on with these rows only.

        A last row goes on as two: a product with one row takes another kernel, rounded otherwise.
        """
        kept = [*rows, *rows] if len(rows) == 1 else list(rows)
        if kept == list(range(len(self._lengths))):
            return
        self._memory.keep(kept, self._lengths.device)
        self._lengths = self._lengths[torch.tensor(kept, device=self._lengths.device)]


def _read(model: PreTrainedModel, ids: torch.Tensor, memory: Memory, *, start: int) -> torch.Tensor:
    end = start + ids.shape[1]
    # On CUDA the fastest kernel takes no mask, and without one every key must be a real one.
    unmasked = start == 0 and ids.is_cuda
    memory.writing.start, memory.writing.places = start, None
    memory.writing.seen = end if unmasked else rounded(end)
    places = torch.arange(memory.writing.seen, device=ids.device)
    mask = None if unmasked else (places <= places[start:end, None])[None, None]
    hidden: torch.Tensor = model(
        input_ids=ids,
        attention_mask=mask,
        position_ids=places[None, start:end],
        cache=memory,
        use_cache=True,
    ).last_hidden_state
    return hidden
