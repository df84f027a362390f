"""Keys and values of a batch, written in place into room that was taken in advance."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from transformers import Cache, PreTrainedConfig
from transformers.cache_utils import DynamicLayer

PLAIN = frozenset(
    f"{family}ForCausalLM"
    for family in (
        "Llama",
        "Mistral",
        "Qwen2",
        "Qwen3",
        "SmolLM3",
        "Granite",
        "Olmo2",
        "Phi3",
    )
)
"""Architectures known to be nothing but attention over keys and values in order."""

GROWTH = 32
"""Positions added at a time when an answer outgrows the room."""


class Room(DynamicLayer):
    """One layer's keys and values. The library's own layer copies all of them for each new token."""

    def __init__(self) -> None:
        super().__init__()
        self._used = 0
        self._all_keys: torch.Tensor | None = None
        self._all_values: torch.Tensor | None = None

    def lazy_initialization(self, key_states: torch.Tensor, value_states: torch.Tensor) -> None:
        """Takes the first room, shaped like what is to be kept."""
        self.dtype, self.device = key_states.dtype, key_states.device
        self._all_keys = _room(key_states, key_states.shape[-2] + GROWTH)
        self._all_values = _room(value_states, value_states.shape[-2] + GROWTH)
        self.is_initialized = True

    def update(
        self, key_states: torch.Tensor, value_states: torch.Tensor, *args: Any, **kwargs: Any
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Appends keys and values and returns views of all that are kept."""
        if not self.is_initialized:
            self.lazy_initialization(key_states, value_states)
        assert self._all_keys is not None
        assert self._all_values is not None
        end = self._used + key_states.shape[-2]
        if end > self._all_keys.shape[-2]:
            self._all_keys = _grown(self._all_keys, self._used, end + GROWTH)
            self._all_values = _grown(self._all_values, self._used, end + GROWTH)
        self._all_keys[:, :, self._used : end] = key_states
        self._all_values[:, :, self._used : end] = value_states
        self._used = end
        self.keys = self._all_keys[:, :, :end]
        self.values = self._all_values[:, :, :end]
        return self.keys, self.values

    def get_seq_length(self) -> int:
        """Returns how many positions are kept."""
        return self._used

    def batch_select_indices(self, indices: torch.Tensor) -> None:
        """Goes on with these rows only."""
        assert self._all_keys is not None
        assert self._all_values is not None
        self._all_keys = self._all_keys[indices]
        self._all_values = self._all_values[indices]


def rooms(config: PreTrainedConfig) -> Cache:
    """Returns an empty memory for a model whose layers all see everything before them."""
    return Cache(layers=[Room() for _ in range(config.num_hidden_layers)])


def copied_to_rows(shared: Cache, rows: int, config: PreTrainedConfig) -> Cache:
    """Returns a memory of `rows` rows that all begin with the one row of `shared`."""
    memory = rooms(config)
    for index, layer in enumerate(shared.layers):
        memory.update(
            layer.keys.expand(rows, -1, -1, -1), layer.values.expand(rows, -1, -1, -1), index
        )
    return memory


def sees_everything(config: PreTrainedConfig) -> bool:
    """Says whether each layer attends to all earlier tokens, so that a prefix can be shared."""
    if (config.architectures or [""])[0] not in PLAIN:
        return False
    kinds: Sequence[str] | None = getattr(config, "layer_types", None)
    if kinds is not None:
        return all(kind == "full_attention" for kind in kinds)
    return not getattr(config, "sliding_window", None)


def _room(like: torch.Tensor, length: int) -> torch.Tensor:
    rows, heads, _, width = like.shape
    # Zeros and not garbage: a masked position is multiplied by zero, and zero times NaN is NaN.
    return like.new_zeros((rows, heads, length, width))


def _grown(kept: torch.Tensor, used: int, length: int) -> torch.Tensor:
    larger = _room(kept, length)
    larger[:, :, :used] = kept[:, :, :used]
    return larger
