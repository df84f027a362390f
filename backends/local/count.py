"""Counting worker: `python -m backends.local.count MODEL`, texts as JSON in, their tokens out."""

from __future__ import annotations

import json
import os
import sys

from backends.local import process


def main(arguments: list[str]) -> int:
    """Reads a JSON list of texts from standard input and writes a JSON list of numbers."""
    process.die_with_parent()
    # Counting needs no torch, and loading it would take most of the time: transformers does
    # without a library that cannot be imported.
    sys.modules["torch"] = None  # type: ignore[assignment]  # Python's own way to forbid an import
    os.environ["TOKENIZERS_PARALLELISM"] = "true"  # Safe here: this worker never forks.
    from transformers import AutoTokenizer

    (model,) = arguments
    texts = json.loads(sys.stdin.buffer.read())
    tokenizer = AutoTokenizer.from_pretrained(model, local_files_only=True)
    ids = tokenizer(texts, add_special_tokens=False)["input_ids"] if texts else []
    sys.stdout.write(json.dumps([len(row) for row in ids]) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
