"""Why it changed: every decision with its numbers, who took it and when; the ledger's proof."""

from __future__ import annotations

from collections.abc import Callable

from studio.ui.kit.badge import Badge
from studio.ui.kit.button import Button
from studio.ui.kit.card import Card
from studio.ui.kit.story import Story
from studio.ui.kit.text import Text
from studio.ui.pages.deployments.vm import DeploymentPage

STEP = 40
"""Entries shown at first, and more with each press."""
WORDS = {"bad": "look here"}
"""What a tone says to those who see no colour."""


class TimelineView:
    """Draws the newest entries; older ones at a press."""

    def __init__(self, page: DeploymentPage) -> None:
        self.page, self.shown = page, STEP
        self.show_more: Callable[[], None] = lambda: None
        """Draws again; set by whoever shows this."""

    def seen(self) -> object:
        """What is drawn."""
        return (self.page.entries[: self.shown], self.page.verified, self.shown)

    def draw(self) -> None:
        """The story."""
        page = self.page
        told, tone = page.verified
        with Card(
            "Why it changed",
            subtitle="Every change and every decision, newest first. Rows are only ever added, "
            "and each holds the hash of the one before.",
            marker="timeline",
        ) as card:
            with card.actions:
                Badge(told, tone, marker="ledger-verified")
            if page.broken is not None:
                Text(
                    "Somebody changed the ledger outside the studio. From that row on it proves "
                    "nothing; compare it with a backup.",
                )
            story = Story(label="Why it changed, newest first", marker="story")
            for entry in page.entries[: self.shown]:
                story.add(
                    entry.title,
                    entry.sentence,
                    entry.by,
                    tone=entry.tone,
                    word=WORDS.get(entry.tone, ""),
                    facts=entry.facts,
                    marker=entry.id,
                )
            older = len(page.entries) - self.shown
            if older > 0:
                Button(f"Show {min(older, STEP)} older", self.more, marker="story-more")

    def more(self) -> None:
        """Shows older entries too."""
        self.shown += STEP
        self.show_more()
