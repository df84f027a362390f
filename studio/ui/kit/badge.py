"""Badge and StatusBadge: a short word with a tone; colour never carries the meaning alone."""

from __future__ import annotations

from typing import Literal

from nicegui.elements.mixins.text_element import TextElement

from studio.domain.evaluation import RunStatus
from studio.domain.jobs import JobStatus

Tone = Literal["plain", "good", "bad", "warning", "info"]

STATUS_TONES: dict[str, Tone] = {
    "queued": "plain",
    "running": "info",
    "cancelling": "warning",
    "pausing": "warning",
    "paused": "warning",
    "interrupted": "warning",
    "succeeded": "good",
    "failed": "bad",
    "cancelled": "plain",
}
STATUS_WORDS: dict[str, str] = {
    "queued": "Queued",
    "running": "Running",
    "cancelling": "Stopping",
    "pausing": "Pausing",
    "paused": "Paused",
    "interrupted": "Interrupted",
    "succeeded": "Finished",
    "failed": "Failed",
    "cancelled": "Cancelled",
}


class Badge(TextElement):
    """A short word in a pill: `Badge("base model", "info")`."""

    def __init__(self, text: str, tone: Tone = "plain", *, marker: str | None = None) -> None:
        super().__init__(tag="span", text=text)
        self.classes(f"ls-badge ls-tone-{tone}")
        if marker:
            self.mark(marker)


class StatusBadge(Badge):
    """The honest word for a job's or an evaluation's status: `StatusBadge(job.status)`."""

    def __init__(self, status: JobStatus | RunStatus, *, marker: str | None = None) -> None:
        super().__init__(STATUS_WORDS[status], STATUS_TONES[status], marker=marker)

    def show(self, status: JobStatus | RunStatus) -> None:
        """Shows another status."""
        self.classes(replace=f"ls-badge ls-tone-{STATUS_TONES[status]}")
        self.set_text(STATUS_WORDS[status])
