"""Throttle: counts wrong guesses by address, so that guessing is slow."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable

TRIES, SECONDS = 5, 60.0
"""Wrong guesses allowed for one address in so many seconds."""
REMEMBERED = 10_000
"""Guesses kept at most, so that many addresses cannot fill the memory."""


class Throttle:
    """Counts wrong passwords or keys."""

    def __init__(
        self, clock: Callable[[], float] = time.monotonic, *, everybody: int | None = None
    ) -> None:
        """`everybody` also limits all addresses together; None: only each by itself."""
        self._clock, self._everybody = clock, everybody
        self._wrong: deque[tuple[float, str]] = deque(maxlen=REMEMBERED)

    def wait(self, address: str) -> bool:
        """True when this address, or everybody together, has guessed too often."""
        while self._wrong and self._wrong[0][0] < self._clock() - SECONDS:
            self._wrong.popleft()
        if self._everybody is not None and len(self._wrong) >= self._everybody:
            return True
        return sum(1 for _, guesser in self._wrong if guesser == address) >= TRIES

    def wrong(self, address: str) -> None:
        """Notes a wrong guess."""
        self._wrong.append((self._clock(), address))
