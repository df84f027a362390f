"""What the model will see: the exact prompt of one example, turn by turn."""

from __future__ import annotations

from studio.domain.errors import StudioError
from studio.ui.act import act
from studio.ui.kit.bubble import Bubble
from studio.ui.kit.button import Button
from studio.ui.kit.card import Card
from studio.ui.kit.debounce import Debounce
from studio.ui.kit.expander import Expander
from studio.ui.kit.layout import Row, Stack
from studio.ui.kit.text import Text
from studio.ui.pages import figures
from studio.ui.pages.ladder.rung_vm import RungForm

SPEAKERS = {"system": "Instructions", "user": "Asked", "assistant": "Answer shown"}


class PreviewView:
    """Draws the preview; it is worked out only while it is open."""

    def __init__(self, form: RungForm) -> None:
        self.form, self.index = form, 0
        self.open = False
        with (
            Card(),
            Expander(
                "What the model will see",
                hint="The exact prompt of one example",
                marker="rung-preview",
            ) as self.expander,
        ):
            with Row(8):
                Button("Previous", self.previous, marker="preview-previous")
                self.place = Text("", "muted", marker="preview-place")
                Button("Next", self.next, marker="preview-next")
            self.body = Stack(10, marker="preview")
            self.later = Debounce(0.5, self.show)
        self.expander.on("toggle", self.toggled, [])

    async def toggled(self) -> None:
        """Works the preview out when it is opened."""
        self.open = not self.open
        await self.show()

    def stale(self) -> None:
        """Says that the setup has changed."""
        if self.open:
            self.later.poke()

    async def next(self) -> None:
        """The prompt of the next example."""
        self.index = min(self.index + 1, max(0, self.form.suite_size - 1))
        await self.show()

    async def previous(self) -> None:
        """The prompt of the example before."""
        self.index = max(0, self.index - 1)
        await self.show()

    async def show(self) -> None:
        """The prompt of the chosen example, or why there is none."""
        if not self.open:
            return
        said: list[str] = []

        def note(error: StudioError) -> None:
            said.append(str(error))

        turns = await act(self.form.preview, self.index, on_error=note)
        if self.body.is_deleted:
            return
        total = figures.many(self.form.suite_size, "example")
        self.place.set_text(f"{self.index + 1:,} of {total}")
        self.body.clear()
        with self.body:
            for words in said:
                Text(words, "muted", marker="preview-problem")
            for turn in turns or ():
                Bubble(turn.role, SPEAKERS[turn.role], turn.content)
