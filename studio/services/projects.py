"""Projects: make, find and rename the engagements everything else hangs in."""

from __future__ import annotations

from studio.domain.errors import Conflict, InvalidInput
from studio.domain.projects import Project
from studio.domain.values import new_id, now
from studio.store.projects import ProjectStore

LONGEST_NAME = 80
DEFAULT_NAME = "My project"


class ProjectService:
    """What a user can do with projects."""

    def __init__(self, projects: ProjectStore) -> None:
        self._projects = projects

    def all(self) -> list[Project]:
        """Returns every project, oldest first."""
        return self._projects.all()

    def get(self, project_id: str) -> Project:
        """Returns the project with that id, or raises NotFound."""
        return self._projects.get(project_id)

    def create(self, *, name: str, description: str = "") -> Project:
        """Makes a project; InvalidInput for a bad name, Conflict when the name is taken."""
        project = Project(
            id=new_id("project"),
            name=_usable(name),
            description=description.strip(),
            created_at=now(),
        )
        self._projects.add(project)
        return project

    def default(self) -> Project:
        """Returns the oldest project, or makes `My project` when there is none yet."""
        for known in self._projects.all():
            return known
        try:
            return self.create(name=DEFAULT_NAME)
        except Conflict:
            # Two pages opened at the first start: the other one was quicker.
            return self._projects.all()[0]

    def rename(self, project_id: str, name: str) -> Project:
        """Gives the project another name; InvalidInput for a bad one, Conflict when it is taken."""
        self._projects.rename(project_id, _usable(name))
        return self._projects.get(project_id)


def _usable(name: str) -> str:
    """Returns the name with its spaces tidied, once it is known to be usable."""
    name = " ".join(name.split())
    if not 1 <= len(name) <= LONGEST_NAME:
        raise InvalidInput(
            f"A project name has 1 to {LONGEST_NAME} characters, this one has {len(name)}.",
            hint="Use the client's name or a few words on the use case.",
        )
    return name
