"""Measuring worker: `python -m backends.local.measure MODEL EXAMPLES OUT` counts tokens."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

from backends.durable import replace
from backends.local import process
from backends.local.trainer.batches import shared_prefix
from backends.local.trainer.encoding import encode
from studio.domain.datasets import Example
from studio.domain.errors import StudioError


def main(arguments: list[str]) -> int:
    """Writes `{"lengths": [...], "answers": [...], "prefix": n}` to OUT, or `{"error", "hint"}`."""
    process.die_with_parent()
    # Counting needs no torch, and loading it would take most of the time: transformers does
    # without a library that cannot be imported.
    sys.modules["torch"] = None  # type: ignore[assignment]  # Python's own way to forbid an import
    os.environ["TOKENIZERS_PARALLELISM"] = "true"  # Safe here: this worker never forks.
    from transformers import AutoTokenizer

    model, examples, out = (Path(argument) for argument in arguments)
    try:
        tokenizer = AutoTokenizer.from_pretrained(model, local_files_only=True)
        with examples.open(encoding="utf-8") as stream:
            rows = encode(tokenizer, (Example.model_validate_json(line) for line in stream))
    except StudioError as error:
        replace(out, json.dumps({"error": error.message, "hint": error.hint}))
        return 1
    content = {
        "lengths": [len(row.ids) for row in rows],
        "answers": [row.n_answer for row in rows],
        "prefix": shared_prefix(rows),
    }
    replace(out, json.dumps(content))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
