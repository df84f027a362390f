"""Patience: processor time that one document or page may take, where the system can count it."""

from __future__ import annotations

import contextlib
import signal
from collections.abc import Iterator
from typing import Any

from backends.reader.limits import DOCUMENT_SECONDS, FileRefused


@contextlib.contextmanager
def patience(what: str, seconds: float = DOCUMENT_SECONDS) -> Iterator[None]:
    """Refuses the file when the block takes longer; `what` begins the sentence.

    Elsewhere the studio's own watch ends the process, which takes longer.
    """
    if not hasattr(signal, "setitimer"):
        yield
        return

    def stop(number: int, frame: Any) -> None:
        raise FileRefused(
            f"{what} takes more than {seconds:g} seconds to read.",
            "Save it again from its program, or bring its text.",
        )

    before = signal.signal(signal.SIGPROF, stop)
    signal.setitimer(signal.ITIMER_PROF, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)
