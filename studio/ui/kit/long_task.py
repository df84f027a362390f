"""LongTask: work of seconds to minutes in a thread of its own, with progress, ETA and Cancel."""

from __future__ import annotations

import asyncio
import logging
import threading
import time
from collections.abc import Callable
from typing import Any, Generic, TypeVar

from nicegui import background_tasks, ui
from nicegui.element import Element

from studio.domain.errors import StudioError, disk_full
from studio.ui.kit.notices import error_notice
from studio.ui.kit.progress_row import ProgressRow
from studio.ui.kit.settle import settle

log = logging.getLogger(__name__)
UNEXPECTED = StudioError(
    "Something went wrong inside the studio.",
    hint="Nothing was lost. Try again; the details are in the studio's log.",
)
T = TypeVar("T")
Progress = Callable[[str, float | None], None]
"""Called by the work with what it does and the share done (0 to 1), or None when unknown."""


class LongTask(Element, Generic[T]):
    """`LongTask("Fetching the model", lambda progress, cancelled: …, on_done=refresh)`.

    The thread is its own, so short calls are never kept waiting. When the page is left, the work
    is asked to stop, unless `ends_with_page` is False; work that cannot stop midway is not
    `cancellable` and goes on to its end.
    """

    def __init__(
        self,
        text: str,
        work: Callable[[Progress, Callable[[], bool]], T],
        *,
        on_done: Callable[[T], Any],
        on_error: Callable[[StudioError], Any] | None = None,
        on_cancelled: Callable[[], Any] = lambda: None,
        cancellable: bool = True,
        ends_with_page: bool = True,
        marker: str | None = None,
    ) -> None:
        super().__init__("div")
        self._work, self._on_done = work, on_done
        self._on_error, self._on_cancelled = on_error or error_notice, on_cancelled
        self._ends_with_page = ends_with_page
        self._cancelled, self._began = threading.Event(), time.monotonic()
        self._latest: tuple[str, float | None] = (text, None)
        with self:
            cancel = self.cancel if cancellable else None
            self._row = ProgressRow(text, on_cancel=cancel, marker=marker)
            ui.timer(0.25, self._draw)
        background_tasks.create(self._run(), name=f"long task: {text}", context=self)

    def cancel(self) -> None:
        """Asks the work to stop."""
        self._cancelled.set()
        self._row.show(text="Stopping …")

    async def _run(self) -> None:
        try:
            result = await self._in_thread()
        except StudioError as error:
            await self._fail(error)
        except Exception as error:  # noqa: BLE001 - a UI action: nothing above could explain it
            log.exception("a long task failed")
            await self._fail(disk_full(error) or UNEXPECTED)
        else:
            if not self.is_deleted:
                await settle(self._on_done(result))
        if not self.is_deleted:
            self.delete()

    async def _fail(self, error: StudioError) -> None:
        if not self.is_deleted:
            stopped = self._cancelled.is_set()
            await settle(self._on_cancelled() if stopped else self._on_error(error))

    def _in_thread(self) -> asyncio.Future[T]:
        loop = asyncio.get_running_loop()
        outcome: asyncio.Future[T] = loop.create_future()

        def deliver(set_it: Callable[[Any], None], what: Any) -> None:
            if not outcome.done():
                set_it(what)

        def body() -> None:
            try:
                result = self._work(self._tell, self._cancelled.is_set)
            except BaseException as error:  # noqa: BLE001 - raised again on the event loop
                loop.call_soon_threadsafe(deliver, outcome.set_exception, error)
            else:
                loop.call_soon_threadsafe(deliver, outcome.set_result, result)

        threading.Thread(target=body, name="long task", daemon=True).start()
        return outcome

    def _tell(self, what: str, share: float | None) -> None:
        if what != self._latest[0]:
            self._began = time.monotonic()  # another part of the work has a pace of its own
        self._latest = (what, share)

    def _draw(self) -> None:
        if self._cancelled.is_set():
            return
        what, share = self._latest
        left = None
        if share:
            left = (time.monotonic() - self._began) * (1 - share) / share
        self._row.show(what, None if share is None else 100 * share, left)

    def _handle_delete(self) -> None:
        if self._ends_with_page:
            self._cancelled.set()
        super()._handle_delete()
