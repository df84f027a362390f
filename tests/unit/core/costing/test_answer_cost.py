"""Answers are priced by tokens at their provider or by time on a machine, else not at all."""

from __future__ import annotations

from decimal import Decimal

import pytest

from studio.core.costing.answer_cost import by_machine, by_rates, kept, named, no_price, rates
from studio.core.costing.price import table
from studio.domain.costing import Figure, PriceOverride
from tests.unit.core.costing.situations import NOW, PRICES, TODAY, shipped

HOUR = Figure(low=0.1, mid=0.2, high=0.6, unit="USD per hour", basis="a prior")


def test_a_model_id_names_its_endpoint_or_none() -> None:
    assert named("smollm2-135m-instruct") is None
    wanted = named("endpoint:together/meta-llama/Llama-3.3-70B-Instruct-Turbo")
    assert wanted == ("together", "meta-llama/Llama-3.3-70B-Instruct-Turbo")


def test_tokens_are_priced_in_and_out() -> None:
    wanted = named("endpoint:openai/gpt-6-luna")
    assert wanted is not None
    found = rates(PRICES, wanted)
    assert found is not None and not found.own
    figure = by_rates(found, 1_000, 200)
    assert figure.mid == pytest.approx(0.10 * 1.0 + 0.50 * 0.2)
    assert "2026-11" in figure.basis


def test_a_dated_model_has_the_price_of_its_name() -> None:
    wanted = named("endpoint:openai/gpt-4.1-2025-04-14")
    assert wanted is not None
    found = rates(PRICES, wanted)
    assert found is not None and found.tokens_in.usd == 2


def test_a_tuned_model_has_the_price_of_tuned_ones() -> None:
    wanted = named("endpoint:openai/ft:gpt-4.1-mini-2025-04-14:acme::abc")
    assert wanted is not None and wanted.tuned_from == "gpt-4.1-mini-2025-04-14"
    found = rates(PRICES, wanted)
    assert found is not None
    assert (found.tokens_in.kind, found.tokens_out.usd) == ("ft_inference", Decimal("3.2"))


@pytest.mark.parametrize(
    ("model_id", "known"),
    [
        ("endpoint:my-azure/gpt-4.1", True),
        ("endpoint:deepinfra/meta-llama/Meta-Llama-3.1-8B-Instruct", True),
        ("endpoint:office/meta-llama/Meta-Llama-3.1-8B-Instruct", False),
        ("endpoint:office/gpt-oss-20b", False),
    ],
)
def test_open_weights_elsewhere_do_not_cost_what_a_provider_takes(
    model_id: str, known: bool
) -> None:
    wanted = named(model_id)
    assert wanted is not None
    assert (rates(PRICES, wanted) is not None) is known


def test_an_own_price_for_an_endpoint_counts() -> None:
    put_in = {
        id: PriceOverride(id=id, usd=Decimal(usd), at=NOW)
        for id, usd in (("endpoint:office/q input", "0.2"), ("endpoint:office/q output", "0.4"))
    }
    wanted = named("endpoint:office/q")
    assert wanted is not None
    found = rates(table(shipped(), put_in, TODAY), wanted)
    assert found is not None and found.own
    assert by_rates(found, 500, 500).mid == pytest.approx(0.3)


def test_a_machine_costs_the_time_it_is_busy() -> None:
    figure = by_machine(1.8, HOUR)
    assert figure.mid == pytest.approx(0.2 * 0.5)
    assert (figure.low, figure.high) == (pytest.approx(0.05), pytest.approx(0.3))
    assert "prior" in figure.basis


def test_an_unknown_price_is_unknown_and_says_how_to_put_it_in() -> None:
    figure = no_price("endpoint:office/q")
    assert figure.mid is None and figure.low is None
    assert "`endpoint:office/q input`" in figure.basis


def test_a_cost_is_kept_to_a_millionth_and_an_unknown_one_as_unknown() -> None:
    assert kept(Figure(mid=1.23456789, unit="USD", basis="")) == Decimal("1.234568")
    assert kept(no_price("endpoint:acme/large")) is None
