"""Where fine-tunes can be done."""

from __future__ import annotations

from pathlib import Path

import pytest

from studio.domain.endpoints import Endpoint
from studio.domain.values import new_id, now
from studio.services.places import TrainingPlaces
from tests.fakes.training import FakeBackend


def endpoint(name: str, *trains: str) -> Endpoint:
    return Endpoint(
        id=new_id("endpoint"),
        name=name,
        base_url="https://api.example.org/v1",
        trains=trains,
        created_at=now(),
    )


def test_places_are_this_machine_and_endpoints_that_train(tmp_path: Path) -> None:
    made: list[str] = []

    def hosted(name: str) -> FakeBackend:
        made.append(name)
        return FakeBackend(tmp_path)

    local = FakeBackend(tmp_path)
    kept = [endpoint("acme", "their-model"), endpoint("answers-only")]
    places = TrainingPlaces(local, lambda: kept, hosted)
    assert list(places) == ["local", "endpoint:acme"]
    assert len(places) == 2
    assert places["local"] is local
    assert made == []
    assert places["endpoint:acme"] is places["endpoint:acme"]
    assert made == ["endpoint:acme"]
    # Runs it has are looked after even when it is not offered any more.
    assert places.get("endpoint:answers-only") is not None
    kept.clear()
    assert places["endpoint:acme"] is not None
    with pytest.raises(KeyError):
        places["endpoint:nobody"]


def test_what_is_followed_elsewhere_is_let_go_of_at_the_end(tmp_path: Path) -> None:
    places = TrainingPlaces(
        FakeBackend(tmp_path), lambda: [endpoint("acme")], lambda name: FakeBackend(tmp_path)
    )
    made = places["endpoint:acme"]
    assert isinstance(made, FakeBackend)
    places.close()
    assert made.closed
