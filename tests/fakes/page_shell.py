"""A window with nothing in it: what pages get beside the services, and where they led."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from nicegui import Event


class FakeShell:
    """Remembers where a page led and what it called itself."""

    def __init__(self, **query: str) -> None:
        self.query = query
        self.project = SimpleNamespace(id="prj_1", name="My project")
        self.news: Event[Any] = Event()
        self.went: list[str] = []
        self.titles: list[str] = []
        self.n_saved = 0

    @property
    def project_id(self) -> str:
        return "prj_1"

    def go(self, path: str) -> None:
        self.went.append(path)

    def saved(self) -> None:
        self.n_saved += 1

    def title(self, text: str) -> None:
        self.titles.append(text)
