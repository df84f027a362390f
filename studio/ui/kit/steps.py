"""Steps: where one is in a task of several parts."""

from __future__ import annotations

from nicegui.element import Element

from studio.ui.kit.text import Text


class Steps(Element):
    """`steps = Steps(["Choose file", "Map columns", "Check"], 0); steps.show(1)`."""

    def __init__(self, titles: list[str], current: int = 0, *, label: str = "Progress") -> None:
        super().__init__("ol")
        self.classes("ls-steps")
        self.props["aria-label"] = label
        self._items: list[Element] = []
        with self:
            for number, title in enumerate(titles, start=1):
                with Element("li") as item:
                    number_tag = Text(str(number), "small", inline=True).classes("ls-step-number")
                    number_tag.props["aria-hidden"] = "true"
                    Text(title, inline=True)
                self._items.append(item)
        self.show(current)

    def show(self, current: int) -> None:
        """Marks the step one is at, counted from 0."""
        for index, item in enumerate(self._items):
            item.classes(replace="ls-done" if index < current else "")
            if index == current:
                item.classes("ls-current")
                item.props["aria-current"] = "step"
            elif "aria-current" in item.props:
                del item.props["aria-current"]
