"""ServerGrid: a table of any length whose rows travel over HTTP while one scrolls."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from nicegui import ui
from nicegui.element import Element
from nicegui.events import GenericEventArguments

from studio.ui.kit.text import Text

BLOCK = 200
FILTERS = {
    "text": "agTextColumnFilter",
    "long": "agTextColumnFilter",
    "number": "agNumberColumnFilter",
}

# Keys are neutral (c0, c1 …): NiceGUI runs a dictionary key that begins with a colon as code, and a
# user's column may be called anything.
SOURCE = """({getRows(p) {
  const q = new URLSearchParams({start: p.startRow, end: p.endRow,
    sort: JSON.stringify(p.sortModel), filter: JSON.stringify(p.filterModel)});
  const url = __URL__;
  fetch((window.path_prefix || '') + url + (url.includes('?') ? '&' : '?') + q)
    .then(r => r.ok ? r.json() : r.text().then(t => Promise.reject(t || r.status)))
    .then(d => { p.successCallback(d.rows, d.total); getElement(__ID__)?.$emit('page', d.total); })
    .catch(e => { p.failCallback(); getElement(__ID__)?.$emit('pageFailed', String(e)); });
}})"""


@dataclass(frozen=True)
class Column:
    """One column, in the order in which the data route gives its values."""

    title: str
    kind: Literal["text", "number", "long"] = "text"
    """`long` wraps over up to four lines."""
    width: int | None = None
    """Pixels; None shares what is left."""
    flex: int | None = None
    sortable: bool = True
    filterable: bool = True

    def definition(self, index: int) -> dict[str, Any]:
        """The column as AG Grid wants it."""
        made: dict[str, Any] = {
            "field": f"c{index}",
            "headerName": self.title,
            "sortable": self.sortable,
            "filter": FILTERS[self.kind] if self.filterable else False,
            "minWidth": 80,
            "cellDataType": False,
        }
        if self.width is not None:
            made["width"] = self.width
        else:
            made["flex"] = self.flex or 1
        if self.kind == "number":
            made["cellClass"] = "ls-number"
            made["headerClass"] = "ag-right-aligned-header"
        if self.kind == "long":
            made["cellClass"] = "ls-long"
            made["tooltipField"] = f"c{index}"
        return made


class ServerGrid(Element):
    """`ServerGrid("/ui-data/…/rows", [Column("Line", "number", 80), …], label="Rows")`."""

    def __init__(
        self,
        url: str,
        columns: Sequence[Column],
        *,
        label: str,
        height: str = "100%",
        row_height: int = 30,
        on_row: Callable[[str], Any] | None = None,
        marker: str = "grid",
    ) -> None:
        super().__init__("div")
        self.classes("ls-grid").mark(marker)
        self.style(f"height:{height}")
        with self:
            self._failed = Text("", "small").classes("ls-field-error")
            self._failed.props["role"] = "alert"
            self._failed.set_visibility(False)
            self._grid = ui.aggrid(
                {
                    "columnDefs": [column.definition(i) for i, column in enumerate(columns)],
                    "defaultColDef": {"resizable": True, "suppressHeaderMenuButton": False},
                    "rowModelType": "infinite",
                    "cacheBlockSize": BLOCK,
                    "maxBlocksInCache": 20,
                    "infiniteInitialRowCount": 50,
                    "blockLoadDebounceMillis": 40,
                    "animateRows": False,
                    "rowHeight": row_height,
                    "headerHeight": 32,
                    "tooltipShowDelay": 400,
                    "enableCellTextSelection": True,
                    ":getRowId": "p => String(p.data.id)",
                },
                auto_size_columns=False,
            )
            self._grid.props["aria-label"] = label
            self._total = Text("", "small", marker=f"{marker}-total").classes("ls-grid-total")
        self._load(url)
        self._grid.on("page", self._arrived)
        self._grid.on("pageFailed", self._broke)
        if on_row is not None:
            self._grid.on(
                "rowClicked", lambda event: on_row(str(event.args["data"]["id"])), ["data"]
            )

    def load(self, url: str) -> None:
        """Shows the rows of another address."""
        self._load(url)
        self._grid.update()

    def refresh(self) -> None:
        """Asks for the visible rows again."""
        self._grid.run_grid_method("refreshInfiniteCache")

    def _load(self, url: str) -> None:
        source = SOURCE.replace("__URL__", json.dumps(url)).replace("__ID__", str(self._grid.id))
        self._grid.options[":datasource"] = source

    def _arrived(self, event: GenericEventArguments) -> None:
        total = int(event.args)
        self._failed.set_visibility(False)
        self._total.set_text(f"{total:,} row" + ("" if total == 1 else "s"))

    def _broke(self, event: GenericEventArguments) -> None:
        self._failed.set_text(f"The rows could not be read: {event.args}")
        self._failed.set_visibility(True)
