"""What the trainer's tests share: tiny models with adapters attached, and encoded rows."""

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

CPU = torch.device("cpu")
SMALL = Hyperparameters(lora_rank=4, lora_alpha=8)

Attach = Callable[..., Any]
Encode = Callable[[Sequence[Example]], list[Encoded]]


@pytest.fixture(autouse=True, scope="session")
def one_thread() -> None:
    """Matrices this small gain nothing from a second thread, and lose much when cores are busy."""
    torch.set_num_threads(1)


@pytest.fixture
def attach(tiny_models: Callable[[str], BaseModel]) -> Attach:
    """Attaches a fresh adapter whose every number is drawn, so that no gradient is zero."""

    def attached(
        family: str = "llama",
        *,
        dtype: torch.dtype = torch.float32,
        method: Method = Method.LORA,
        settings: Hyperparameters = SMALL,
    ) -> Any:
        tuned = adapters.attach(tiny_models(family), settings, method, CPU, dtype)
        torch.manual_seed(3)
        with torch.no_grad():
            for parameter in adapters.trainable(tuned).values():
                parameter.copy_(torch.randn_like(parameter) * 0.1)
        return tuned

    return attached


@pytest.fixture
def encoded(tiny_models: Callable[[str], BaseModel]) -> Encode:
    """Encodes examples with the tiny models' tokenizer."""
    tokenizer = AutoTokenizer.from_pretrained(Path(tiny_models("llama").path))
    return lambda examples: encode(tokenizer, examples)
