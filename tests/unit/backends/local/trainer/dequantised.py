"""The same LoRA twice: beside NF4 weights, and beside the plain weights that NF4 rounds to."""

from __future__ import annotations

from typing import Any

import torch
from torch import nn

from backends.local.trainer import adapters
from backends.local.trainer.quantized import Nf4Linear
from studio.domain.models import BaseModel
from studio.domain.training import Hyperparameters, Method

CPU = torch.device("cpu")


def pair(
    model: BaseModel,
    settings: Hyperparameters,
    dtype: torch.dtype,
    device: torch.device = CPU,
) -> tuple[Any, Any]:
    """Returns the QLoRA model and its twin, with the same drawn adapters."""
    quantised = adapters.attach(model, settings, Method.QLORA, device, dtype)
    twin = adapters.attach(model, settings, Method.LORA, device, dtype)
    layers = zip(adapters.lora_layers(quantised), adapters.lora_layers(twin), strict=True)
    for ours, plain in layers:
        assert isinstance(ours.base_layer, Nf4Linear)
        assert isinstance(plain.base_layer, nn.Linear)
        # Copied, not quantised anew: double quantisation is not idempotent.
        plain.base_layer.weight.data = ours.base_layer.nf4.dense().to(dtype)
    torch.manual_seed(3)
    ours_by_name, twins = adapters.trainable(quantised), adapters.trainable(twin)
    with torch.no_grad():
        for name, parameter in ours_by_name.items():
            parameter.copy_(torch.randn_like(parameter) * 0.02)
            twins[name].copy_(parameter)
    return quantised, twin
