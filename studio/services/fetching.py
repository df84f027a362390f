"""Fetching: base models on their way here, in the background, seen and stopped from any page."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from studio.domain.errors import Conflict, NotFound, StudioError
from studio.domain.models import BaseModel, Fetch, FetchStatus
from studio.domain.values import new_id, now

logger = logging.getLogger(__name__)

Pull = Callable[[str, Callable[[str, float | None], None], Callable[[], bool]], BaseModel]
"""Fetches the model of that name; told where to report, and whom to ask whether to stop."""

SECONDS_TO_STOP = 5.0
"""How long closing waits for a fetch to clear away what it has."""
EARLIEST = 0.03
"""Share from which the remaining time can be told."""


class Fetching:
    """Fetches under way, and those that failed until somebody has read why."""

    def __init__(self, pull: Pull, changed: Callable[[], None]) -> None:
        self._pull, self._changed = pull, changed
        self._lock = threading.Lock()
        self._known: dict[str, _Work] = {}

    def start(self, name: str) -> Fetch:
        """Begins to fetch a model; the one under way is returned when there is one already."""
        with self._lock:
            for work in self._known.values():
                if work.fetch.name.casefold() == name.casefold() and work.is_under_way:
                    return work.fetch
            for ended in [w for w in self._known.values() if w.fetch.name == name]:
                del self._known[ended.fetch.id]
            work = _Work(Fetch(id=new_id("fetch"), name=name, started_at=now()))
            self._known[work.fetch.id] = work
        work.thread = threading.Thread(
            target=self._carry_out, args=(work,), name="fetch", daemon=True
        )
        work.thread.start()
        self._changed()
        return work.fetch

    def all(self) -> list[Fetch]:
        """Returns the fetches under way and those that failed, oldest first."""
        with self._lock:
            return [work.fetch for work in self._known.values()]

    def cancel(self, fetch_id: str) -> None:
        """Stops a fetch and clears away what it has; one that failed is forgotten."""
        with self._lock:
            work = self._known.get(fetch_id)
            if work is None:
                raise NotFound("This fetch has ended already.")
            if work.is_under_way:
                work.cancelled.set()
                work.fetch = work.fetch.with_(status=FetchStatus.STOPPING, eta_seconds=None)
            else:
                del self._known[fetch_id]
        self._changed()

    def close(self) -> None:
        """Stops every fetch; a studio that ends keeps no half model."""
        with self._lock:
            works = list(self._known.values())
        for work in works:
            work.cancelled.set()
        for work in works:
            if work.thread is not None:
                work.thread.join(SECONDS_TO_STOP)

    def _carry_out(self, work: _Work) -> None:
        try:
            self._pull(
                work.fetch.name,
                lambda what, share: self._tell(work, what, share),
                work.wanted_no_more,
            )
        except StudioError as error:
            stopped = work.cancelled.is_set() and isinstance(error, Conflict)
            self._end(work, None if stopped else error)
        except Exception:
            # Nobody else watches this thread, and the page must not show it as if it went on.
            logger.exception("Fetching %s met an unforeseen error.", work.fetch.name)
            self._end(work, UNFORESEEN)
        else:
            self._end(work, None)

    def _tell(self, work: _Work, what: str, share: float | None) -> None:
        with self._lock:
            if work.fetch.status is FetchStatus.RUNNING:
                eta = work.time_left(what, share)
                work.fetch = work.fetch.with_(doing=what, share=share, eta_seconds=eta)
        self._changed()

    def _end(self, work: _Work, error: StudioError | None) -> None:
        with self._lock:
            if error is None:
                self._known.pop(work.fetch.id, None)
            else:
                work.fetch = work.fetch.with_(
                    status=FetchStatus.FAILED,
                    share=None,
                    eta_seconds=None,
                    message=error.message,
                    hint=error.hint,
                )
        self._changed()


UNFORESEEN = StudioError(
    "The studio met an unforeseen error while fetching.",
    hint="Try again; the studio's log has the details.",
)


@dataclass
class _Work:
    """One fetch and the thread that carries it out."""

    fetch: Fetch
    cancelled: threading.Event = field(default_factory=threading.Event)
    thread: threading.Thread | None = None
    _part: str = ""
    _since: tuple[float, float] = (0.0, 0.0)

    @property
    def is_under_way(self) -> bool:
        return self.fetch.status is not FetchStatus.FAILED

    def wanted_no_more(self) -> bool:
        return self.cancelled.is_set()

    def time_left(self, what: str, share: float | None) -> float | None:
        """Returns the remaining seconds of this part of the work; each has a pace of its own."""
        if share is None:
            return None
        if what != self._part:
            self._part, self._since = what, (time.monotonic(), share)
            return None
        began, at = self._since
        if share - at < EARLIEST:
            return None
        return (time.monotonic() - began) * (1 - share) / (share - at)
