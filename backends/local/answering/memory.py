"""Keys and values of a batch, written in place into room that was taken in advance.

Every row keeps its tokens from place 0 on, whatever its neighbours' lengths, and attention looks
at a multiple of STRIDE places. The CPU's kernels then round a row's numbers alike in every batch,
so its answer does not depend on its neighbours; padding on the left would change it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
from transformers import Cache
from transformers.cache_utils import DynamicLayer

STRIDE = 64
"""Room is taken, and attention looks, in multiples of this many places."""


@dataclass
class Writing:
    """Where the next keys and values go; one object steers all layers."""

    start: int = 0
    """First place of a stretch that is the same for all rows."""
    places: torch.Tensor | None = None
    """One place for each row instead, when a single token is appended."""
    seen: int = 0
    """How many places attention looks at, masked ones included."""


class Room(DynamicLayer):
    """One layer's keys and values; the library's own layer copies all of them for each token."""

    def __init__(self, writing: Writing) -> None:
        super().__init__()
        self._writing = writing
        self._kept: list[torch.Tensor] = []

    def lazy_initialization(self, key_states: torch.Tensor, value_states: torch.Tensor) -> None:
        """Takes the first room, shaped like what is to be kept."""
        self.dtype, self.device = key_states.dtype, key_states.device
        self._kept = [_room(key_states, 0), _room(value_states, 0)]
        self.is_initialized = True

    def update(
        self, key_states: torch.Tensor, value_states: torch.Tensor, *args: Any, **kwargs: Any
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Writes keys and values where they belong and returns views of all to look at."""
        if not self.is_initialized:
            self.lazy_initialization(key_states, value_states)
        places, seen = self._writing.places, self._writing.seen
        for index, states in enumerate((key_states, value_states)):
            kept = self._kept[index]
            if seen > kept.shape[2]:
                kept = self._kept[index] = _grown(kept, seen)
            if places is None:
                start = self._writing.start
                kept[:, :, start : start + states.shape[2]] = states
            else:
                rows = torch.arange(len(places), device=places.device)
                kept[rows, :, places] = states[:, :, 0]
        self.keys, self.values = (kept[:, :, :seen] for kept in self._kept)
        return self.keys, self.values

    def get_seq_length(self) -> int:
        """Returns how many places were filled for all rows before what is being written."""
        return self._writing.start

    def begin_with(self, shared: Room, rows: int) -> None:
        """Starts `rows` rows with the one row that `shared` keeps."""
        keys, values = (kept.expand(rows, -1, -1, -1).contiguous() for kept in shared._kept)
        self.dtype, self.device, self.is_initialized = keys.dtype, keys.device, True
        self._kept = [keys, values]

    def batch_select_indices(self, indices: torch.Tensor) -> None:
        """Goes on with these rows only."""
        self._kept = [kept[indices] for kept in self._kept]


class Memory(Cache):
    """The rooms of all layers, steered by one `Writing`."""

    def __init__(self, layers: int) -> None:
        self.writing = Writing()
        self.rooms = [Room(self.writing) for _ in range(layers)]
        super().__init__(layers=list(self.rooms))

    def copied(self, rows: int) -> Memory:
        """Returns a memory whose rows all begin with this memory's only row."""
        copy = Memory(len(self.rooms))
        for mine, theirs in zip(self.rooms, copy.rooms, strict=True):
            theirs.begin_with(mine, rows)
        return copy

    def keep(self, rows: Sequence[int], device: torch.device) -> None:
        """Goes on with these rows only."""
        self.batch_select_indices(torch.tensor(rows, device=device))


def rounded(places: int, stride: int = STRIDE) -> int:
    """Returns the next multiple of `stride`."""
    return -(-places // stride) * stride


def _room(like: torch.Tensor, length: int) -> torch.Tensor:
    rows, heads, _, width = like.shape
    # Zeros and not garbage: a masked place is multiplied by zero, and zero times NaN is NaN.
    return like.new_zeros((rows, heads, length, width))


def _grown(kept: torch.Tensor, length: int) -> torch.Tensor:
    larger = _room(kept, rounded(length) + STRIDE)
    larger[:, :, : kept.shape[2]] = kept
    return larger
