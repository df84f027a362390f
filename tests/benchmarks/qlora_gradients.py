"""QLoRA's adapter gradients against the same LoRA on the dequantised weights, as a table.

Run it as `python -m tests.benchmarks.qlora_gradients MODEL_FOLDER`.
"""

from __future__ import annotations

import sys
import warnings
from pathlib import Path
from typing import Any

import torch
from torch import Tensor
from transformers import AutoModelForCausalLM, AutoTokenizer, BitsAndBytesConfig

from backends.local.library import LocalLibrary
from backends.local.trainer import adapters
from backends.local.trainer.encoding import Encoded, encode
from backends.local.trainer.scoring import Scorer
from studio.domain.models import BaseModel
from studio.domain.training import Hyperparameters
from tests import tiny_rows
from tests.unit.backends.local.trainer.dequantised import pair
from tests.unit.backends.local.trainer.reference import computed, cosines, distance, expected

SETTINGS = Hyperparameters(lora_rank=8, lora_alpha=16)
WIDE, NARROW = torch.float32, torch.bfloat16
Gradients = dict[str, Tensor]


def main(folder: Path) -> None:
    """Prints one line for each way of computing the same gradients."""
    model = LocalLibrary(folder.parent).pull(folder.name, lambda what, share: None)
    rows = encode(AutoTokenizer.from_pretrained(folder), tiny_rows.examples(2))
    quantised, twin = pair(model, SETTINGS, WIDE)
    _, truth = expected(twin, rows)
    taken, weights = adapters.frozen_bytes(quantised)
    _line("fp32, fast decoder", ours(quantised, rows, fast=True), truth)
    _line("fp32, padded", ours(quantised, rows, fast=False), truth)
    _line("fp32, bitsandbytes' own layers", theirs(model, twin, rows, WIDE), truth)
    narrow, narrow_twin = pair(model, SETTINGS, NARROW)
    for place, fast in (("fast decoder", True), ("padded", False)):
        found = ours(narrow, rows, fast=fast)
        plain = ours(narrow_twin, rows, fast=fast)
        same = all(torch.equal(found[name], plain[name]) for name in plain)
        _line(f"bf16, {place}", found, truth)
        _print(f"| … equal to LoRA on the dequantised weights, bit for bit | {same} | | |")
    _line("bf16, LoRA of the library, dequantised", expected(narrow_twin, rows)[1], truth)
    _line("bf16, bitsandbytes' own layers", theirs(model, twin, rows, NARROW), truth)
    _print(f"\n{weights} weights take {taken} bytes: {taken / weights:.4f} bytes a weight.")


def ours(tuned: Any, rows: list[Encoded], *, fast: bool) -> Gradients:
    """Returns the gradients as the product computes them."""
    scorer = Scorer(tuned)
    if fast:
        scorer.use_decoder(rows)
    found: Gradients = computed(scorer, tuned, rows)[1]
    return found


def theirs(model: BaseModel, twin: Any, rows: list[Encoded], dtype: torch.dtype) -> Gradients:
    """Returns the gradients through peft and bitsandbytes' own 4-bit layers."""
    how = BitsAndBytesConfig(
        load_in_4bit=True,
        bnb_4bit_quant_type="nf4",
        bnb_4bit_use_double_quant=True,
        bnb_4bit_compute_dtype=dtype,
    )
    base = AutoModelForCausalLM.from_pretrained(
        model.path, dtype=dtype, quantization_config=how, device_map="cpu"
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # What this table is about.
        tuned = adapters.get_peft_model(base, adapters.config(model, SETTINGS))
        with torch.no_grad():
            same = adapters.trainable(twin)
            for name, parameter in adapters.trainable(tuned).items():
                parameter.copy_(same[name])
        return expected(tuned, rows)[1]


def _line(way: str, found: Gradients, truth: Gradients) -> None:
    sorted_ = cosines(found, truth)
    middle = sorted_[len(sorted_) // 2]
    _print(f"| {way} | {sorted_[0]:.7f} | {middle:.7f} | {distance(found, truth):.1e} |")


def _print(line: str) -> None:
    sys.stdout.write(line + "\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]).resolve())
