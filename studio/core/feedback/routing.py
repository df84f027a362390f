"""Routing: which sessions the candidate answers, the same ones every time."""

from __future__ import annotations

import hashlib

SPAN = 2.0**64


def is_candidates(session: str, salt: str, share: float) -> bool:
    """Says whether a session belongs to the share that the candidate answers.

    A larger share only adds sessions: nobody is moved back while it grows.
    """
    digest = hashlib.md5((session + salt).encode(), usedforsecurity=False).digest()
    # Compared as a whole number: divided first, the largest would round up to 1.
    return int.from_bytes(digest[8:], "little") < share * SPAN
