"""ModelFacts read from config.json and safetensors headers, without loading a weight."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

from backends.local import safety
from studio.domain.errors import ModelRefused
from studio.domain.models import ModelFacts

TOKENIZERS = ("tokenizer.json", "tokenizer.model", "vocab.json")


def read_facts(folder: Path) -> ModelFacts:
    """Returns what the model is; sizes in weights and tokens.

    Raises:
        ModelRefused: when something needed is missing, or it is no plain text-generating model.
    """
    whole = _json(folder / "config.json")
    architecture = next(iter(whole.get("architectures") or ()), "")
    if not architecture.endswith("ForCausalLM"):
        raise safety.refused(
            "config.json", f"{architecture or 'an unnamed architecture'} does not write text"
        )
    if whole.get("quantization_config"):
        raise ModelRefused(
            "The weights are already quantized, so they cannot be tuned here.",
            hint="Choose the original model; the studio quantizes it itself for QLoRA.",
        )
    if not any((folder / name).exists() for name in TOKENIZERS):
        raise ModelRefused("The model has no tokenizer.", hint=f"Expected one of {TOKENIZERS}.")
    shapes = _shapes(folder)
    return _facts(architecture, whole, shapes, _has_template(folder))


def _facts(
    architecture: str, config: dict[str, Any], shapes: dict[str, tuple[int, ...]], template: bool
) -> ModelFacts:
    try:
        heads = int(config["num_attention_heads"])
        hidden = int(config["hidden_size"])
        return ModelFacts(
            architecture=architecture,
            parameters=sum(math.prod(shape) for shape in shapes.values()),
            hidden_size=hidden,
            layers=int(config["num_hidden_layers"]),
            heads=heads,
            kv_heads=int(config.get("num_key_value_heads") or heads),
            head_dim=int(config.get("head_dim") or hidden // heads),
            intermediate_size=int(config.get("intermediate_size") or 4 * hidden),
            vocabulary=int(config["vocab_size"]),
            tied_embeddings=not any(name.endswith("lm_head.weight") for name in shapes),
            context_length=int(config["max_position_embeddings"]),
            has_chat_template=template,
        )
    except (KeyError, TypeError, ValueError, ZeroDivisionError) as error:
        raise safety.refused("config.json", f"its entry {error} is missing or no number") from error


def _shapes(folder: Path) -> dict[str, tuple[int, ...]]:
    index = folder / "model.safetensors.index.json"
    if index.exists():
        names = sorted(set(_json(index).get("weight_map", {}).values()))
    else:
        names = ["model.safetensors"]
    shapes: dict[str, tuple[int, ...]] = {}
    for name in names:
        if Path(name).name != name or not (folder / name).exists():
            raise ModelRefused(
                f"The weight file {name} is missing.",
                hint="Fetch the model again, or choose a folder with its safetensors files.",
            )
        shapes |= {tensor: shape for tensor, (_, shape) in safety.tensors(folder / name).items()}
    return shapes


def _has_template(folder: Path) -> bool:
    if (folder / "chat_template.jinja").exists():
        return True
    tokenizer = folder / "tokenizer_config.json"
    return tokenizer.exists() and bool(_json(tokenizer).get("chat_template"))


def _json(path: Path) -> dict[str, Any]:
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise ModelRefused(
            f"The model has no {path.name}.", hint="Choose the folder that holds config.json."
        ) from error
    except (OSError, ValueError, RecursionError) as error:
        raise safety.refused(path.name, "it is not valid JSON") from error
    if not isinstance(content, dict):
        raise safety.refused(path.name, "it is not a JSON object")
    return content
