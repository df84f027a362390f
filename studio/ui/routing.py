"""Routing: which address shows which page, and what is shown when a page cannot be."""
# No postponed annotations here: NiceGUI hands over PageArguments by looking at the annotation.

import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from nicegui import PageArguments, ui

from studio.domain.errors import NotFound, StudioError
from studio.ui import strings
from studio.ui.kit.error_panel import ErrorPanel
from studio.ui.kit.settle import settle

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Route:
    """One address and the function that draws its page."""

    path: str
    build: Callable[..., Any]
    """Called with the services, the shell, and the parameters of the path by name."""
    title: str
    """Of the browser's tab."""


class Views(ui.sub_pages):
    """The content area; an unknown address says so in the studio's own words."""

    def _render_404(self) -> None:
        told = StudioError(strings.NOT_FOUND, hint=strings.NOT_FOUND_HINT)
        ErrorPanel(told, level=1, marker="not-found")


def view(
    route: Route,
    arguments: tuple[Any, ...],
    arrived: Callable[[Route, str, dict[str, str]], None],
) -> Callable[..., Any]:
    """Returns the builder for `ui.sub_pages`: draws the page, or what is wrong with it."""

    async def show(page: PageArguments) -> None:
        arrived(route, page.path, dict(page.query_parameters))
        try:
            await settle(route.build(*arguments, **page.path_parameters))
        except NotFound as error:
            ErrorPanel(error, level=1, marker="not-found")
        except StudioError as error:
            log.info("page %s: %s", route.path, error)
            ErrorPanel(error, on_retry=page.frame.refresh, level=1)
        except Exception as error:  # noqa: BLE001 - a UI action: the page itself failed
            log.exception("page %s failed", route.path)
            told = StudioError(strings.PAGE_FAILED, hint=strings.PAGE_FAILED_HINT)
            ErrorPanel(told, type(error).__name__, on_retry=page.frame.refresh, level=1)

    return show
