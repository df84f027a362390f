"""Bridge: reads the services' news and passes it on to the pages, at most four times a second."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass
from typing import Protocol

from nicegui import Event, background_tasks, core, run

from studio.domain.jobs import Job

PAUSE = 0.25
log = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class News:
    """Something changed."""

    revision: int
    """Grows with every change of a job, an evaluation or an import."""
    running: tuple[Job, ...] = ()
    """Jobs that wait, run or stop, oldest first."""


class Source(Protocol):
    """What the bridge reads: `services.monitor`."""

    def revision(self) -> int:
        """Returns a number that grows whenever something changed."""

    def running(self) -> list[Job]:
        """Returns the jobs that are not over."""


class Bridge:
    """One reader for all pages; a page subscribes to `news` through its PageScope."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self.news: Event[News] = Event()
        self.latest = News(revision=-1)

    def start(self) -> None:
        """Begins to read; ends with the application."""
        background_tasks.create_or_defer(self._watch(), name="news for the pages")

    async def _watch(self) -> None:
        while not core.app.is_stopping:
            try:
                found = await run.io_bound(self._read)
            except Exception:  # noqa: BLE001 - the monitor's own trouble must not end the news
                log.exception("reading the news failed")
                found = None
            if found is not None and found.revision != self.latest.revision:
                self.latest = found
                self.news.emit(found)
            await asyncio.sleep(PAUSE)

    def _read(self) -> News:
        revision = self._source.revision()
        if revision == self.latest.revision:
            return self.latest
        return News(revision=revision, running=tuple(self._source.running()))
