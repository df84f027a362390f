"""Citations: which of the numbered passages an answer names."""

from __future__ import annotations

import re

_CITED = re.compile(r"[\[【]\s*(\d{1,3}(?:\s*(?:[,;&]|and|-|–)\s*\d{1,3})*)\s*[\]】]")
_SPAN = re.compile(r"(\d{1,3})(?:\s*[-–]\s*(\d{1,3}))?")


def cited(output: str, n: int) -> list[int]:
    """Returns the numbers an answer cites, each once, in the order they appear.

    `[1]`, `[2, 3]`, `[2; 3]`, `[1-3]` and `【4】` are understood; numbers of passages that were not
    given, below 1 or above `n`, are left out.
    """
    found: dict[int, None] = {}
    for group in _CITED.finditer(output):
        for span in _SPAN.finditer(group[1]):
            first = int(span[1])
            last = int(span[2] or first)
            found.update(dict.fromkeys(range(max(first, 1), min(last, n) + 1)))
    return list(found)
