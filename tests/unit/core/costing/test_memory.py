"""Memory of a fine-tune: terms that add up, levers that pull the right way, known vectors."""

from __future__ import annotations

from typing import Any

import pytest

from studio.core.costing import frameworks, memory, shapes
from studio.domain.costing import MemoryEstimate
from studio.domain.sizing import Levers
from tests.benchmarks.measured_rows import shapes as table

KNOWN = table()
GIB = 2**30


def of(model: str, **levers: Any) -> MemoryEstimate:
    shape = KNOWN.find(model)
    assert shape is not None
    return memory.estimate(shape, Levers(**levers))


def term(found: MemoryEstimate, name: str) -> int:
    return sum(one.bytes for one in found.terms if one.name == name)


def test_the_total_is_the_sum_of_its_terms() -> None:
    found = of("Llama 3.1 8B", method="qlora", seq_len=2048)
    assert found.total == sum(one.bytes for one in found.terms)
    assert all(one.how for one in found.terms)


def test_weights_of_qlora_match_the_reference() -> None:
    found = of("Llama 2 7B", method="qlora", quant="nf4", framework="axolotl")
    assert term(found, "weights") == 4_167_573_504


def test_the_plain_loss_takes_sixteen_bytes_a_score() -> None:
    found = of("Llama 3.1 8B", method="lora", seq_len=2048, checkpointing=True)
    assert term(found, "scores") == 4_202_692_608


@pytest.mark.parametrize(
    "less",
    [
        {"checkpointing": True},
        {"chunked_loss": True},
        {"micro_batch": 1},
        {"seq_len": 512},
        {"method": "qlora", "framework": "axolotl", "checkpointing": False},
        {"targets": "q,v"},
        {"compiled": True},
    ],
    ids=str,
)
def test_every_saving_saves(less: dict[str, Any]) -> None:
    usual: dict[str, Any] = {
        "method": "lora",
        "seq_len": 2048,
        "micro_batch": 2,
        "checkpointing": False,
    }
    assert of("Llama 3.1 8B", **(usual | less)).total < of("Llama 3.1 8B", **usual).total


@pytest.mark.parametrize(
    "less",
    [
        {"optimizer": "adamw_8bit"},
        {"optimizer": "sgd"},
        {"optimizer": "paged_adamw_32bit"},
        {"optimizer_in_backward": True},
        {"state_precision": "bf16"},
    ],
    ids=str,
)
def test_lighter_optimizers_are_lighter(less: dict[str, Any]) -> None:
    usual: dict[str, Any] = {
        "method": "full",
        "checkpointing": True,
        "state_precision": "fp32",
        "chunked_loss": True,
    }
    assert of("Llama 3.2 3B", **(usual | less)).total < of("Llama 3.2 3B", **usual).total


def test_full_fine_tuning_never_goes_below_its_arithmetic_minimum() -> None:
    found = of("Llama 3.1 8B", method="full", seq_len=128, checkpointing=True)
    assert found.total >= 8 * 8_030_261_248


def test_sharing_over_gpus_shares_weights_and_states() -> None:
    alone = of("Llama 2 70B", method="lora", checkpointing=True)
    shared = of("Llama 2 70B", method="lora", checkpointing=True, gpus=8, sharding="full")
    assert shared.total < alone.total / 3
    away = of(
        "Llama 2 70B", method="lora", checkpointing=True, gpus=8, sharding="full", cpu_offload=True
    )
    assert away.total < shared.total


def test_peft_casts_what_is_not_quantised_to_fp32() -> None:
    hugging = of("Llama 3.1 8B", method="qlora", framework="transformers", quant="nf4")
    kept = of("Llama 3.1 8B", method="qlora", framework="axolotl", quant="nf4")
    outside = 2 * 128_256 * 4096
    assert term(hugging, "weights") - term(kept, "weights") >= 2 * outside


def test_dora_takes_more_than_lora() -> None:
    lora, dora = (of("Llama 3.2 3B", method=m, targets="q,v") for m in ("lora", "dora"))
    assert dora.total > lora.total


def test_eager_attention_grows_with_the_square_of_the_length() -> None:
    def extra(length: int) -> int:
        flash, eager = (
            of("Llama 3.1 8B", method="lora", seq_len=length, flash_attention=flag)
            for flag in (True, False)
        )
        return term(eager, "activations") - term(flash, "activations")

    assert extra(2048) == pytest.approx(4 * extra(1024), rel=0.01)


@pytest.mark.parametrize(
    ("available", "verdict"),
    [(None, "unknown"), (80 * GIB, "fits"), (11 * GIB, "does_not_fit")],
)
def test_the_verdict_follows_the_device(available: int | None, verdict: str) -> None:
    shape = KNOWN.find("Llama 3.1 8B")
    assert shape is not None
    levers = Levers(method="qlora", seq_len=2048)
    assert memory.estimate(shape, levers, available).verdict == verdict


def test_between_fitting_and_not_it_says_uncertain() -> None:
    assert memory.verdict(19.0e9, 0.5e9, 22_000_000_000) == "uncertain"


@pytest.mark.parametrize(
    ("spelt", "name"),
    [
        ("Unsloth 2025.3", "unsloth"),
        ("LLaMA-Factory 0.9", "llama-factory"),
        ("litgpt (Oct 2023)", "litgpt"),
        ("fsdp_qlora (Answer.AI)", "fsdp_qlora"),
        ("something new", "transformers"),
    ],
)
def test_frameworks_are_known_however_they_are_spelt(spelt: str, name: str) -> None:
    assert frameworks.habits(Levers(framework=spelt)).name == name


def test_linear_weights_are_the_sum_of_the_matrices() -> None:
    shape = KNOWN.find("Llama 3.1 8B")
    assert shape is not None
    assert shapes.linear(shape) == 6_979_321_856
