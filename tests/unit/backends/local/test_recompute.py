"""Where memory is short a run is planned, and computed, with layers computed twice."""

from __future__ import annotations

import pytest

from backends.local import estimate, preflight
from backends.local.hardware import Device
from studio.domain.models import ModelFacts
from studio.domain.training import Hyperparameters, Method

EIGHT_BILLION = ModelFacts(
    architecture="LlamaForCausalLM",
    parameters=8_030_261_248,
    hidden_size=4096,
    layers=32,
    heads=32,
    kv_heads=8,
    head_dim=128,
    intermediate_size=14336,
    vocabulary=128_256,
    tied_embeddings=False,
    context_length=8192,
    has_chat_template=True,
)
ROWS = estimate.Sizes(train_tokens=1_000_000, longest=2048, answer_share=0.5)
SETTINGS = Hyperparameters(batch_size=16)


def gpu(free: float) -> Device:
    return Device(kind="cuda", name="A GPU", memory_total=int(free), memory_free=int(free), cores=8)


def way(method: Method, free: float) -> estimate.Way:
    return estimate.way(EIGHT_BILLION, method, SETTINGS, ROWS, gpu(free))


def test_with_room_everything_is_kept() -> None:
    assert not way(Method.LORA, 80e9).recompute
    assert not way(Method.QLORA, 80e9).recompute


@pytest.mark.parametrize(("method", "free"), [(Method.LORA, 48e9), (Method.QLORA, 24e9)])
def test_a_model_that_fits_only_with_layers_computed_twice_is_planned_so(
    method: Method, free: float
) -> None:
    found = way(method, free)
    assert found.recompute
    assert estimate.fits(found.memory, gpu(free))


def test_a_run_that_fits_in_no_way_is_told_with_the_smallest_need() -> None:
    found = way(Method.LORA, 8e9)
    assert found.recompute
    assert not estimate.fits(found.memory, gpu(8e9))
    assert found.memory < way(Method.LORA, 80e9).memory


def test_the_plan_says_when_layers_are_computed_twice() -> None:
    short = preflight.warnings(1000, 100, way(Method.QLORA, 24e9))
    assert [text for text in short if "computed twice" in text]
    assert preflight.warnings(1000, 100, way(Method.QLORA, 80e9)) == ()


def test_computing_twice_is_expected_to_take_half_as_long_again() -> None:
    once, twice = (
        estimate.seconds_range(EIGHT_BILLION, 1e9, gpu(80e9), (), recompute=recompute)
        for recompute in (False, True)
    )
    assert twice[0] == pytest.approx(1.5 * once[0], rel=0.01)


def test_long_answers_of_a_large_vocabulary_do_not_fill_the_memory() -> None:
    every = ROWS.__class__(train_tokens=1_000_000, longest=2048, answer_share=1.0)
    grown = estimate.memory_bytes(EIGHT_BILLION, Method.QLORA, SETTINGS, every, "cuda")
    assert grown == way(Method.QLORA, 80e9).memory
