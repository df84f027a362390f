"""ChoiceCards and Segments: one of a few, all of them visible."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from nicegui.element import Element
from nicegui.elements.mixins.text_element import TextElement

from studio.ui.kit.settle import settle
from studio.ui.kit.text import Text


@dataclass(frozen=True, kw_only=True)
class Choice:
    """One option, with the sentence that explains it."""

    value: Any
    title: str
    text: str = ""


class _Radios(Element):
    """A radio group whose arrow keys are served by `studio.js`."""

    def __init__(
        self, label: str, css: str, value: Any, on_change: Callable[[Any], Any] | None, marker: str
    ) -> None:
        super().__init__("div")
        self.classes(css).mark(marker)
        self.props["role"] = "radiogroup"
        self.props["aria-label"] = label
        self.value = value
        self._on_change, self._marker = on_change, marker
        self._radios: dict[Any, TextElement] = {}

    def _add(self, value: Any, text: str) -> TextElement:
        radio = TextElement(tag="button", text=text).mark(f"{self._marker}-{value}")
        radio.props["type"] = "button"
        radio.props["role"] = "radio"
        radio.props["data-testid"] = f"{self._marker}-{value}"
        radio.on("click", lambda: self._choose(value), [])
        self._radios[value] = radio
        return radio

    def set_value(self, value: Any) -> None:
        """Marks another option, without calling back."""
        self.value = value
        for option, radio in self._radios.items():
            chosen = option == value
            radio.props["aria-checked"] = "true" if chosen else "false"
            radio.props["tabindex"] = "0" if chosen or value not in self._radios else "-1"

    async def _choose(self, value: Any) -> None:
        if value == self.value:
            return
        self.set_value(value)
        await settle(self._on_change(value) if self._on_change else None)


class ChoiceCards(_Radios):
    """`ChoiceCards("Effort", [Choice(…)], value="balanced", marker="effort")`."""

    def __init__(
        self,
        label: str,
        options: list[Choice],
        *,
        value: Any = None,
        on_change: Callable[[Any], Any] | None = None,
        marker: str,
    ) -> None:
        super().__init__(label, "ls-choice-cards", value, on_change, marker)
        for option in options:
            with self, self._add(option.value, ""):
                Text(option.title, "strong", inline=True)
                if option.text:
                    Text(option.text, "small", inline=True)
        self.set_value(value)


class Segments(_Radios):
    """A compact filter: `Segments("Show", {"all": "All"}, value="all", marker="show")`."""

    def __init__(
        self,
        label: str,
        options: dict[Any, str],
        *,
        value: Any = None,
        on_change: Callable[[Any], Any] | None = None,
        marker: str,
    ) -> None:
        super().__init__(label, "ls-segments", value, on_change, marker)
        with self:
            for option, text in options.items():
                self._add(option, text)
        self.set_value(value)
