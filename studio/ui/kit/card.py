"""Card: a bordered group of things that belong together, with an optional title and actions."""

from __future__ import annotations

from typing import Self

from nicegui.element import Element

from studio.ui.kit.heading import Heading
from studio.ui.kit.inside import Inside
from studio.ui.kit.layout import Row
from studio.ui.kit.text import Text


class Card(Inside):
    """A group: `with Card("Plan", subtitle="…") as card: …; with card.actions: Button(…)`."""

    def __init__(
        self, title: str = "", *, subtitle: str = "", level: int = 2, marker: str | None = None
    ) -> None:
        super().__init__("section")
        self.classes("ls-card")
        if marker:
            self.mark(marker)
        with self.default_slot:
            head = Row(8, spread=True, wrap=False, align="start").classes("ls-card-head")
            with head:
                with Element("div").classes("ls-card-title"):
                    if title:
                        Heading(title, level=level)
                    if subtitle:
                        Text(subtitle, "muted")
                self.actions = Row(4, wrap=False)
            self.body = Element("div").classes("ls-card-body ls-stack")
        if not title and not subtitle:
            head.classes("ls-bare")

    def empty(self) -> Self:
        """Removes what is inside, keeping title and actions."""
        self.body.clear()
        return self
