"""Rounds: one thread for each run under way, which wakes at once when something is wished."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from backends.openai_api.courier import Courier

AGAIN = 15.0
"""Seconds before a courier that stumbled is followed by another."""
PARTING = 5.0
"""Seconds that all couriers together are waited for at the end."""
STUMBLED = "Following this run met a defect of the studio; it is tried again. See the studio's log."
LOG = logging.getLogger(__name__)


@dataclass
class Round:
    """One courier's thread."""

    bell: threading.Event = field(default_factory=threading.Event)
    thread: threading.Thread | None = None
    trouble: str = ""
    not_before: float = 0.0


class Rounds:
    """Sends couriers and calls them back; each run has one at a time."""

    def __init__(self, courier: Callable[[str], Courier]) -> None:
        """`courier` makes the one for a run id."""
        self._courier = courier
        self._rounds: dict[str, Round] = {}
        self._lock = threading.Lock()
        self._closed = False

    def keep_going(self, run_id: str) -> None:
        """Sends a courier when none is under way."""
        with self._lock:
            now = self._rounds.setdefault(run_id, Round())
            alive = now.thread is not None and now.thread.is_alive()
            if alive or self._closed or time.monotonic() < now.not_before:
                return
            # Daemon: a server that hangs does not keep the studio from closing, and whatever
            # was under way is taken up again from the folder.
            now.thread = threading.Thread(
                target=self._go, args=(run_id, now), name=f"courier-{run_id}", daemon=True
            )
            now.thread.start()

    def wake(self, run_id: str) -> None:
        """Lets a run's courier look at once."""
        with self._lock:
            if run_id in self._rounds:
                self._rounds[run_id].bell.set()

    def trouble(self, run_id: str) -> str:
        """Returns why a run is not followed at the moment; empty when it is."""
        with self._lock:
            return self._rounds[run_id].trouble if run_id in self._rounds else ""

    def close(self) -> None:
        """Calls every courier back, and waits a little for what each is doing."""
        with self._lock:
            self._closed = True
            rounds = list(self._rounds.values())
        until = time.monotonic() + PARTING
        for one in rounds:
            one.bell.set()
        for one in rounds:
            if one.thread is not None:
                one.thread.join(max(0.0, until - time.monotonic()))

    def _go(self, run_id: str, now: Round) -> None:
        now.not_before = time.monotonic() + AGAIN
        trouble = STUMBLED
        try:
            courier = self._courier(run_id)
            try:
                while not self._closed and (wait := courier.step()) is not None:
                    now.bell.wait(wait)
                    now.bell.clear()
            finally:
                courier.close()
            trouble = ""
        except OSError as error:
            trouble = f"The run folder cannot be used: {error.strerror or error}. Free some space."
            LOG.warning("Run %s is not followed: %s", run_id, error)
        finally:
            now.trouble = trouble
