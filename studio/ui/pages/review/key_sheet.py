"""Key sheet: what each key of the review does."""

from __future__ import annotations

from studio.ui.help_sheets import keyboard
from studio.ui.kit.dialog import Dialog
from studio.ui.kit.layout import Row
from studio.ui.kit.text import Text
from studio.ui.pages.review.words import KEYS


def key_sheet() -> Dialog:
    """Draws the closed sheet."""
    with Dialog("Keys of the review", marker="review-keys") as dialog:
        for key, text in KEYS:
            with Row(12):
                keyboard(key)
                Text(text, inline=True)
        Text("They work while the focus is on the correction and nothing is being typed.", "small")
    return dialog
