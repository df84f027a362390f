"""What the tests on a GPU share: tiny models there with drawn adapters, and encoded rows."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
import torch
from transformers import AutoTokenizer

from backends.local.trainer import adapters
from backends.local.trainer.encoding import Encoded, encode
from studio.domain.datasets import Example
from studio.domain.models import BaseModel
from studio.domain.training import Hyperparameters, Method
from tests.gpu import device

SMALL = Hyperparameters(lora_rank=4, lora_alpha=8)


@pytest.fixture
def attach(tiny_models: Callable[[str], BaseModel]) -> Callable[..., Any]:
    """Attaches a fresh adapter whose every number is drawn, so that no gradient is zero."""

    def attached(
        family: str = "llama",
        *,
        dtype: torch.dtype = torch.float32,
        method: Method = Method.LORA,
    ) -> Any:
        tuned = adapters.attach(tiny_models(family), SMALL, method, device.DEVICE, dtype)
        # Drawn on the CPU: a GPU draws other numbers from the same seed.
        torch.manual_seed(3)
        with torch.no_grad():
            for parameter in adapters.trainable(tuned).values():
                parameter.copy_(torch.randn(parameter.shape) * 0.1)
        return tuned

    return attached


@pytest.fixture
def encoded(tiny_models: Callable[[str], BaseModel]) -> Callable[..., list[Encoded]]:
    """Encodes examples with the tiny models' tokenizer."""
    tokenizer = AutoTokenizer.from_pretrained(Path(tiny_models("llama").path))

    def rows(examples: Sequence[Example]) -> list[Encoded]:
        return encode(tokenizer, examples)

    return rows
