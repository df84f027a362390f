"""Link: a text that leads to another page of the studio."""

from __future__ import annotations

from nicegui.elements.mixins.text_element import TextElement


class Link(TextElement):
    """A link inside the studio: `Link("See the run", f"/jobs/{job.id}")`."""

    def __init__(self, text: str, href: str, *, marker: str | None = None) -> None:
        super().__init__(tag="a", text=text)
        self.classes("ls-link")
        self.props["href"] = href
        if marker:
            self.mark(marker)
