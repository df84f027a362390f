"""Inside: lets `with component:` fill a part of it rather than its outermost element."""

from __future__ import annotations

from typing import Any, Self

from nicegui.element import Element


class Inside(Element):
    """An element whose children go into `self.body`."""

    body: Element

    def __enter__(self) -> Self:
        """Enters the body."""
        self.body.__enter__()
        return self

    def __exit__(self, *error: Any) -> None:
        """Leaves the body."""
        self.body.__exit__(*error)
