"""act and done: one service call off the event loop; trouble becomes a notice with its hint."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any, ParamSpec, TypeVar

from nicegui import core, run, ui

from studio.domain.errors import StudioError, disk_full
from studio.ui.kit.notices import error_notice
from studio.ui.kit.settle import settle

T = TypeVar("T")
P = ParamSpec("P")
log = logging.getLogger(__name__)
UNEXPECTED = StudioError(
    "Something went wrong inside the studio.",
    hint="Nothing was lost. Try again; the details are in the studio's log.",
)


async def act(
    call: Callable[..., T],
    *args: Any,
    on_error: Callable[[StudioError], Any] | None = None,
    **kwargs: Any,
) -> T | None:
    """Returns what the call returns; None after an error it has shown, and at shutdown."""
    _, result = await _attempt(partial(call, *args, **kwargs), on_error)
    return result


async def slow(call: Callable[..., Any], *args: Any, **kwargs: Any) -> bool:
    """Like `done`, for calls of more than a second: in a thread of their own, not the pool's."""
    went_well, _ = await _attempt(partial(call, *args, **kwargs), None, in_own_thread)
    return went_well


async def in_own_thread(call: Callable[[], T]) -> T:
    """Returns what the call returns, without keeping one of the few shared threads busy."""
    own = ThreadPoolExecutor(1, thread_name_prefix="slow call")
    try:
        return await asyncio.get_running_loop().run_in_executor(own, call)
    finally:
        own.shutdown(wait=False)  # waiting would stop every page when this one is left


async def done(
    call: Callable[..., Any],
    *args: Any,
    on_error: Callable[[StudioError], Any] | None = None,
    **kwargs: Any,
) -> bool:
    """Like `act`, for calls that return nothing: True when it went well."""
    went_well, _ = await _attempt(partial(call, *args, **kwargs), on_error)
    return went_well


async def _attempt(
    call: Callable[[], T],
    on_error: Callable[[StudioError], Any] | None,
    runner: Callable[[Callable[[], T]], Awaitable[T | None]] = run.io_bound,
) -> tuple[bool, T | None]:
    # The element whose press led here may be gone when the answer comes; the window is not.
    client = ui.context.client
    try:
        result = await runner(call)
    except StudioError as error:
        log.info("refused: %s", error)
        with client:
            await _show(error, on_error)
        return False, None
    except Exception as error:  # noqa: BLE001 - a UI action: nothing above could explain it
        log.exception("a service call failed")
        hint = f"{UNEXPECTED.hint} ({type(error).__name__})"
        with client:
            shown = disk_full(error) or StudioError(UNEXPECTED.message, hint=hint)
            await _show(shown, on_error)
        return False, None
    _stop_if_left()
    return not core.app.is_stopping, result


def _stop_if_left() -> None:
    """Ends a page's builder whose page was left: the framework turns its end into a None."""
    task = asyncio.current_task()
    if task is not None and task.cancelling():
        raise asyncio.CancelledError


async def _show(error: StudioError, on_error: Callable[[StudioError], Any] | None) -> None:
    await settle((on_error or error_notice)(error))
