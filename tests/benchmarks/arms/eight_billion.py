"""A model of Llama-3.1-8B's shape with random weights, and rows of random tokens to train it on."""

from __future__ import annotations

import json
import random
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import save_file
from tokenizers import Tokenizer, models
from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

from backends.local import facts, manifest
from backends.local.trainer.encoding import Encoded
from studio.domain.models import BaseModel, ModelSource

SHAPE: dict[str, Any] = {
    "hidden_size": 4096,
    "num_hidden_layers": 32,
    "num_attention_heads": 32,
    "num_key_value_heads": 8,
    "head_dim": 128,
    "intermediate_size": 14336,
    "vocab_size": 128256,
    "max_position_embeddings": 8192,
    "tie_word_embeddings": False,
}
ROPE = {"rope_type": "default", "rope_theta": 500000.0}
SPREAD = 0.02
"""Standard deviation of the weights, as Llama draws them."""
SEED = 0


def make(folder: Path, device: torch.device, **smaller: Any) -> BaseModel:
    """Writes the model folder, one file a layer so that it never lies in memory twice."""
    folder.mkdir(parents=True, exist_ok=True)
    shape = {**SHAPE, **smaller}
    config = LlamaConfig(rope_parameters=ROPE, bos_token_id=1, eos_token_id=2, **shape)
    config.architectures, config.dtype = ["LlamaForCausalLM"], torch.bfloat16
    config.save_pretrained(folder)
    _tokenizer().save_pretrained(folder)
    with torch.device("meta"):
        empty = LlamaForCausalLM(config)
    torch.manual_seed(SEED)
    _write_weights(empty, folder, device)
    return BaseModel(
        id="eight-billion",
        name="benchmark/eight-billion",
        source=ModelSource.FOLDER,
        revision="0",
        path=str(folder),
        licence="Apache-2.0",
        facts=facts.read_facts(folder),
        manifest_sha256=manifest.publish(folder),
        created_at=datetime.now(UTC),
    )


def rows(count: int, longest: int, vocabulary: int, answer_share: float) -> list[Encoded]:
    """Returns rows between an eighth of the longest length and all of it, the same every time."""
    dice = random.Random(SEED)
    made = []
    for place in range(count):
        length = dice.randint(longest // 8, longest)
        ids = [dice.randrange(3, vocabulary) for _ in range(length)]
        start = max(1, round(length * (1 - answer_share)))
        made.append(Encoded(example_id=str(place), ids=ids, answer_start=start))
    return made


def _write_weights(empty: LlamaForCausalLM, folder: Path, device: torch.device) -> None:
    files: dict[str, list[str]] = {}
    for name in empty.state_dict():
        layer = name.split(".")[2] if ".layers." in name else "rest"
        files.setdefault(f"model-{layer}.safetensors", []).append(name)
    index: dict[str, str] = {}
    for file, names in files.items():
        tensors = {name: _drawn(empty.get_parameter(name), device) for name in names}
        save_file(tensors, folder / file, metadata={"format": "pt"})
        index |= dict.fromkeys(names, file)
    text = {"metadata": {}, "weight_map": index}
    (folder / "model.safetensors.index.json").write_text(json.dumps(text), encoding="utf-8")


def _drawn(parameter: torch.Tensor, device: torch.device) -> torch.Tensor:
    if parameter.ndim == 1:
        return torch.ones(parameter.shape, dtype=torch.bfloat16)
    drawn = torch.empty(parameter.shape, dtype=torch.bfloat16, device=device)
    return drawn.normal_(0, SPREAD).cpu()


def _tokenizer() -> PreTrainedTokenizerFast:
    words = {"<pad>": 0, "<s>": 1, "</s>": 2}
    made = Tokenizer(models.WordLevel(words, unk_token="<pad>"))
    return PreTrainedTokenizerFast(
        tokenizer_object=made, pad_token="<pad>", bos_token="<s>", eos_token="</s>"
    )
