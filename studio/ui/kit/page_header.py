"""PageHeader: a page's title, its one-sentence purpose, and its actions on the right."""

from __future__ import annotations

from nicegui.element import Element

from studio.ui.kit.heading import Heading
from studio.ui.kit.inside import Inside
from studio.ui.kit.layout import Row
from studio.ui.kit.link import Link
from studio.ui.kit.text import Text


class PageHeader(Inside):
    """Top of a page: `with PageHeader("Datasets", "What …"): Button("Import", …)`."""

    def __init__(
        self, title: str, subtitle: str = "", *, back: tuple[str, str] | None = None
    ) -> None:
        super().__init__("div")
        self.classes("ls-page-header")
        with self.default_slot, Row(12, spread=True, align="end"):
            with Element("div").classes("ls-page-title"):
                if back is not None:
                    Link(f"‹ {back[0]}", back[1])
                self.title = Heading(title, level=1)
                self.subtitle = Text(subtitle, "muted")
                self.subtitle.set_visibility(bool(subtitle))
            self.body = Row(8)
