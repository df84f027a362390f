"""LiveChart: lines that grow while work goes on; only new points travel to the browser."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import Any

from nicegui import ui
from nicegui.element import Element

from studio.ui.kit.data_table import DataTable
from studio.ui.kit.expander import Expander
from studio.ui.kit.script import call

Points = Iterable[tuple[float, float]]
ROWS = 200
"""A table of more rows than this is thinned: it is there to be read."""


class LiveChart(Element):
    """`chart = LiveChart("Loss", ["training"], y="nats"); chart.append("training", [(1, 2.3)])`.

    Points are (x, y) numbers; a y that is not finite is left out. The chart carries its label for
    screen readers and a table of its values.
    """

    def __init__(
        self,
        label: str,
        series: Sequence[str],
        *,
        x: str = "step",
        y: str = "",
        height: int = 240,
        dots: Sequence[str] = (),
        table: bool = True,
        marker: str | None = None,
    ) -> None:
        super().__init__("figure")
        self.classes("ls-chart")
        if marker:
            self.mark(marker)
        self._names = list(series)
        self._x = x
        with self:
            self._chart = ui.echart(_options(self._names, x=x, y=y, dots=dots))
            self._chart.style(f"height:{int(height)}px")
            self._chart.props["role"] = "img"
            self._chart.props["aria-label"] = label
            # The browser missed something, for example while the chart was being mounted.
            self._chart.on("gap", lambda: self._chart.update(), [])
            if table:
                with Expander("Values as a table") as shown:
                    self._table = DataTable(["series", x, y or "value"], [], caption=label)
                shown.on("toggle", self._fill_table, [])
        call(self.client, "dressChart", self._chart.id)

    def set_points(self, name: str, points: Points) -> None:
        """Replaces a line."""
        self._series(name)["data"] = _clean(points)
        self._chart.update()
        call(self.client, "dressChart", self._chart.id)

    def show_line(self, points: Points, *, x: str) -> None:
        """Replaces the first line together with what the x axis counts."""
        self._chart.options["xAxis"]["name"] = self._x = x
        self.set_points(self._names[0], points)

    def append(self, name: str, points: Points) -> None:
        """Lengthens a line; costs only as much as the new points."""
        fresh = _clean(points)
        if not fresh:
            return
        index, data = self._names.index(name), self._series(name)["data"]
        start = len(data)
        with self._chart.props.suspend_updates():
            data.extend(fresh)
        call(self.client, "appendPoints", self._chart.id, index, start, fresh)

    def _series(self, name: str) -> dict[str, Any]:
        found: dict[str, Any] = self._chart.options["series"][self._names.index(name)]
        return found

    def _fill_table(self) -> None:
        rows = []
        for name in self._names:
            data = list(self._series(name)["data"])
            step = max(1, math.ceil(len(data) / ROWS))
            rows += [[name, f"{x:g}", f"{y:.4g}"] for x, y in data[::step]]
        self._table.set_rows(rows)


def _clean(points: Points) -> list[list[float]]:
    return [[float(x), float(y)] for x, y in points if math.isfinite(x) and math.isfinite(y)]


def _options(names: Sequence[str], *, x: str, y: str, dots: Sequence[str]) -> dict[str, Any]:
    """Everything but the colours, which `studio.js` takes from the theme."""
    return {
        "animation": False,
        "grid": {"left": 52, "right": 16, "top": 34, "bottom": 36},
        "legend": {"top": 0, "right": 8, "itemHeight": 3, "itemWidth": 16, "icon": "roundRect"},
        "tooltip": {"trigger": "axis", "confine": True},
        "xAxis": {
            "type": "value",
            "name": x,
            "nameLocation": "middle",
            "nameGap": 22,
            "min": "dataMin",
            "max": "dataMax",
            "axisLabel": {"hideOverlap": True},
        },
        "yAxis": {
            "type": "value",
            "name": y,
            "scale": True,
            "nameTextStyle": {"align": "left", "padding": [0, 0, 0, -40]},
        },
        "series": [
            {
                "type": "line",
                "name": name,
                "data": [],
                "showSymbol": name in dots,
                "symbolSize": 7,
                "sampling": "lttb",
                "lineStyle": {"width": 2},
            }
            for name in names
        ],
    }
