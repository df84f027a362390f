"""Arm: trl's SFTTrainer, with its own defaults for all that the comparison does not fix."""

from __future__ import annotations

import json
import sys
import time
from typing import Any

from datasets import Dataset
from peft import LoraConfig
from transformers import TrainerCallback
from trl import SFTConfig, SFTTrainer

from tests.benchmarks.arms.brief import Brief, read
from tests.benchmarks.arms.memory import DEVICE, highest


class Stopwatch(TrainerCallback):
    """Takes the time of training alone, loading and tokenising left out, and memory per step."""

    began = ended = 0.0
    memory = 0

    def on_train_begin(self, *_: Any, **__: Any) -> None:
        self.began = time.perf_counter()

    def on_step_end(self, *_: Any, **__: Any) -> None:
        self.memory = max(self.memory, highest()["memory_reserved_bytes"])

    def on_train_end(self, *_: Any, **__: Any) -> None:
        self.ended = time.perf_counter()


def train(brief: Brief) -> dict[str, object]:
    """Trains on the brief's rows in trl's prompt-completion form and leaves the adapter."""
    settings, watch = brief.hyperparameters, Stopwatch()
    config = SFTConfig(
        output_dir=str(brief.folder / "out"),
        num_train_epochs=settings.epochs,
        packing=brief.packing,
        # Neither of these changes the work: no files, no reports, and the device there is.
        save_strategy="no",
        report_to=[],
        use_cpu=DEVICE.type == "cpu",
        **(_our_settings(brief) if brief.same_settings else {}),
    )
    trainer = SFTTrainer(
        brief.model.path,
        args=config,
        train_dataset=Dataset.from_list([_row(example.messages) for example in brief.train]),
        peft_config=LoraConfig(
            r=settings.lora_rank,
            lora_alpha=settings.lora_alpha,
            lora_dropout=settings.lora_dropout,
            target_modules="all-linear",
            task_type="CAUSAL_LM",
        ),
        callbacks=[watch],
    )
    tokens = sum(len(ids) for ids in trainer.train_dataset["input_ids"])
    trainer.train()
    trainer.model.save_pretrained(str(brief.folder / "adapter"))
    return {
        "tokens": round(tokens * settings.epochs),
        "seconds": watch.ended - watch.began,
        "steps": trainer.state.global_step,
        "memory_bytes": watch.memory,
        "chosen": _chosen(trainer, config),
    }


def _row(messages: Any) -> dict[str, list[dict[str, str]]]:
    turns = [{"role": one.role, "content": one.content} for one in messages]
    return {"prompt": turns[:-1], "completion": turns[-1:]}


def _our_settings(brief: Brief) -> dict[str, Any]:
    settings = brief.hyperparameters
    return {
        "learning_rate": settings.learning_rate,
        "per_device_train_batch_size": settings.batch_size,
        "lr_scheduler_type": settings.schedule,
        "warmup_steps": settings.warmup_ratio,
        "max_grad_norm": settings.max_grad_norm,
        "weight_decay": settings.weight_decay,
        "seed": settings.seed,
    }


def _chosen(trainer: Any, config: Any) -> dict[str, Any]:
    """Returns what trl decided by itself, for the record."""
    names = (
        "learning_rate",
        "per_device_train_batch_size",
        "gradient_accumulation_steps",
        "gradient_checkpointing",
        "bf16",
        "max_length",
        "packing_strategy",
        "lr_scheduler_type",
    )
    return {name: str(getattr(config, name)) for name in names} | {
        "dtype": str(trainer.model.dtype),
        "attention": str(trainer.model.config._attn_implementation),
        "rows": len(trainer.train_dataset),
    }


if __name__ == "__main__":
    task, result = read(Brief, sys.argv[1:])
    result.write_text(json.dumps(train(task)), encoding="utf-8")
