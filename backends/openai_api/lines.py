"""Lines: examples as the JSON lines that are uploaded, and what of them leaves this machine."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence
from typing import Any

from studio.domain.datasets import Example
from studio.domain.training import Disclosure, Objective, SentFile, TrainingSpec


def files(
    spec: TrainingSpec, train: Sequence[Example], validation: Sequence[Example]
) -> dict[str, bytes]:
    """Returns name → content of every file to upload; the same examples give the same bytes."""
    found = {"train.jsonl": written(spec.objective, train)}
    if validation:
        found["validation.jsonl"] = written(spec.objective, validation)
    return found


def written(objective: Objective, examples: Iterable[Example]) -> bytes:
    """Returns one JSON object a line."""
    shape = _pair if objective is Objective.DPO else _conversation
    return b"".join(
        json.dumps(shape(example), ensure_ascii=False, separators=(",", ":")).encode() + b"\n"
        for example in examples
    )


def disclosure(
    host: str, model: str, contents: dict[str, bytes], rows: dict[str, int]
) -> Disclosure:
    """Returns what would leave this machine, for the user to agree to."""
    sent = tuple(
        SentFile(
            name=name,
            rows=rows[name],
            size=len(content),
            sha256=hashlib.sha256(content).hexdigest(),
        )
        for name, content in contents.items()
    )
    return Disclosure(
        host=host,
        files=sent,
        fingerprint=fingerprint(host, model, [one.sha256 for one in sent]),
    )


def fingerprint(host: str, model: str, hashes: Sequence[str]) -> str:
    """Returns what stands for exactly these files going to exactly this place."""
    return hashlib.sha256("\n".join((host, model, *hashes)).encode()).hexdigest()


def _conversation(example: Example) -> dict[str, Any]:
    turns: list[dict[str, Any]] = [
        {"role": turn.role, "content": turn.content} for turn in example.messages
    ]
    for turn in turns[:-1]:
        if turn["role"] == "assistant":
            # Servers learn every answer unless told not to; here the last one is what counts.
            turn["weight"] = 0
    return {"messages": turns}


def _pair(example: Example) -> dict[str, Any]:
    asked = [{"role": turn.role, "content": turn.content} for turn in example.prompt]
    return {
        "input": {"messages": asked},
        "preferred_output": [{"role": "assistant", "content": example.answer}],
        "non_preferred_output": [{"role": "assistant", "content": example.rejected or ""}],
    }
