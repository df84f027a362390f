"""On a GPU the fast decoder computes what transformers and peft compute there."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import pytest
import torch

from backends.local.trainer.encoding import Encoded
from backends.local.trainer.scoring import Scorer
from tests import tiny_rows
from tests.gpu import device
from tests.gpu.device import needs_gpu
from tests.unit.backends.local.trainer.reference import computed, distance, expected

pytestmark = needs_gpu

UNEVEN = tiny_rows.examples(6)
ROWS = {
    "uneven behind a shared prefix": UNEVEN,
    "one row": UNEVEN[:1],
    "the same row twice": [UNEVEN[2], UNEVEN[2]],
    "nothing shared": [
        tiny_rows.example(1, ("user", "What colour has coal?"), ("assistant", "Black.")),
        tiny_rows.example(2, ("system", "Answer."), ("user", "Snow?"), ("assistant", "It is.")),
    ],
}
FAMILIES = ("llama", "qwen2", "qwen3")

Attach = Callable[..., Any]
Encode = Callable[..., list[Encoded]]


def with_decoder(tuned: Any, rows: list[Encoded], *, recompute: bool = False) -> Scorer:
    scorer = Scorer(tuned, recompute=recompute)
    assert scorer.use_decoder(rows).startswith("Fast decoder")
    return scorer


@pytest.mark.parametrize("recompute", [False, True], ids=["kept", "computed twice"])
@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("kind", ROWS)
def test_loss_and_gradients_equal_those_of_the_library(
    kind: str, family: str, recompute: bool, attach: Attach, encoded: Encode
) -> None:
    tuned, rows = attach(family), encoded(ROWS[kind])
    loss, gradients = expected(tuned, rows)
    fast, found = computed(with_decoder(tuned, rows, recompute=recompute), tuned, rows)
    assert fast == pytest.approx(loss, rel=1e-4)
    assert distance(found, gradients) < 1e-4


@pytest.mark.parametrize("kind", ROWS)
def test_in_bf16_it_is_as_close_to_the_truth_as_the_library(
    kind: str, attach: Attach, encoded: Encode
) -> None:
    rows = encoded(ROWS[kind])
    truth, exact = expected(attach(), rows)
    tuned = attach(dtype=torch.bfloat16)
    # As trainers run the library: without autocast peft multiplies its adapters in float32.
    with torch.autocast(device.DEVICE.type, torch.bfloat16):
        _, rounded = expected(tuned, rows)
    ours, found = computed(with_decoder(tuned, rows), tuned, rows)
    assert ours == pytest.approx(truth, rel=0.02)
    assert apart(found, exact) < 1.5 * apart(rounded, exact)


def apart(ours: dict[str, torch.Tensor], exact: dict[str, torch.Tensor]) -> float:
    """Returns the length of the error of all gradients together."""
    return math.sqrt(sum(float((ours[name] - exact[name]).norm()) ** 2 for name in exact))


def test_the_padded_way_gives_the_same_too(attach: Attach, encoded: Encode) -> None:
    tuned, rows = attach(), encoded(UNEVEN)
    loss, gradients = expected(tuned, rows)
    for recompute in (False, True):
        padded, found = computed(Scorer(tuned, recompute=recompute), tuned, rows)
        assert padded == pytest.approx(loss, rel=1e-4)
        assert distance(found, gradients) < 1e-4
