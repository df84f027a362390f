"""The rows of banking77 as examples: customer questions, each with one of 77 topics as answer."""

from __future__ import annotations

import csv
import hashlib
import random
from pathlib import Path

from studio.domain.datasets import Example, Message, Split

SEED = 0
PROMPT, ANSWER = "text", "category"
"""Columns of the published files."""


def read(path: Path) -> list[tuple[str, str]]:
    """Returns (question, topic) of every record, in the file's order."""
    with path.open(encoding="utf-8", newline="") as stream:
        return [(row[PROMPT], row[ANSWER]) for row in csv.DictReader(stream)]


def drawn(path: Path, train: int, validation: int) -> tuple[list[Example], list[Example]]:
    """Returns so many examples for training and validation, no record twice, always the same."""
    records = list(enumerate(read(path), 2))
    random.Random(SEED).shuffle(records)
    if train + validation > len(records):
        raise SystemExit(f"{path} has {len(records)} rows; {train + validation} are asked for.")
    examples = [_example(line, *record) for line, record in records[: train + validation]]
    return (
        examples[:train],
        [one.with_(split=Split.VALIDATION) for one in examples[train:]],
    )


def sample(path: Path, count: int) -> tuple[tuple[str, str], ...]:
    """Returns so many (question, topic) rows of a file, or all it has, always the same."""
    records = read(path)
    return tuple(random.Random(SEED).sample(records, min(count, len(records))))


def _example(line: int, question: str, topic: str) -> Example:
    return Example(
        id=f"row-{line}",
        line=line,
        messages=(
            Message(role="user", content=question),
            Message(role="assistant", content=topic),
        ),
        prompt_hash=hashlib.sha256(question.encode()).hexdigest(),
        split=Split.TRAIN,
    )
