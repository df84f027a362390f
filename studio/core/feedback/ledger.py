"""Ledger: rows that hold the hash of the one before, so that a change behind their back shows."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Mapping, Sequence

from studio.domain.deployments import Evidence, LedgerRow

BEGINNING = "0" * 64
"""`prev_hash` of the first row."""


def sealed(row: LedgerRow, before: LedgerRow | None) -> LedgerRow:
    """Returns the row as the next one after `before`, with its number and both hashes."""
    placed = row.with_(
        seq=1 if before is None else before.seq + 1,
        evidence=finite(row.evidence),
        prev_hash=BEGINNING if before is None else before.row_hash,
    )
    return placed.with_(row_hash=hash_of(placed))


def hash_of(row: LedgerRow) -> str:
    """Returns SHA-256 over every field but the hash itself, as JSON with sorted keys.

    Numbers are written as Python writes them, which loses no digit of a float.
    """
    fields = row.model_dump(mode="json", exclude={"row_hash"})
    text = json.dumps(fields, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return hashlib.sha256(text.encode()).hexdigest()


def first_broken(rows: Sequence[LedgerRow], last: int) -> int | None:
    """Returns the number of the first row that is not as it was written, None when all are.

    `last` is the number that the last row must have, so that rows cut off at the end show too.
    """
    before: LedgerRow | None = None
    for seq, row in enumerate(rows, 1):
        expected = BEGINNING if before is None else before.row_hash
        if row.seq != seq or row.prev_hash != expected or row.row_hash != hash_of(row):
            return seq
        before = row
    return None if len(rows) == last else min(len(rows), last) + 1


def finite(evidence: Mapping[str, str | float | int | None]) -> Evidence:
    """Returns the evidence with numbers that have no place in JSON as not known."""
    return {
        name: None if isinstance(value, float) and not math.isfinite(value) else value
        for name, value in evidence.items()
    }
