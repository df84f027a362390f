"""Who is signed in: sessions that survive a restart, and the keys in links that begin them."""

from __future__ import annotations

import hashlib
import hmac
import json
import logging
import os
import secrets
import threading
import time
from collections.abc import Callable
from pathlib import Path

log = logging.getLogger(__name__)

LIFETIME = 30 * 86_400
"""Seconds that a browser stays signed in."""
MOST = 100
"""Sessions kept; the oldest go first."""


class Sessions:
    """Sessions by the hash of their token, in a file that only this user can read."""

    def __init__(self, file: Path, clock: Callable[[], float] = time.time) -> None:
        self._file, self._clock, self._lock = file, clock, threading.Lock()
        self._ends: dict[str, float] = _read(file)

    def issue(self) -> str:
        """Begins a session and returns its token; only its hash is kept."""
        token = secrets.token_urlsafe(32)
        with self._lock:
            now = self._clock()
            alive = {mark: end for mark, end in self._ends.items() if end > now}
            alive[_mark(token)] = now + LIFETIME
            self._ends = dict(sorted(alive.items(), key=lambda item: item[1])[-MOST:])
            _write(self._file, self._ends)
        return token

    def knows(self, token: str) -> bool:
        """True for the token of a session that has not ended."""
        with self._lock:
            return bool(token) and self._ends.get(_mark(token), 0) > self._clock()


class LaunchKeys:
    """Keys in the links that the studio gives out when it starts."""

    def __init__(self) -> None:
        self._kept: dict[str, bool] = {}

    def mint(self, *, once: bool) -> str:
        """Returns a new key.

        Args:
            once: whether it works a single time, as a link handed to the browser must: other
                users of the machine can read the arguments of running programs.
        """
        key = secrets.token_urlsafe(24)
        self._kept[key] = once
        return key

    def accept(self, given: str) -> bool:
        """True for a key that is still good."""
        for key, once in list(self._kept.items()):
            if hmac.compare_digest(key.encode(), given.encode()):
                if once:
                    del self._kept[key]
                return True
        return False


def kept_secret(file: Path) -> str:
    """Returns the secret in a file that only this user can read, made at the first call."""
    try:
        found = file.read_text(encoding="ascii").strip()
    except FileNotFoundError:
        found = ""
    if len(found) < 32:
        found = secrets.token_urlsafe(32)
        _write_private(file, found)
    return found


def _mark(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def _read(file: Path) -> dict[str, float]:
    try:
        found = json.loads(file.read_bytes())
    except (OSError, ValueError):
        return {}  # nobody is signed in, and the link signs in again
    if not isinstance(found, dict):
        return {}
    return {str(mark): float(end) for mark, end in found.items() if isinstance(end, int | float)}


def _write(file: Path, ends: dict[str, float]) -> None:
    try:
        _write_private(file, json.dumps(ends))
    except OSError as error:
        # On a full disk people must still get in to make room; a restart asks them to sign in.
        log.warning("Who is signed in could not be kept: %s", error)


def _write_private(file: Path, text: str) -> None:
    file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    part = file.with_suffix(".part")
    handle = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as opened:
        opened.write(text)
    part.replace(file)
