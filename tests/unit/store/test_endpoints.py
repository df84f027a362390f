"""Endpoints come back as they were kept."""

from __future__ import annotations

import pytest

from studio.domain.endpoints import Endpoint
from studio.domain.errors import Conflict, NotFound
from studio.domain.values import now
from studio.store.database import Database
from studio.store.endpoints import EndpointStore

OFFICE = Endpoint(
    id="endpoint_1",
    name="office",
    base_url="https://example.org/v1",
    models=("loud", "quiet"),
    secret="OFFICE_KEY",
    created_at=now(),
)


def test_endpoints_are_kept_changed_and_removed() -> None:
    with Database(None) as database:
        store = EndpointStore(database)
        store.add(OFFICE)
        assert store.all() == [OFFICE]
        changed = OFFICE.with_(models=("loud",), name="home")
        store.save(changed)
        assert store.all() == [changed]
        store.remove("home")
        assert store.all() == []


def test_taken_names_and_unknown_endpoints_are_refused() -> None:
    with Database(None) as database:
        store = EndpointStore(database)
        store.add(OFFICE)
        with pytest.raises(Conflict):
            store.add(OFFICE.with_(id="endpoint_2"))
        with pytest.raises(NotFound):
            store.save(OFFICE.with_(id="endpoint_3", name="other"))
        with pytest.raises(NotFound):
            store.remove("other")
