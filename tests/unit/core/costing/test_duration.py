"""Duration: operations a token, speeds from a GPU's peak, seconds from speeds."""

from __future__ import annotations

import pytest

from studio.core.costing import duration
from studio.domain.costing import Figure
from studio.domain.sizing import Levers
from tests.benchmarks.measured_rows import gpus, shapes

CARDS, KNOWN = gpus(), shapes()


@pytest.mark.parametrize(
    ("method", "twice", "operations"),
    [("full", False, 6), ("full", True, 8), ("lora", False, 4), ("qlora", True, 6)],
)
def test_operations_for_each_weight_and_token(method: str, twice: bool, operations: float) -> None:
    assert duration.work(Levers(method=method, checkpointing=twice)) == operations


def test_lora_takes_two_thirds_of_full_fine_tuning() -> None:
    shape, gpu = KNOWN.find("Llama 3.1 8B"), duration.gpu_named("H100", CARDS)
    assert shape and gpu
    full, lora = (
        duration.tokens_per_second(shape, Levers(method=m, checkpointing=False), gpu).mid or 0
        for m in ("full", "lora")
    )
    assert full / lora == pytest.approx(2 / 3)


def test_the_worked_example_of_the_reference_takes_about_four_minutes() -> None:
    shape, gpu = KNOWN.find("Llama 3.1 8B"), duration.gpu_named("H100", CARDS)
    assert shape and gpu
    speed = duration.tokens_per_second(shape, Levers(method="lora", checkpointing=False), gpu)
    took = duration.seconds(2.4e6, speed, loading=(0, 0))
    assert took.mid == pytest.approx(4 * 60, rel=0.1)


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("NVIDIA A100-SXM4-80GB", "A100 80GB"),
        ("A100 40GB SXM", "A100 40GB"),
        ("g5.xlarge (1x A10G 24GB)", "A10G"),
        ("Tesla T4", "T4"),
        ("RTX 6000 Ada 48GB", "RTX 6000 Ada"),
        ("1x L40S 48GB (8 vCPU)", "L40S"),
        ("Standard_NC40ads_H100_v5 (1x H100 94GB)", "H100 94GB"),
    ],
)
def test_gpus_are_found_in_what_sellers_write(text: str, name: str) -> None:
    found = duration.gpu_named(text, CARDS)
    assert found is not None
    assert found.name == name


def test_no_gpu_is_found_where_none_is_named() -> None:
    assert duration.gpu_named("a fast one", CARDS) is None


def test_faster_is_shorter_and_unknown_stays_unknown() -> None:
    speed = Figure(low=10, mid=20, high=40, unit="tokens/s", basis="tried")
    took = duration.seconds(4000, speed, loading=(0, 0))
    assert (took.low, took.mid, took.high) == (100, 200, 400)
    assert duration.seconds(1, Figure(unit="tokens/s", basis="unknown")).mid is None


def test_earlier_runs_tell_the_speed() -> None:
    found = duration.from_earlier([90, 100, 110])
    assert found is not None
    assert found.mid == 100
    assert found.low is not None and found.low < 90
    assert duration.from_earlier([]) is None


def test_every_gpu_has_a_name_of_its_own() -> None:
    for gpu in CARDS:
        assert duration.gpu_named(gpu.name, CARDS) == gpu
