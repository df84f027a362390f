"""Habits of training libraries: what they do when nobody asks for something else."""

from __future__ import annotations

import pytest

from studio.core.costing import frameworks
from studio.domain.sizing import Levers


def test_a_wish_beats_the_habit() -> None:
    levers = Levers(framework="unsloth", checkpointing=False, chunked_loss=False)
    kept = frameworks.habits(levers)
    assert not frameworks.recomputes(levers, kept)
    assert not frameworks.chunks(levers, kept)


def test_quantised_models_are_checkpointed_by_peft() -> None:
    for method, twice in (("qlora", True), ("lora", False)):
        levers = Levers(method=method, framework="peft")
        assert frameworks.recomputes(levers, frameworks.habits(levers)) is twice


def test_a_fused_loss_is_recognised_by_its_name() -> None:
    assert frameworks.habits(Levers(framework="trl + Liger kernel")).chunked


@pytest.mark.parametrize(
    ("optimizer", "precision", "bytes_each"),
    [
        ("adamw", "bf16", (2, 2, 4)),
        ("adamw", "fp32", (4, 4, 8)),
        ("adamw_8bit", "bf16", (2, 2, 2)),
        ("paged_adamw_8bit", "bf16", (2, 2, 0)),
        ("sgd", "bf16", (2, 2, 0)),
    ],
)
def test_what_each_trained_weight_takes(
    optimizer: str, precision: str, bytes_each: tuple[float, float, float]
) -> None:
    levers = Levers(method="full", optimizer=optimizer, state_precision=precision)
    assert frameworks.trained_bytes(levers, frameworks.habits(levers)) == bytes_each
