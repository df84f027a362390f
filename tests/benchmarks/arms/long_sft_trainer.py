"""Arm: trl's SFTTrainer on long rows with packing, and Liger's kernels where they are installed."""

from __future__ import annotations

import json
import sys
import time
from importlib.util import find_spec
from typing import Any

import torch
from datasets import Dataset
from peft import LoraConfig
from transformers import BitsAndBytesConfig, TrainerCallback
from trl import SFTConfig, SFTTrainer

from studio.domain.training import Method
from tests.benchmarks.arms.brief import LongBrief, read
from tests.benchmarks.arms.eight_billion import rows
from tests.benchmarks.arms.memory import DEVICE, highest


class Passes(TrainerCallback):
    """The moments at which each pass over the rows began and ended."""

    def __init__(self) -> None:
        self.began: list[float] = []
        self.ended: list[float] = []

    def on_epoch_begin(self, *_: Any, **__: Any) -> None:
        self.began.append(_now())

    def on_epoch_end(self, *_: Any, **__: Any) -> None:
        self.ended.append(_now())


def train(brief: LongBrief) -> dict[str, object]:
    """Trains two passes; the first one warms up and is not timed."""
    settings, passes = brief.hyperparameters, Passes()
    items = rows(brief.rows, brief.packing_length, brief.model.facts.vocabulary, brief.answer_share)
    config = SFTConfig(
        output_dir=str(brief.folder / "out"),
        num_train_epochs=settings.epochs,
        packing=True,
        max_length=brief.packing_length,
        use_liger_kernel=brief.liger,
        # A row of packs is as long as what our engine works on at once, so that memory compares.
        per_device_train_batch_size=2,
        gradient_accumulation_steps=4,
        save_strategy="no",
        report_to=[],
        use_cpu=DEVICE.type == "cpu",
        model_init_kwargs=_loading(brief),
    )
    trainer = SFTTrainer(
        brief.model.path,
        args=config,
        train_dataset=Dataset.from_list([_row(item.ids, item.answer_start) for item in items]),
        peft_config=LoraConfig(
            r=settings.lora_rank,
            lora_alpha=settings.lora_alpha,
            target_modules="all-linear",
            task_type="CAUSAL_LM",
        ),
        callbacks=[passes],
    )
    trainer.train()
    return {
        "tokens": sum(len(item.ids) for item in items),
        "answers": sum(item.n_answer for item in items),
        "seconds": passes.ended[-1] - passes.began[-1],
        "steps": trainer.state.global_step,
        **highest(),
        "attention": str(trainer.model.config._attn_implementation),
        "liger": brief.liger,
    }


def _loading(brief: LongBrief) -> dict[str, Any]:
    options: dict[str, Any] = {"dtype": torch.bfloat16}
    if find_spec("flash_attn") is not None:
        options["attn_implementation"] = "flash_attention_2"
    if brief.method is Method.QLORA:
        options["quantization_config"] = BitsAndBytesConfig(
            load_in_4bit=True,
            bnb_4bit_quant_type="nf4",
            bnb_4bit_use_double_quant=True,
            bnb_4bit_compute_dtype=torch.bfloat16,
        )
    return options


def _row(ids: list[int], answer_start: int) -> dict[str, list[int]]:
    return {"input_ids": ids, "labels": [-100] * answer_start + ids[answer_start:]}


def _now() -> float:
    if DEVICE.type == "cuda":
        torch.cuda.synchronize()
    return time.perf_counter()


if __name__ == "__main__":
    task, result = read(LongBrief, sys.argv[1:])
    result.write_text(json.dumps(train(task)), encoding="utf-8")
