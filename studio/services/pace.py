"""Pace: lets each of many callers do something so many times in a while, and no more."""

from __future__ import annotations

import time
from collections import OrderedDict, deque
from collections.abc import Callable

REMEMBERED = 10_000
"""Callers remembered at most, so that many addresses cannot fill the memory."""


class Pace:
    """Counts what callers did in the last seconds."""

    def __init__(
        self, most: int, seconds: float, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._most, self._seconds, self._clock = most, seconds, clock
        self._done: OrderedDict[str, deque[float]] = OrderedDict()

    def take(self, caller: str) -> float:
        """Counts one more and returns 0, or returns the seconds to wait and counts nothing."""
        at = self._clock()
        done = self._done.setdefault(caller, deque())
        self._done.move_to_end(caller)
        while done and done[0] <= at - self._seconds:
            done.popleft()
        if len(done) >= self._most:
            return done[0] + self._seconds - at
        done.append(at)
        if len(self._done) > REMEMBERED:
            self._done.popitem(last=False)
        return 0.0
