"""Text and Term: words on a page, and a technical word with its explanation."""

from __future__ import annotations

from typing import Literal

from nicegui.elements.mixins.text_element import TextElement

Kind = Literal["body", "muted", "strong", "mono", "small", "lead"]


class Text(TextElement):
    """A paragraph of plain text: `Text("12,345 examples", kind="muted")`; never read as HTML."""

    def __init__(
        self, text: str, kind: Kind = "body", *, inline: bool = False, marker: str | None = None
    ) -> None:
        super().__init__(tag="span" if inline else "p", text=text)
        self.classes(f"ls-text ls-text-{kind}")
        if marker:
            self.mark(marker)


class Term(TextElement):
    """A word that explains itself on hover and focus: `Term("QLoRA", "LoRA beside …")`."""

    def __init__(self, text: str, explanation: str) -> None:
        super().__init__(tag="button", text=text)
        self.classes("ls-term")
        self.props["type"] = "button"
        self.props["data-tip"] = explanation
        self.props["aria-label"] = f"{text}: {explanation}"
