"""Projects are kept under unique names."""

from __future__ import annotations

import pytest

from studio.domain.errors import Conflict, NotFound
from studio.store.database import Database
from studio.store.projects import ProjectStore
from tests.unit.store import samples


def test_a_project_comes_back_as_it_was(database: Database) -> None:
    store, project = ProjectStore(database), samples.project(description="A “quoted” 客户 \0 text")
    store.add(project)
    assert store.get(project.id) == project
    assert store.by_name(project.name) == project
    assert store.all() == [project]


def test_adding_the_same_project_twice_changes_nothing(database: Database) -> None:
    store, project = ProjectStore(database), samples.project()
    store.add(project)
    store.add(project)
    assert store.all() == [project]


def test_an_id_with_other_contents_is_refused(database: Database) -> None:
    store, project = ProjectStore(database), samples.project()
    store.add(project)
    with pytest.raises(Conflict, match="different project"):
        store.add(project.with_(description="other"))


def test_a_taken_name_is_refused_when_adding_and_renaming(database: Database) -> None:
    store, one, two = ProjectStore(database), samples.project(), samples.project()
    store.add(one)
    with pytest.raises(Conflict, match=one.name):
        store.add(two.with_(name=one.name))
    store.add(two)
    with pytest.raises(Conflict, match=one.name):
        store.rename(two.id, one.name)
    store.rename(two.id, "Another name")
    assert store.get(two.id).name == "Another name"


def test_an_unknown_project_is_not_found(database: Database) -> None:
    store = ProjectStore(database)
    assert store.by_name("nobody") is None
    with pytest.raises(NotFound, match="project_9"):
        store.get("project_9")
    with pytest.raises(NotFound):
        store.update(samples.project())


@pytest.mark.parametrize("id", ["' OR 1=1 --", "x'; DROP TABLE projects; --", ""])
def test_sql_in_an_id_is_only_an_id(database: Database, id: str) -> None:
    store = ProjectStore(database)
    store.add(samples.project())
    with pytest.raises(NotFound):
        store.get(id)
    assert len(store.all()) == 1
