"""What was set with measurements in view can be set anew, and what is shipped is what is used."""

from __future__ import annotations

import pytest

from studio.core.costing import duration, memory
from studio.core.costing.fitted import SHIPPED
from studio.domain.sizing import Architecture, Gpu, Levers
from tests.benchmarks.measured_rows import gpus, shapes

GATED, PLAIN = "Llama-3.1-8B", "phi-1.5"
HOW = Levers(method="lora", framework="litgpt", seq_len=1024, checkpointing=False)


def shape(name: str) -> Architecture:
    found = shapes().find(name)
    assert found is not None
    return found


def card(name: str) -> Gpu:
    return next(one for one in gpus() if one.name == name)


@pytest.mark.parametrize(
    ("name", "constant", "levers"),
    [
        (GATED, "gated", HOW),
        (PLAIN, "plain", HOW),
        (GATED, "reserved", HOW),
        (GATED, "allocated", HOW.with_(counted="allocated")),
        (GATED, "sharded", HOW.with_(gpus=2, sharding="full")),
    ],
)
def test_a_larger_constant_promises_more_memory(name: str, constant: str, levers: Levers) -> None:
    more = SHIPPED._replace(**{constant: getattr(SHIPPED, constant) * 1.1})
    shipped = memory.estimate(shape(name), levers)
    assert memory.estimate(shape(name), levers, fitted=more).total > shipped.total
    assert memory.estimate(shape(name), levers, fitted=SHIPPED) == shipped


def test_inputs_of_old_products_count_for_4_bit_weights_only() -> None:
    for method, fewer in (("qlora", True), ("lora", False)):
        totals = [
            memory.estimate(
                shape(GATED), HOW.with_(method=method, framework=name, checkpointing=False)
            ).total
            for name in ("transformers", "transformers bnb-old")
        ]
        assert (totals[0] < totals[1]) is fewer


@pytest.mark.parametrize(
    ("gpu", "packed", "method", "share"),
    [
        ("A100", True, "lora", "packed"),
        ("A100", False, "lora", "unpacked"),
        ("H100", True, "lora", "hopper"),
    ],
)
def test_each_kind_of_training_has_its_share_of_the_peak(
    gpu: str, packed: bool, method: str, share: str
) -> None:
    found = next(one for one in gpus() if one.name.startswith(gpu))
    double = SHIPPED._replace(**{share: 2 * getattr(SHIPPED, share)})
    speeds = [
        duration.tokens_per_second(shape(GATED), HOW, found, packed=packed, fitted=fitted).mid or 0
        for fitted in (SHIPPED, double)
    ]
    assert speeds[1] == pytest.approx(2 * speeds[0])
