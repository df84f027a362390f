from __future__ import annotations

from typing import Any

import pytest

from studio.core.ladder.rows.methods import RULES
from studio.domain.advice import Facts
from studio.domain.thresholds import Thresholds

RARE = {
    "pretraining_requested": True,
    "domain_tokens": 1_000_000_000,
    "low_resource_language": True,
    "budget_usd": 100_001,
}


@pytest.mark.parametrize(
    "facts, ids",
    [
        ({"n_labelled": 0}, []),
        ({"n_labelled": 1}, ["M1"]),
        ({"n_labelled": 10}, ["M1", "M5"]),
        ({"n_pairs": 199, "sft_done": True}, []),
        ({"n_pairs": 200, "sft_done": True}, ["M2"]),
        ({"n_pairs": 2000, "sft_done": False}, []),
        ({"n_unpaired": 999}, []),
        ({"n_unpaired": 1000}, ["M3"]),
        ({"verifiable_reward": True, "many_solution_paths": True}, ["M4"]),
        ({"lora_vram_gb": 21.6, "vram_gb": 24.0, "qlora_fits": True}, []),
        ({"lora_vram_gb": 21.7, "vram_gb": 24.0, "qlora_fits": True}, ["M6"]),
        ({"lora_vram_gb": 21.7, "vram_gb": 24.0, "qlora_fits": False}, []),
        ({"pretraining_requested": True}, ["M7"]),
        ({"pretraining_requested": False}, []),
        (RARE, []),
        ({**RARE, "domain_tokens": 999_999_999}, ["M7"]),
        ({**RARE, "budget_usd": 100_000}, ["M7"]),
        ({**RARE, "low_resource_language": None}, ["M7"]),
    ],
)
def test_a_rule_holds_exactly_from_its_threshold_on(facts: dict[str, Any], ids: list[str]) -> None:
    assert [r.id for r in RULES if r.fired(Facts(**facts), Thresholds())] == ids
