"""topics: questions in groups of like words, drawn from one window and looked for in another."""

from __future__ import annotations

import re
import zlib
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Matrix = NDArray[np.float32]

GROUPS = 8
BUCKETS = 2_048
"""Words are hashed to so many numbers: no word list is kept, and no text leaves its window."""
ROUNDS = 12
FITTED = 1_000
"""Questions of the reference that the groups are drawn from; the rest are only sorted into them."""
WORD = re.compile(r"\w{2,}")


def topics(reference: Sequence[str], current: Sequence[str]) -> tuple[list[str], list[str]]:
    """Returns the group of each question, in both windows.

    Groups are drawn from the reference by spherical k-means over hashed TF-IDF, with the weights of
    the reference's words; the first centre is the first question, and each further one the question
    least like those before, so that the same windows give the same groups.
    """
    # Arrays are loaded with the first look, not with the studio.
    import numpy as np

    if not reference:
        return [], ["0"] * len(current)
    counts = _counts(reference)
    weights = np.log((1 + len(reference)) / (1 + (counts > 0).sum(axis=0))) + 1
    known = _unit(counts * weights)
    centres = _centres(known[:FITTED])
    new = _unit(_counts(current) * weights)
    return _groups(known, centres), _groups(new, centres)


def _counts(texts: Sequence[str]) -> Matrix:
    import numpy as np

    counts: Matrix = np.zeros((len(texts), BUCKETS), dtype=np.float32)
    for row, text in enumerate(texts):
        for word in WORD.findall(text.casefold()):
            # Unlike hash(), this gives the same in every process.
            counts[row, zlib.crc32(word.encode("utf-8", "surrogatepass")) % BUCKETS] += 1
    logged: Matrix = np.log1p(counts)
    return logged


def _unit(rows: Any) -> Matrix:
    import numpy as np

    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    unit: Matrix = (rows / np.where(lengths == 0, 1, lengths)).astype(np.float32)
    return unit


def _centres(rows: Matrix) -> Matrix:
    import numpy as np

    chosen = [0]
    nearest = rows @ rows[0]
    while len(chosen) < min(GROUPS, len(rows)):
        farthest = int(np.argmin(nearest))
        if nearest[farthest] > 0.999:
            break
        chosen.append(farthest)
        nearest = np.maximum(nearest, rows @ rows[farthest])
    centres = rows[chosen]
    for _ in range(ROUNDS):
        groups = np.argmax(rows @ centres.T, axis=1)
        sums = np.stack([rows[groups == at].sum(axis=0) for at in range(len(centres))])
        empty = np.linalg.norm(sums, axis=1) == 0
        moved = np.where(empty[:, None], centres, _unit(sums))
        if np.allclose(moved, centres):
            break
        centres = moved
    kept: Matrix = centres
    return kept


def _groups(rows: Matrix, centres: Matrix) -> list[str]:
    import numpy as np

    return [str(group) for group in np.argmax(rows @ centres.T, axis=1)]
