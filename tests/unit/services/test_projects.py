"""Projects: made, found and renamed, each name once."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from studio.domain.errors import Conflict, InvalidInput, NotFound
from studio.services.projects import DEFAULT_NAME, LONGEST_NAME, ProjectService
from studio.store.database import Database
from studio.store.projects import ProjectStore


@pytest.fixture
def projects() -> Iterator[ProjectService]:
    database = Database(None)
    yield ProjectService(ProjectStore(database))
    database.close()


def test_the_first_project_makes_itself(projects: ProjectService) -> None:
    assert projects.all() == []
    made = projects.default()
    assert made.name == DEFAULT_NAME
    assert projects.default() == made
    assert projects.all() == [made]


def test_the_default_is_the_oldest(projects: ProjectService) -> None:
    first = projects.create(name="First")
    projects.create(name="Second")
    assert projects.default() == first


def test_pages_that_open_at_once_share_one_default_project(projects: ProjectService) -> None:
    with ThreadPoolExecutor(8) as pool:
        found = {made.id for made in pool.map(lambda _: projects.default(), range(8))}
    assert len(found) == len(projects.all()) == 1


def test_a_name_is_tidied_and_taken_once(projects: ProjectService) -> None:
    made = projects.create(name="  Acme \n Support ", description=" A  desk ")
    assert (made.name, made.description) == ("Acme Support", "A  desk")
    with pytest.raises(Conflict, match="Acme Support"):
        projects.create(name="Acme Support")


@pytest.mark.parametrize("name", ["", " \t\n", "x" * (LONGEST_NAME + 1)])
def test_a_name_that_nobody_could_read_is_refused(projects: ProjectService, name: str) -> None:
    with pytest.raises(InvalidInput, match="characters") as raised:
        projects.create(name=name)
    assert raised.value.hint


def test_renaming_keeps_everything_else(projects: ProjectService) -> None:
    made = projects.create(name="Old", description="Kept")
    renamed = projects.rename(made.id, " New ")
    assert renamed == made.with_(name="New")
    assert projects.get(made.id) == renamed
    assert projects.rename(made.id, "New") == renamed


def test_renaming_to_a_taken_name_changes_nothing(projects: ProjectService) -> None:
    projects.create(name="Taken")
    made = projects.create(name="Mine")
    with pytest.raises(Conflict):
        projects.rename(made.id, "Taken")
    assert projects.get(made.id) == made


def test_an_unknown_project_is_said_so(projects: ProjectService) -> None:
    with pytest.raises(NotFound):
        projects.get("project_0")
    with pytest.raises(NotFound):
        projects.rename("project_0", "Name")
