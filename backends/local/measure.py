"""Measuring worker: `python -m backends.local.measure MODEL EXAMPLES OUT` counts tokens."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from transformers import AutoTokenizer

from backends.local import process
from backends.local.runs import replace
from backends.local.trainer.encoding import encode
from studio.domain.datasets import Example
from studio.domain.errors import StudioError


def main(arguments: list[str]) -> int:
    """Writes `{"lengths": [...], "answers": [...]}` or `{"error": ..., "hint": ...}` to OUT."""
    process.die_with_parent()
    model, examples, out = (Path(argument) for argument in arguments)
    try:
        tokenizer = AutoTokenizer.from_pretrained(model, local_files_only=True)
        with examples.open(encoding="utf-8") as stream:
            rows = encode(tokenizer, (Example.model_validate_json(line) for line in stream))
    except StudioError as error:
        replace(out, json.dumps({"error": error.message, "hint": error.hint}))
        return 1
    content = {"lengths": [len(row.ids) for row in rows], "answers": [row.n_answer for row in rows]}
    replace(out, json.dumps(content))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
