"""Story: what happened, one thing below the other, with what it rests on one press away."""

from __future__ import annotations

from nicegui.element import Element

from studio.ui.kit.badge import Badge, Tone
from studio.ui.kit.expander import Expander
from studio.ui.kit.facts import Facts
from studio.ui.kit.layout import Row
from studio.ui.kit.text import Text


class Story(Element):
    """`story = Story(label="Why it changed"); story.add("Promoted", "Better on …", …)`."""

    def __init__(self, *, label: str, marker: str) -> None:
        super().__init__("ol")
        self.classes("ls-story").mark(marker)
        self.props["aria-label"] = label
        self.props["reversed"] = True

    def add(
        self,
        title: str,
        sentence: str,
        by: str,
        *,
        tone: Tone = "plain",
        word: str = "",
        facts: tuple[tuple[str, str], ...] = (),
        marker: str,
    ) -> None:
        """One thing more, below the others; `word` is its tone for those who see no colour."""
        with self, Element("li").classes(f"ls-tone-{tone}").mark(marker) as item:
            item.props["data-testid"] = marker
            with Row(8):
                Text(title, "strong", inline=True)
                if word:
                    Badge(word, tone)
            Text(sentence)
            Text(by, "small")
            if facts:
                with Expander("Evidence", marker=f"{marker}-evidence"):
                    Facts(facts)
