"""The smaller services in memory: projects, the sample project, a keyring."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

from studio.domain.errors import Conflict, InvalidInput, NotFound
from studio.domain.projects import Project
from tests.fakes.page_values import START


@dataclass
class FakeProjects:
    """Projects by name."""

    kept: list[Project] = field(
        default_factory=lambda: [
            Project(
                id="prj_1",
                name="Wrenfield Nurseries",
                description="Sends each letter from a customer to the team that can answer it.",
                created_at=START,
            )
        ]
    )

    def all(self) -> list[Project]:
        return list(self.kept)

    def get(self, project_id: str) -> Project:
        for project in self.kept:
            if project.id == project_id:
                return project
        raise NotFound(f"There is no project {project_id}.")

    def default(self) -> Project:
        return self.kept[0]

    def create(self, *, name: str, description: str = "") -> Project:
        if not name.strip():
            raise InvalidInput("A project needs a name.", hint="Use the client's name.")
        if any(project.name == name for project in self.kept):
            raise Conflict(f"There is a project {name} already.", hint="Choose another name.")
        made = Project(
            id=f"prj_{len(self.kept) + 1}", name=name, description=description, created_at=START
        )
        self.kept.append(made)
        return made


@dataclass
class FakeSample:
    """A sample project without the work."""

    projects: FakeProjects

    def prepare(
        self, *, progress: Callable[..., None], cancelled: Callable[[], bool] = lambda: False
    ) -> Any:
        progress("Importing letters", 0.5)
        return SimpleNamespace(project=self.projects.create(name="Sample project"))


class FakeKeyring:
    """A keyring in memory."""

    def __init__(self) -> None:
        self.kept: dict[tuple[str, str], str] = {}

    def get_password(self, service: str, name: str) -> str | None:
        return self.kept.get((service, name))

    def set_password(self, service: str, name: str, value: str) -> None:
        self.kept[service, name] = value

    def delete_password(self, service: str, name: str) -> None:
        del self.kept[service, name]
