"""Plans of hosted runs carry the provider's price and its ends; local ones stay as they are."""

from __future__ import annotations

from decimal import Decimal

import pytest

from studio.domain.costing import Price
from studio.domain.endpoints import Endpoint
from studio.domain.errors import NotFound
from studio.domain.training import Hyperparameters, Plan, TrainingSpec
from studio.services.tuning_prices import TuningPriceService
from tests.unit.core.costing.situations import NOW, PRICES

MODEL = "gpt-4.1-mini-2025-04-14"


def endpoint(name: str) -> Endpoint:
    if name != "openai":
        raise NotFound(f"There is no endpoint {name}.")
    return Endpoint(id="e", name=name, base_url="https://api.openai.com/v1", created_at=NOW)


def prices() -> list[Price]:
    return list(PRICES)


@pytest.fixture
def service() -> TuningPriceService:
    return TuningPriceService(prices, endpoint, lambda: NOW)


def spec(backend: str = "endpoint:openai", **changes: object) -> TrainingSpec:
    return TrainingSpec(
        project_id="p",
        name="n",
        dataset_version_id="v",
        base_model=MODEL,
        backend=backend,
        hyperparameters=Hyperparameters(epochs=2),
    ).with_(**changes)


def plan(**changes: object) -> Plan:
    return Plan(
        device="theirs",
        memory_needed=None,
        memory_available=None,
        disk_needed=None,
        disk_available=None,
        seconds_low=None,
        seconds_high=None,
        basis="",
        total_steps=None,
        train_examples=10,
        validation_examples=0,
        train_tokens=100_000,
    ).with_(**changes)


def test_a_run_on_this_machine_is_left_alone(service: TuningPriceService) -> None:
    assert service.priced(spec("local"), plan()) == plan()
    assert service.terms("local", "small").usd_per_1m is None


def test_the_price_is_for_what_is_billed(service: TuningPriceService) -> None:
    assert service.priced(spec(), plan()).usd == pytest.approx(1.0)
    assert service.priced(spec(), plan(billed_tokens=150_000)).usd == pytest.approx(0.75)


def test_epochs_that_the_server_chooses_leave_the_price_open(service: TuningPriceService) -> None:
    open_ = service.priced(spec(automatic=("epochs",)), plan())
    assert open_.usd is None
    assert "not known" in open_.usd_basis
    known = service.priced(spec(automatic=("epochs",)), plan(billed_tokens=1_000_000))
    assert known.usd == pytest.approx(5)


def test_the_ends_are_warned_of_unless_the_server_told_them(service: TuningPriceService) -> None:
    warned = service.priced(spec(), plan()).warnings
    assert ["2027-01-06" in warned[0], "2027-01-14" in warned[1]] == [True, True]
    told = service.priced(spec(), plan(warnings=("It is shut down on 2027-01-14.",))).warnings
    assert len(told) == 2
    assert "2027-01-06" in told[1]


def test_terms_are_told_before_anything_is_planned(service: TuningPriceService) -> None:
    terms = service.terms("endpoint:openai", MODEL)
    assert terms.usd_per_1m == Decimal(5)
    assert len(terms.said) == 2
    with pytest.raises(NotFound):
        service.terms("endpoint:nobody", MODEL)


def test_what_was_trained_is_billed_at_the_same_price(service: TuningPriceService) -> None:
    assert service.bill(spec(), 200_000) == pytest.approx(1.0)
    assert service.bill(spec("endpoint:nobody"), 200_000) is None
