"""Arm: one yardstick for all — loss on answer tokens, and answers, by transformers and peft."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from peft import PeftModel
from torch.nn.functional import cross_entropy
from transformers import AutoModelForCausalLM, AutoTokenizer

from backends.local.trainer.encoding import Encoded, encode, prompt_text
from studio.domain.datasets import Message
from tests.benchmarks.arms.brief import Brief, read

BATCH = 16
LONGEST_ANSWER = 24
"""Tokens; banking77's longest topic has fewer."""


def score(brief: Brief) -> dict[str, dict[str, float | None]]:
    """Returns for each adapter its validation loss (nats per answer token) and test accuracy."""
    tokenizer = AutoTokenizer.from_pretrained(
        brief.model.path, local_files_only=True, padding_side="left"
    )
    items = sorted(encode(tokenizer, brief.validation), key=lambda item: len(item.ids))
    scores: dict[str, dict[str, float | None]] = {}
    for name, adapter in brief.adapters.items():
        model = _model(brief.model.path, adapter)
        scores[name] = {
            "loss": _loss(model, items),
            "accuracy": _accuracy(model, tokenizer, brief.test) if brief.test else None,
        }
    return scores


def _model(base: str, adapter: Path | None) -> Any:
    model = AutoModelForCausalLM.from_pretrained(
        base, dtype=torch.bfloat16, local_files_only=True, use_safetensors=True
    )
    if adapter is not None:
        model = PeftModel.from_pretrained(model, str(adapter))
    return model.to("cuda" if torch.cuda.is_available() else "cpu").eval()


@torch.inference_mode()
def _loss(model: Any, items: Sequence[Encoded]) -> float:
    total, answers = 0.0, 0
    for start in range(0, len(items), BATCH):
        batch = items[start : start + BATCH]
        longest = max(len(item.ids) for item in batch)
        ids = torch.tensor([item.ids + [0] * (longest - len(item.ids)) for item in batch])
        seen = torch.tensor(
            [[1] * len(item.ids) + [0] * (longest - len(item.ids)) for item in batch]
        )
        logits = model(input_ids=ids.to(model.device), attention_mask=seen.to(model.device)).logits
        for row, item in zip(logits, batch, strict=True):
            predicted = row[item.answer_start - 1 : len(item.ids) - 1].float()
            wanted = torch.tensor(item.ids[item.answer_start :], device=predicted.device)
            total += float(cross_entropy(predicted, wanted, reduction="sum"))
            answers += item.n_answer
    return total / answers


@torch.inference_mode()
def _accuracy(model: Any, tokenizer: Any, rows: Sequence[tuple[str, str]]) -> float:
    right = 0
    for start in range(0, len(rows), BATCH):
        batch = rows[start : start + BATCH]
        prompts = [
            prompt_text(tokenizer, [Message(role="user", content=question)])
            for question, _ in batch
        ]
        tokens = tokenizer(prompts, return_tensors="pt", padding=True, add_special_tokens=False).to(
            model.device
        )
        output = model.generate(**tokens, max_new_tokens=LONGEST_ANSWER, do_sample=False)
        texts = tokenizer.batch_decode(
            output[:, tokens["input_ids"].shape[1] :], skip_special_tokens=True
        )
        right += sum(text.strip() == topic for text, (_, topic) in zip(texts, batch, strict=True))
    return right / len(rows)


if __name__ == "__main__":
    task, result = read(Brief, sys.argv[1:])
    result.write_text(json.dumps(score(task)), encoding="utf-8")
