"""Tabs: several views of one thing; a view is built when it is first opened."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from nicegui import ui
from nicegui.element import Element

from studio.ui.kit.settle import settle


class Tabs(Element):
    """`Tabs({"Scores": draw_scores}, label="Result")`; builders may be async."""

    def __init__(
        self,
        views: dict[str, Callable[[], Any]],
        *,
        label: str,
        value: str | None = None,
        on_change: Callable[[str], Any] | None = None,
        marker: str = "tabs",
    ) -> None:
        super().__init__("div")
        self.classes("ls-tabs").mark(marker)
        first = value if value in views else next(iter(views))
        self._built: set[str] = set()
        self._views, self._panels = views, {}
        with self:
            bar = ui.tabs(on_change=lambda change: self._open(str(change.value)))
            # Arrows beside the tabs: over them they would hide the first letters of the next one.
            for name in ("no-caps", "dense", "inline-label", "outside-arrows", "mobile-arrows"):
                bar.props[name] = True
            bar.props["align"] = "left"
            bar.props["aria-label"] = label
            with bar:
                for title in views:
                    ui.tab(title).mark(f"tab-{title.lower().replace(' ', '-')}")
            with ui.tab_panels(bar, value=first).classes("ls-tab-panels") as panels:
                panels.props["animated"] = False
                for title in views:
                    self._panels[title] = ui.tab_panel(title)
        self._on_change = on_change
        ui.timer(0, lambda: self._open(first), once=True)

    async def _open(self, title: str) -> None:
        if self._on_change is not None:
            self._on_change(title)
        if title in self._built:
            return
        self._built.add(title)
        with self._panels[title]:
            await settle(self._views[title]())
