"""QLoRA's adapter gradients are those of the same LoRA on the dequantised weights."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from torch import nn
from transformers import AutoTokenizer

from backends.local.trainer import adapters
from backends.local.trainer.encoding import encode
from backends.local.trainer.quantized import Nf4Linear
from backends.local.trainer.scoring import Scorer
from studio.domain.models import BaseModel
from studio.domain.training import Hyperparameters, Method
from tests import tiny_rows
from tests.unit.backends.local.trainer.conftest import SMALL, Attach, Encode
from tests.unit.backends.local.trainer.dequantised import pair
from tests.unit.backends.local.trainer.reference import computed, cosines, distance, expected

ROWS = tiny_rows.examples(5)


@pytest.mark.parametrize("fast", [True, False], ids=["decoder", "padded"])
@pytest.mark.parametrize("family", ["llama", "qwen2", "qwen3"])
def test_gradients_equal_those_on_the_dequantised_weights(
    family: str, fast: bool, tiny_models: Callable[[str], BaseModel], encoded: Encode
) -> None:
    quantised, twin = pair(tiny_models(family), SMALL, torch.float32)
    rows = encoded(ROWS)
    loss, exact = expected(twin, rows)
    scorer = Scorer(quantised)
    if fast:
        assert scorer.use_decoder(rows).startswith("Fast decoder")
    ours, found = computed(scorer, quantised, rows)
    assert ours == pytest.approx(loss, rel=1e-6)
    assert distance(found, exact) < 5e-6
    assert cosines(found, exact)[0] > 0.999999


@pytest.mark.parametrize("fast", [True, False], ids=["decoder", "padded"])
def test_in_bf16_not_one_bit_differs(
    fast: bool, tiny_models: Callable[[str], BaseModel], encoded: Encode
) -> None:
    quantised, twin = pair(tiny_models("llama"), SMALL, torch.bfloat16)
    rows = encoded(ROWS)
    found = []
    for tuned in (quantised, twin):
        scorer = Scorer(tuned)
        if fast:
            assert scorer.use_decoder(rows).startswith("Fast decoder")
        found.append(computed(scorer, tuned, rows))
    (loss, ours), (twin_loss, plain) = found
    assert loss == twin_loss
    assert all(torch.equal(ours[name], plain[name]) for name in plain)


def test_gradients_on_the_starter_model_too(starter_model: BaseModel) -> None:
    quantised, twin = pair(starter_model, Hyperparameters(lora_rank=4), torch.float32)
    tokenizer = AutoTokenizer.from_pretrained(Path(starter_model.path))
    rows = encode(tokenizer, tiny_rows.examples(1))
    loss, exact = expected(twin, rows)
    scorer = Scorer(quantised)
    assert scorer.use_decoder(rows).startswith("Fast decoder")
    ours, found = computed(scorer, quantised, rows)
    assert ours == pytest.approx(loss, rel=1e-5)
    assert cosines(found, exact)[0] > 0.999999


def test_a_single_row_has_a_gradient_too() -> None:
    # A lone row is what bitsandbytes hands to its inference kernel, which has no gradient.
    torch.manual_seed(1)
    linear = nn.Linear(128, 64)
    layer = Nf4Linear(linear)
    x = torch.randn(1, 128, requires_grad=True)
    layer(x).sum().backward()
    assert x.grad is not None
    assert torch.allclose(x.grad, layer.nf4.dense().sum(0, keepdim=True), atol=1e-6)


def test_weights_take_four_bits_and_a_sixty_fourth_byte_for_their_scales() -> None:
    layer = Nf4Linear(nn.Linear(1024, 2048, bias=False))
    assert layer.nf4.bytes / (1024 * 2048) == pytest.approx(0.516, rel=0.01)


def test_no_layer_keeps_its_wide_weights(attach: Attach) -> None:
    tuned = attach(method=Method.QLORA)
    _, weights = adapters.frozen_bytes(tuned)
    linears = [m for m in tuned.modules() if isinstance(m, nn.Linear)]
    trained = set(adapters.trainable(tuned).values())
    wide = [m for m in linears if m.weight not in trained]
    assert [m for m in wide if m is not tuned.get_base_model().lm_head] == []
    assert weights == 2 * (2 * 64 * 64 + 2 * 64 * 32 + 3 * 64 * 128)


def test_rounding_to_four_bits_is_as_fine_as_promised() -> None:
    # Normally distributed weights lose about a tenth of their length in NF4.
    torch.manual_seed(2)
    linear = nn.Linear(512, 512, bias=False)
    nn.init.normal_(linear.weight)
    wide = linear.weight.detach().clone()
    error = (Nf4Linear(linear).nf4.dense() - wide).norm() / wide.norm()
    assert 0.07 < float(error) < 0.11
