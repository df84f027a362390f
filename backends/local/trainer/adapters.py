"""Adapters: a base model with LoRA beside every linear layer, frozen weights in bf16 or NF4."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

import torch
from peft import LoraConfig, PeftModel, get_peft_model
from peft.tuners.lora import LoraLayer
from torch import nn
from transformers import AutoModelForCausalLM
from transformers.utils.logging import disable_progress_bar

from backends.local.trainer.quantized import Nf4Linear
from studio.domain.models import BaseModel
from studio.domain.training import Hyperparameters, Method


def attach(
    model: BaseModel,
    hyperparameters: Hyperparameters,
    method: Method,
    device: torch.device,
    dtype: torch.dtype = torch.bfloat16,
) -> PeftModel:
    """Loads the base model and puts a fresh adapter on every linear layer but the output.

    With QLoRA each frozen matrix is quantised on its way to the device, one after the other, so
    that the full-size model never lies there.
    """
    disable_progress_bar()  # Nobody watches the log's one long line of bars.
    base = AutoModelForCausalLM.from_pretrained(
        Path(model.path), dtype=dtype, use_safetensors=True, local_files_only=True
    )
    base.config.use_cache = False
    torch.manual_seed(hyperparameters.seed)
    with warnings.catch_warnings():
        # peft asks transformers for a property that transformers has since renamed.
        warnings.filterwarnings("ignore", "`is_gradient_checkpointing`", FutureWarning)
        tuned = get_peft_model(base, config(model, hyperparameters))
    if method is Method.QLORA:
        quantise(tuned, device)
    tuned.to(device)
    tuned.train()
    return tuned


def config(model: BaseModel, hyperparameters: Hyperparameters) -> LoraConfig:
    """Returns peft's description of the adapter."""
    return LoraConfig(
        r=hyperparameters.lora_rank,
        lora_alpha=hyperparameters.lora_alpha,
        lora_dropout=hyperparameters.lora_dropout,
        target_modules="all-linear",
        task_type="CAUSAL_LM",
        base_model_name_or_path=model.path,
    )


def quantise(tuned: PeftModel, device: torch.device) -> None:
    """Replaces the frozen matrix under every adapter by its NF4 form."""
    for layer in lora_layers(tuned):
        linear = layer.base_layer
        if isinstance(linear, nn.Linear):
            linear.to(device)
            layer.base_layer = Nf4Linear(linear)


def frozen_bytes(tuned: nn.Module) -> tuple[int, int]:
    """Returns the bytes of the quantised matrices and how many weights they hold."""
    kept = [layer.base_layer.nf4 for layer in lora_layers(tuned)]
    return sum(weight.bytes for weight in kept), sum(weight.shape.numel() for weight in kept)


def lora_layers(tuned: nn.Module) -> list[Any]:
    """Returns the layers that carry an adapter, in the model's order."""
    return [module for module in tuned.modules() if isinstance(module, LoraLayer)]


def trainable(tuned: nn.Module) -> dict[str, nn.Parameter]:
    """Returns the adapter's parameters by name, in a fixed order."""
    return {name: p for name, p in sorted(tuned.named_parameters()) if p.requires_grad}
