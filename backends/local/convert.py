"""Conversion worker: a GGUF file becomes a folder of bf16 safetensors with its tokenizer."""

from __future__ import annotations

import functools
import json
import sys
from pathlib import Path
from typing import Any

from backends.local import process


def main(gguf_file: Path, target: Path, name: str) -> None:
    """Writes model, tokenizer, chat template and generation settings into `target`."""
    import gguf
    import torch

    # The library reads the file four times and lists all names for each tensor: half of the time.
    library: Any = gguf
    library.GGUFReader = functools.cache(gguf.GGUFReader)
    library.get_tensor_name_map = functools.cache(gguf.get_tensor_name_map)

    from transformers import AutoModelForCausalLM, AutoTokenizer, GgufConfig

    source = {"pretrained_model_name_or_path": str(gguf_file.parent), "gguf_file": gguf_file.name}
    _say("Reading the tokenizer", 0.05)
    tokenizer = AutoTokenizer.from_pretrained(**source)
    _say("Unpacking the weights", 0.3)
    # Without `dequantize` the weights stay packed and the configuration is marked as quantized.
    model = AutoModelForCausalLM.from_pretrained(
        **source, dtype=torch.bfloat16, quantization_config=GgufConfig(dequantize=True)
    )
    _say("Writing safetensors", 0.9)
    # The file keeps this as float32, which reads back as 9.999999747e-06.
    model.config.rms_norm_eps = float(f"{model.config.rms_norm_eps:.6g}")
    model.save_pretrained(target)
    tokenizer.model_max_length = model.config.max_position_embeddings
    tokenizer.save_pretrained(target)
    _edit(target / "config.json", _model_name_or_path=name)
    _edit(
        target / "tokenizer_config.json",
        tokenizer_class="PreTrainedTokenizerFast",  # the name that other tools know, too
        is_local=None,
        local_files_only=None,
    )
    _split_digits(target / "tokenizer.json")


def _split_digits(path: Path) -> None:
    """Puts back what the GGUF file says only by the name `smollm`: every digit is its own token.

    Without it, two spaces before a number are cut differently from how the model was trained.
    """
    content = json.loads(path.read_text(encoding="utf-8"))
    before = content["pre_tokenizer"]
    if before.get("type") == "ByteLevel":
        digits = {"type": "Digits", "individual_digits": True}
        content["pre_tokenizer"] = {"type": "Sequence", "pretokenizers": [digits, before]}
    path.write_text(json.dumps(content, ensure_ascii=False, indent=1), encoding="utf-8")


def _edit(path: Path, **changes: str | None) -> None:
    """Sets entries of a JSON file; None removes one."""
    content = json.loads(path.read_text(encoding="utf-8")) | changes
    kept = {key: value for key, value in content.items() if value is not None or key not in changes}
    path.write_text(json.dumps(kept, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")


def _say(what: str, share: float) -> None:
    sys.stdout.write(json.dumps({"what": what, "share": share}) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    process.die_with_parent()
    process.exit_at_end_of_input()
    main(Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3])
