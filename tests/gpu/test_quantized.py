"""On a GPU QLoRA's adapter gradients are those of the same LoRA on the dequantised weights."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch

from backends.local.trainer.encoding import Encoded
from backends.local.trainer.scoring import Scorer
from studio.domain.models import BaseModel
from tests import tiny_rows
from tests.gpu import device
from tests.gpu.conftest import SMALL
from tests.gpu.device import needs_gpu
from tests.unit.backends.local.trainer.dequantised import pair
from tests.unit.backends.local.trainer.reference import computed, cosines, distance, expected

pytestmark = needs_gpu


@pytest.mark.parametrize("fast", [True, False], ids=["decoder", "padded"])
@pytest.mark.parametrize("family", ["llama", "qwen2", "qwen3"])
def test_gradients_equal_those_on_the_dequantised_weights(
    family: str,
    fast: bool,
    tiny_models: Callable[[str], BaseModel],
    encoded: Callable[..., list[Encoded]],
) -> None:
    quantised, twin = pair(tiny_models(family), SMALL, torch.float32, device.DEVICE)
    rows = encoded(tiny_rows.examples(5))
    loss, exact = expected(twin, rows)
    scorer = Scorer(quantised)
    if fast:
        assert scorer.use_decoder(rows).startswith("Fast decoder")
    ours, found = computed(scorer, quantised, rows)
    assert ours == pytest.approx(loss, rel=1e-4)
    assert distance(found, exact) < 1e-4
    assert cosines(found, exact)[0] > 0.9999


def test_in_bf16_they_differ_no_more_than_two_runs_do(
    tiny_models: Callable[[str], BaseModel], encoded: Callable[..., list[Encoded]]
) -> None:
    quantised, twin = pair(tiny_models("llama"), SMALL, torch.bfloat16, device.DEVICE)
    rows = encoded(tiny_rows.examples(5))
    found = []
    for tuned in (quantised, twin):
        scorer = Scorer(tuned)
        assert scorer.use_decoder(rows).startswith("Fast decoder")
        found.append(computed(scorer, tuned, rows))
    (ours, gradients), (theirs, plain) = found
    assert ours == pytest.approx(theirs, rel=1e-3)
    # Sums of gathered rows are added in no fixed order on a GPU.
    assert cosines(gradients, plain)[0] > 0.999
