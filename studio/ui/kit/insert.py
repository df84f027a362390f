"""Chips that put a word into a text field where the cursor stands."""

from __future__ import annotations

from collections.abc import Sequence

from nicegui.elements.mixins.text_element import TextElement

from studio.ui.kit.fields import Field
from studio.ui.kit.layout import Row
from studio.ui.kit.script import call
from studio.ui.kit.text import Text


class InsertChips(Row):
    """`InsertChips(template, ["{question}"], label="Insert")`; a press writes into the field."""

    def __init__(self, field: Field[str], words: Sequence[str], *, label: str, marker: str) -> None:
        super().__init__(6, marker=marker)
        self.props["role"] = "group"
        self.props["aria-label"] = label
        self._field = field
        with self:
            Text(label, "small", inline=True)
            for word in words:
                chip = TextElement(tag="button", text=word).classes("ls-chip")
                chip.mark(f"{marker}-{word.strip('{}')}")
                chip.props["type"] = "button"
                chip.props["aria-label"] = f"Insert {word}"
                chip.on("click", lambda word=word: self._insert(word), [])

    def _insert(self, word: str) -> None:
        call(self.client, "insertText", f"f{self._field.id}", word)
