"""What sees deployments, put together as in the studio."""

from __future__ import annotations

import pytest

from studio.domain.costing import Figure
from studio.domain.errors import BackendUnavailable
from studio.domain.monitoring import Messenger, Telemetry
from studio.services.monitoring_assembly import seeing
from studio.store.database import Database
from studio.store.models import ModelStore
from tests.unit.services.test_traffic import START, Desk
from tests.unit.store import samples


def nowhere() -> Messenger:
    raise BackendUnavailable("There is no network here.")


def nobody() -> Telemetry:
    raise BackendUnavailable("There is no collector here.")


def cost(
    model_id: str,
    tokens_in: float | None,
    tokens_out: float | None,
    seconds: float | None,
    project_id: str | None = None,
) -> Figure:
    """A model here takes a dollar for 1,000 seconds, one at an endpoint 1 for 1,000 tokens."""
    if model_id == "endpoint:acme/ft:large:1":
        return Figure(
            mid=None if tokens_in is None else tokens_in + (tokens_out or 0), unit="", basis=""
        )
    return Figure(mid=seconds, unit="", basis="")


@pytest.mark.parametrize(("endpoint", "usd"), [("acme", 0.11), ("", 0.001)])
def test_a_model_tuned_at_a_provider_costs_what_it_costs_there(endpoint: str, usd: float) -> None:
    desk = Desk()
    with desk.database as database:
        version = samples.model_version(
            endpoint=endpoint, remote_model="ft:large:1" if endpoint else ""
        )
        ModelStore(database).add_version(version)
        desk.answer(model_id=version.id)
        traffic = seeing(database, cost, nowhere, nobody, {}.get, environment={}).traffic
        seen = traffic.window("dep", start=START, end=desk.at)
    assert float(seen.cost_usd or 0) == pytest.approx(usd)


def test_drift_is_told_through_the_outbox() -> None:
    with Database(None) as database:
        made = seeing(database, cost, nowhere, nobody, {}.get, environment={})
        made.alerts.add("prj", "webhook", "https://hooks.example.org/")
        made.drift._tell("drift", sentence="The topics have changed.")
        assert [one.status for one in made.alerts.recent()] == ["waiting"]
