"""StepRail: the steps of a long task with their states; every step is a press away."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from nicegui.element import Element
from nicegui.elements.mixins.text_element import TextElement

from studio.ui.kit.button import decorative_icon
from studio.ui.kit.script import call
from studio.ui.kit.text import Text

ICONS: dict[str, str] = {
    "done": "check",
    "measured": "straighten",
    "blocked": "block",
    "in_progress": "more_horiz",
}
"""By kind of state; a step that is not begun shows its number."""


@dataclass(frozen=True, kw_only=True)
class RailStep:
    """One step as the rail shows it."""

    title: str
    state: str
    """Its state in words."""
    kind: str
    href: str
    marker: str


class StepRail(Element):
    """`rail = StepRail(steps, 2, label="Steps of the ladder"); rail.show(steps)`."""

    def __init__(self, steps: Sequence[RailStep], current: int, *, label: str) -> None:
        super().__init__("nav")
        self.classes("ls-rail").mark("step-rail")
        self.props["aria-label"] = label
        self._lines: list[tuple[Element, Element, Text]] = []
        with self, Element("ol"):
            for number, step in enumerate(steps, start=1):
                self._draw(number, step, number - 1 == current)
        self.show(steps)

    def _draw(self, number: int, step: RailStep, current: bool) -> None:
        with Element("li") as item, Element("a").mark(step.marker) as link:
            link.props["href"] = step.href
            link.props["data-testid"] = step.marker
            if current:
                link.props["aria-current"] = "step"
                call(self.client, "reveal", link.id)  # in a narrow window the rail scrolls
            with Element("span").classes("ls-rail-dot") as dot:
                dot.props["aria-hidden"] = "true"
                TextElement(tag="span", text=str(number))
                decorative_icon("check")
            with Element("span").classes("ls-rail-words"):
                Text(step.title, inline=True).classes("ls-rail-title")
                state = Text("", "small", inline=True, marker=f"{step.marker}-state")
        self._lines.append((item, dot, state))

    def show(self, steps: Sequence[RailStep]) -> None:
        """Shows how far the steps are now."""
        for step, (item, dot, state) in zip(steps, self._lines, strict=True):
            item.classes(replace=f"ls-rail-{step.kind.replace('_', '-')}")
            number, icon = dot.default_slot.children
            icon_name = ICONS.get(step.kind)
            number.set_visibility(icon_name is None)
            icon.set_visibility(icon_name is not None)
            if icon_name is not None and icon.props.get("name") != icon_name:
                icon.props["name"] = icon_name
            state.set_text(step.state)
