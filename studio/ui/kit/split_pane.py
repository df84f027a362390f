"""SplitPane: two panes with a border that the mouse and the arrow keys move."""

from __future__ import annotations

from nicegui import ui

from studio.ui.kit.script import call


class SplitPane(ui.splitter):
    """`pane = SplitPane("Answers", value=50)`; then `with pane.before:` and `with pane.after:`."""

    def __init__(
        self,
        label: str,
        *,
        value: float = 50,
        limits: tuple[float, float] = (15, 85),
        horizontal: bool = False,
        marker: str | None = None,
    ) -> None:
        super().__init__(value=value, limits=limits, horizontal=horizontal)
        self._limits = limits
        self.classes("ls-split")
        if marker:
            self.mark(marker)
        self.on("nudge", lambda event: self._nudge(float(event.args)))
        facts = {
            "id": self.id,
            "label": label,
            "horizontal": horizontal,
            "low": limits[0],
            "high": limits[1],
            "now": value,
        }
        self.on_value_change(lambda change: self._tell(float(change.value or 0)))
        self._run("splitter", facts)

    def _nudge(self, step: float) -> None:
        low, high = self._limits
        self.set_value(min(high, max(low, float(self.value or 0) + step)))

    def _tell(self, now: float) -> None:
        self._run("splitterNow", {"id": self.id, "now": round(now)})

    def _run(self, function: str, facts: dict[str, object]) -> None:
        call(self.client, function, facts)
