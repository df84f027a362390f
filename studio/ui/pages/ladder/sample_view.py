"""The sample project, loaded from within the ladder; it opens at the ladder when it is there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from studio.ui.kit.card import Card
from studio.ui.kit.layout import Stack
from studio.ui.kit.long_task import LongTask
from studio.ui.pages.ladder.steps import PATH

if TYPE_CHECKING:
    from studio.ui.pages.ladder.frame import Frame


class SampleLoader:
    """`loader = SampleLoader(frame)`; `loader.draw()` reserves the place for its progress."""

    def __init__(self, frame: Frame) -> None:
        self.frame = frame

    def draw(self) -> None:
        """The place where progress appears."""
        self.place = Stack(8)

    def load(self) -> None:
        """Puts the sample's data and starter model in place, then opens it."""
        services, shell = self.frame.services, self.frame.shell
        self.place.clear()
        with self.place, Card():
            LongTask(
                "Preparing the sample project",
                lambda progress, cancelled: services.sample.prepare(progress=progress),
                on_done=lambda sample: shell.choose_project(sample.project, PATH),
                cancellable=False,
                marker="sample-progress",
            )
