"""Tiny models with random weights: real folders that transformers, peft and the studio can read."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import torch
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
from transformers import (
    AutoModelForCausalLM,
    LlamaConfig,
    PreTrainedTokenizerFast,
    Qwen2Config,
    Qwen3Config,
)

from backends.local import facts, manifest
from studio.domain.models import BaseModel, ModelSource

SPECIAL = ("<|pad|>", "<|im_start|>", "<|im_end|>")
TEMPLATE = (
    "{% for message in messages %}<|im_start|>{{ message['role'] }}\n{{ message['content'] }}"
    "<|im_end|>\n{% endfor %}{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)
CORPUS = (
    "You are a clerk who names the colour of a thing in one word.",
    "What colour has the sky at noon? It is blue. And the grass? It is green.",
    "system user assistant red green blue yellow black white",
)
SHAPE: dict[str, Any] = {
    "hidden_size": 64,
    "intermediate_size": 128,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "max_position_embeddings": 512,
    "tie_word_embeddings": True,
    "bos_token_id": 1,
    "eos_token_id": 2,
    "pad_token_id": 0,
}
CONFIGS: dict[str, tuple[type, dict[str, Any]]] = {
    "llama": (LlamaConfig, {}),
    "qwen2": (Qwen2Config, {"use_sliding_window": False}),
    "qwen3": (Qwen3Config, {"head_dim": 32, "use_sliding_window": False}),
}
"""Family → its configuration: qwen2 adds biases, qwen3 norms on queries and keys."""


def make(folder: Path, family: str = "llama", **shape: Any) -> BaseModel:
    """Writes a model folder with tokenizer, chat template and manifest, and returns its entry."""
    words = tokenizer()
    words.save_pretrained(folder)
    kind, extra = CONFIGS[family]
    torch.manual_seed(11)
    config = kind(vocab_size=len(words), **{**SHAPE, **extra, **shape})
    model = AutoModelForCausalLM.from_config(config, dtype=torch.bfloat16)
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            # Norms and biases as they look in a trained model, so that leaving one out shows.
            if name.endswith(("norm.weight", "bias")):
                parameter.add_(torch.randn_like(parameter) * 0.2)
    model.save_pretrained(folder, safe_serialization=True)
    return BaseModel(
        id=f"tiny-{family}",
        name=f"tests/tiny-{family}",
        source=ModelSource.FOLDER,
        revision="0",
        path=str(folder),
        licence="Apache-2.0",
        facts=facts.read_facts(folder),
        manifest_sha256=manifest.publish(folder),
        created_at=datetime.now(UTC),
    )


def tokenizer() -> PreTrainedTokenizerFast:
    """Returns a small tokenizer that writes every byte."""
    made = Tokenizer(models.BPE())
    made.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    made.decoder = decoders.ByteLevel()
    made.train_from_iterator(
        CORPUS,
        trainers.BpeTrainer(
            vocab_size=320,
            special_tokens=list(SPECIAL),
            initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
            show_progress=False,
        ),
    )
    pad, bos, eos = SPECIAL
    return PreTrainedTokenizerFast(
        tokenizer_object=made, pad_token=pad, bos_token=bos, eos_token=eos, chat_template=TEMPLATE
    )
