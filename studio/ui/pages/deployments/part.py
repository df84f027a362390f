"""Part: a piece of a page that is drawn anew only when what it shows has changed."""

from __future__ import annotations

from collections.abc import Callable

from studio.ui.kit.layout import Stack


class Part(Stack):
    """`Part(lambda: page.entries, draw)`; `show` compares what is seen with what was drawn."""

    def __init__(self, seen: Callable[[], object], draw: Callable[[], object], gap: int = 12):
        super().__init__(gap)
        self._seen, self._draw = seen, draw
        self._shown: object = object()
        self.show()

    def show(self) -> None:
        """Draws it anew where it differs."""
        seen = self._seen()
        if self.is_deleted or seen == self._shown:
            return
        self._shown = seen
        self.clear()
        with self:
            self._draw()
