"""Base models are replaced by id; versions are added."""

from __future__ import annotations

import pytest

from studio.domain.errors import Conflict, NotFound
from studio.store.database import Database
from studio.store.models import ModelStore
from tests.unit.store import samples


def test_a_base_model_is_added_then_replaced(database: Database) -> None:
    store, model = ModelStore(database), samples.base_model()
    store.add_base(model)
    store.add_base(model.with_(revision="2"))
    store.add_base(samples.base_model(id="another", name="A/First"))
    assert store.base("small").revision == "2"
    assert store.base("small").facts == model.facts
    assert [base.id for base in store.bases()] == ["another", "small"]


def test_a_removed_base_model_is_gone(database: Database) -> None:
    store = ModelStore(database)
    store.add_base(samples.base_model())
    store.remove_base("small")
    assert store.bases() == []
    with pytest.raises(NotFound, match="small"):
        store.remove_base("small")


def test_versions_are_listed_by_project_newest_first(database: Database) -> None:
    store = ModelStore(database)
    one, two = samples.model_version(), samples.model_version(validation_loss=None)
    other = samples.model_version(project_id="project_2")
    for version in (one, two, other):
        store.add_version(version)
    assert store.version(two.id) == two
    assert store.versions("project_1") == [two, one]
    assert store.versions() == [other, two, one]


def test_a_version_is_never_overwritten(database: Database) -> None:
    store, version = ModelStore(database), samples.model_version()
    store.add_version(version)
    store.add_version(version)
    with pytest.raises(Conflict):
        store.add_version(version.with_(path="elsewhere"))
    with pytest.raises(NotFound):
        store.version("model_9")
