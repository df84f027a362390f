"""The rules' numbers as the verdict step shows them: in percent where they are shares."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from studio.domain.thresholds import Threshold

if TYPE_CHECKING:
    from studio.services.container import Services


@dataclass(kw_only=True)
class ThresholdsPage:
    """The numbers of a project, its own and those that have a source."""

    services: Services
    project_id: str
    items: tuple[Threshold, ...] = ()

    def load(self) -> None:
        """Reads the numbers."""
        self.items = tuple(self.services.thresholds.all(self.project_id))

    def change(self, name: str, shown: float) -> None:
        """Keeps a number as it was typed."""
        value = round(shown / 100, 6) if self.item(name).share else shown
        self.items = tuple(self.services.thresholds.change(self.project_id, name, value))

    def reset(self, name: str) -> None:
        """Goes back to the default."""
        self.items = tuple(self.services.thresholds.reset(self.project_id, name))

    def item(self, name: str) -> Threshold:
        """One number by its name."""
        return next(one for one in self.items if one.name == name)

    @property
    def ours(self) -> list[Threshold]:
        """What may be changed."""
        return [one for one in self.items if one.ours]

    def sourced(self) -> list[list[str]]:
        """What stays as it is, as rows: meaning, number, source, rules."""
        return [
            [one.meaning, one.words, one.source, ", ".join(one.rules)]
            for one in self.items
            if not one.ours
        ]

    def told(self) -> str:
        """How many numbers are the project's own."""
        n = sum(one.changed for one in self.items)
        return f"{n} changed for this project" if n else "all as shipped"


def shown(one: Threshold) -> float:
    """Returns the number as the field shows it."""
    value = round(100 * one.value, 4) if one.share else one.value
    return int(value) if float(value).is_integer() else value


def hint(one: Threshold) -> str:
    """Says where a number comes from, its default, and what looks at it."""
    word = "rule" if len(one.rules) == 1 else "rules"
    used = f"{word} {', '.join(one.rules)}" if one.rules else "the verdict"
    changed = "Changed here from" if one.changed else "Default"
    return f"{changed} {one.default_words}, {one.source}. Used by {used}."


def named(changed: tuple[Threshold, ...]) -> list[str]:
    """Returns each changed number as a sentence for the verdict."""
    return [
        f"{one.meaning.rstrip('.')}: {one.words} instead of {one.default_words}." for one in changed
    ]
