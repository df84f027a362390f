"""Feedback files: a dialog that writes what people said of answers as a file for other trainers."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nicegui import ui

from studio.domain.curation import Exported, Part, Shape
from studio.ui.act import act
from studio.ui.kit.bullets import Bullets
from studio.ui.kit.button import Button
from studio.ui.kit.choice import Choice, ChoiceCards
from studio.ui.kit.dialog import Dialog
from studio.ui.kit.fields import select_field
from studio.ui.kit.layout import Stack
from studio.ui.kit.text import Text

if TYPE_CHECKING:
    from studio.services.container import Services

SHAPES = [
    Choice(
        value="sft",
        title="Answers to learn",
        text="Approved corrections as conversations (SFT; OpenAI chat, trl).",
    ),
    Choice(
        value="dpo",
        title="Pairs",
        text="A better and a worse answer to the same question (DPO; trl).",
    ),
    Choice(
        value="openai-dpo",
        title="Pairs for OpenAI",
        text="The same, as OpenAI and servers like it read them (DPO).",
    ),
    Choice(
        value="kto",
        title="Liked and disliked answers",
        text="Thumbs count here too, each for one answer (KTO; trl).",
    ),
]
PARTS: dict[str, str] = {
    "train": "Questions that may be trained on",
    "holdout": "Questions held out, to judge by",
}


class FeedbackFiles:
    """`FeedbackFiles(services, deployment_id, name).open()`: asks what for, then downloads."""

    def __init__(self, services: Services, deployment_id: str, name: str) -> None:
        self.services, self.deployment_id, self.name = services, deployment_id, name
        self.shape: Shape = "sft"
        self.part: Part = "train"
        with Dialog("Download feedback", marker="feedback-files") as self.dialog:
            Text(
                "Only approved corrections are written, and nothing that looks like personal data."
                " Questions of the reference set are never among those to train on.",
                "small",
            )
            ChoiceCards(
                "What for",
                SHAPES,
                value=self.shape,
                marker="feedback-files-shape",
                on_change=self.choose_shape,
            )
            select_field(
                "Which questions",
                options=PARTS,
                value=self.part,
                marker="feedback-files-part",
                on_change=self.choose_part,
            )
            self.told = Stack(8, marker="feedback-files-told")
            self.told.props["role"] = "status"
        with self.dialog.actions:
            Button("Close", self.dialog.close, kind="quiet")
            Button("Download", self.download, kind="primary", marker="feedback-files-download")

    def open(self) -> None:
        """Shows the dialog."""
        self.dialog.open()

    def choose_shape(self, shape: Shape) -> None:
        """Takes another shape."""
        self.shape = shape

    def choose_part(self, part: Any) -> None:
        """Takes the other questions."""
        if part in PARTS:
            self.part = part

    async def download(self) -> None:
        """Writes the file, hands it over and says what is in it."""
        written = await act(self._written)
        if written is None or self.dialog.is_deleted:
            return
        found, content = written
        self.told.clear()
        with self.told:
            Text(f"{found.rows:,} rows", marker="feedback-files-rows")
            Bullets(found.report)
        if found.rows:
            name = f"{self.name}-{self.shape}-{self.part}.jsonl"
            ui.download.content(content, name, "application/octet-stream")

    def _written(self) -> tuple[Exported, bytes]:
        with tempfile.TemporaryDirectory(prefix="ladder-export-") as folder:
            path = Path(folder) / "feedback.jsonl"
            found = self.services.feedback_exports.write(
                self.deployment_id, path, shape=self.shape, part=self.part
            )
            return found, path.read_bytes()
