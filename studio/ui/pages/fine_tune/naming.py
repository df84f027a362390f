"""What a dataset version is called in a list of choices, and a model after the data it learns."""

from __future__ import annotations

from collections.abc import Collection

from studio.domain.datasets import DatasetVersion
from studio.ui.pages import figures


def describe(name: str, version: DatasetVersion) -> str:
    """A dataset version in a list of choices."""
    return f"{name} v{version.number} · {figures.many(version.n_examples, 'example')}"


def free_name(described: str, taken: Collection[str]) -> str:
    """A name for the tuned model that no other one has."""
    base = described.partition(" · ")[0]
    words = base.rpartition(" v")[0] or base
    for number in range(1, 1000):
        name = f"{words[:70]} tuned {number}" if number > 1 else f"{words[:70]} tuned"
        if name not in taken:
            return name
    return words[:80]
