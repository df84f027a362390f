"""Model folders small enough to make in a test: right in form, with a handful of weights."""

from __future__ import annotations

import json
import struct
from pathlib import Path
from typing import Any

CONFIG = {
    "architectures": ["LlamaForCausalLM"],
    "model_type": "llama",
    "hidden_size": 8,
    "num_hidden_layers": 1,
    "num_attention_heads": 2,
    "num_key_value_heads": 1,
    "intermediate_size": 16,
    "vocab_size": 10,
    "max_position_embeddings": 64,
}


def write_tensors(path: Path, shapes: dict[str, tuple[int, ...]]) -> None:
    """Writes a safetensors file of zeros in bf16."""
    header: dict[str, Any] = {}
    end = 0
    for name, shape in shapes.items():
        start, count = end, 1
        for size in shape:
            count *= size
        end = start + 2 * count
        header[name] = {"dtype": "BF16", "shape": list(shape), "data_offsets": [start, end]}
    text = json.dumps(header).encode()
    path.write_bytes(struct.pack("<Q", len(text)) + text + bytes(end))


def write_model(folder: Path, **config: Any) -> Path:
    """Writes a whole model folder; `config` replaces entries of config.json."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "config.json").write_text(json.dumps(CONFIG | config))
    (folder / "tokenizer.json").write_text(json.dumps({"model": {"vocab": {"auto_map": 1}}}))
    (folder / "tokenizer_config.json").write_text(json.dumps({"chat_template": "{{ messages }}"}))
    (folder / "README.md").write_text("---\ntags: [tiny]\nlicense: apache-2.0\n---\n# Tiny\n")
    write_tensors(
        folder / "model.safetensors",
        {"model.embed_tokens.weight": (10, 8), "model.norm.weight": (8,)},
    )
    return folder
