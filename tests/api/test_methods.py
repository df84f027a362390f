"""What may be called from outside: every listed method exists and can be carried as JSON."""

from __future__ import annotations

import typing

import pytest

from studio.api.methods import METHODS
from studio.api.shapes import Shape
from studio.services.container import Services

LISTED = [(service, method) for service, methods in METHODS.items() for method in methods]
SERVICES = typing.get_type_hints(Services)


@pytest.mark.parametrize(("service", "method"), LISTED, ids=".".join)
def test_every_listed_method_can_be_carried(service: str, method: str) -> None:
    shape = Shape(getattr(SERVICES[service], method))
    for adapter in (*shape.arguments.values(), shape.result):
        adapter.json_schema(mode="serialization")


@pytest.mark.parametrize(("service", "method"), LISTED, ids=".".join)
def test_nothing_private_and_nothing_twice_is_listed(service: str, method: str) -> None:
    assert not method.startswith("_")
    assert METHODS[service].count(method) == 1


@pytest.mark.parametrize(
    ("service", "method"),
    [("monitor", "start"), ("monitor", "stop"), ("evaluation", "close"), ("models", "resolve")],
)
def test_what_starts_ends_or_reveals_the_studio_stays_inside(service: str, method: str) -> None:
    assert method not in METHODS[service]


def test_secrets_stay_inside() -> None:
    assert "secrets" not in METHODS
    assert "secrets" in SERVICES
