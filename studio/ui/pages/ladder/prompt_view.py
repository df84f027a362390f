"""The prompt and few-shot steps: one form, and every run that was measured with it."""

from __future__ import annotations

from studio.domain.ladder import Rung
from studio.ui.pages.ladder.frame import Frame
from studio.ui.pages.ladder.results_view import ResultsView
from studio.ui.pages.ladder.rung_view import RungFormView
from studio.ui.pages.ladder.rung_vm import RungForm


class PromptView:
    """Draws a step with one rung."""

    def __init__(self, frame: Frame, rung: Rung) -> None:
        self.frame = frame
        self.form = RungForm(services=frame.services, project_id=frame.project_id, rung=rung)
        self.form_view = RungFormView(self.form, frame, frame.refresh)
        self.form_view.take_up()

    def load(self) -> None:
        """Reads what can be chosen."""
        self.note_block()
        self.form.load()

    def draw(self) -> None:
        """The form, then the runs."""
        self.form_view.draw()
        self.results = ResultsView(self.frame)

    async def news(self) -> None:
        """Shows how far the runs are."""
        self.note_block()
        self.form_view.check()
        self.results.show()

    def note_block(self) -> None:
        """Takes over which rule stops this rung."""
        fired = self.frame.overview.blocks(self.form.rung)
        self.form.blocked = fired.rule.id if fired is not None else ""
