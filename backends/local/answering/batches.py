"""How prompts are put together: what they share, who goes with whom, how many at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

SHORTEST_SHARED = 8
"""Tokens; sharing fewer saves less than the extra forward pass costs."""


@dataclass(frozen=True, kw_only=True)
class Limits:
    """How much one batch may hold."""

    rows: int
    """Conversations answered side by side."""
    prompt_tokens: int
    """Prompt tokens read in one forward pass, padding included."""
    kept_tokens: int
    """Prompt and answer tokens whose keys and values fit in memory."""

    def halved(self) -> Limits:
        """Returns limits for another try after memory ran out."""
        return Limits(
            rows=max(1, self.rows // 2),
            prompt_tokens=max(1, self.prompt_tokens // 2),
            kept_tokens=max(1, self.kept_tokens // 2),
        )


def shared_prefix(prompts: Sequence[Sequence[int]]) -> int:
    """Returns how many first tokens all prompts share and need be read only once.

    At least one token of every prompt stays outside: its output is the first token of the answer.
    """
    if len(prompts) < 2:
        return 0
    # Whatever the first and the last in order share, all in between share.
    ordered = sorted(map(list, prompts))
    low, high = ordered[0], ordered[-1]
    longest = min(len(prompt) for prompt in prompts) - 1
    shared = next((n for n in range(min(longest, len(low))) if low[n] != high[n]), longest)
    return shared if shared >= SHORTEST_SHARED else 0


def batches(
    lengths: Sequence[int], new_tokens: int, limits: Limits, shared: int = 0
) -> list[list[int]]:
    """Returns indices in batches of similar length, the longest first.

    Longest first: what does not fit shows at once and not after an hour.
    """
    order = sorted(range(len(lengths)), key=lambda index: (-lengths[index], index))
    made: list[list[int]] = []
    room = 0
    for index in order:
        if not made or len(made[-1]) >= room:
            longest = lengths[index]
            room = min(
                limits.rows,
                limits.prompt_tokens // max(1, longest - shared),
                limits.kept_tokens // (longest + new_tokens),
            )
            made.append([])
        made[-1].append(index)
    return made
