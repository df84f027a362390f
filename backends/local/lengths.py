"""Lengths: tokens of every example under a model's tokenizer, counted in a worker and kept."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from backends.local import process
from backends.local.estimate import Sizes
from studio.domain.datasets import Example
from studio.domain.errors import InvalidDataset, WorkerFailed
from studio.domain.models import BaseModel

FORM = "2"
"""Changed whenever what is counted or kept changes, so that older files are left alone."""
TIMEOUT = 600
"""Seconds; a million short rows take a tenth of that."""


class Counted(NamedTuple):
    """Tokens of one example."""

    total: int
    answer: int


class Measured(NamedTuple):
    """What counting the tokens of some examples gave."""

    rows: list[Counted]
    """One for each example, in order."""
    prefix: int
    """Leading tokens that all their prompts share, a system prompt for example."""


class Lengths:
    """Counts tokens; asks the worker once for the same rows and the same model."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def count(self, model: BaseModel, examples: Sequence[Example]) -> Measured:
        """Returns the tokens of each example, in order.

        Raises:
            InvalidDataset: when the chat template refuses or alters a row.
            WorkerFailed: when the worker died.
        """
        if not examples:
            return Measured([], 0)
        self._folder.mkdir(parents=True, exist_ok=True)
        lines = [example.model_dump_json() for example in examples]
        text = "\n".join([FORM, model.manifest_sha256, *lines])
        key = hashlib.sha256(text.encode()).hexdigest()
        kept = self._folder / f"{key}.json"
        if not kept.exists():
            self._ask_worker(model, lines, kept)
        content = json.loads(kept.read_bytes())
        if "error" in content:
            raise InvalidDataset(content["error"], hint=content["hint"])
        pairs = zip(content["lengths"], content["answers"], strict=True)
        return Measured([Counted(*pair) for pair in pairs], content["prefix"])

    def _ask_worker(self, model: BaseModel, lines: list[str], kept: Path) -> None:
        with tempfile.TemporaryDirectory(dir=self._folder) as folder:
            rows = Path(folder) / "rows.jsonl"
            rows.write_text("\n".join(lines) + "\n", encoding="utf-8", newline="\n")
            command = [
                sys.executable,
                "-m",
                "backends.local.measure",
                model.path,
                str(rows),
                str(kept),
            ]
            try:
                done = subprocess.run(
                    command,
                    stdin=subprocess.DEVNULL,
                    capture_output=True,
                    text=True,
                    timeout=TIMEOUT,
                    env=process.environment(),
                    cwd=process.ROOT,
                    check=False,
                )
            except subprocess.TimeoutExpired as error:
                raise WorkerFailed(
                    f"Counting tokens took longer than {TIMEOUT} seconds.",
                    hint="Start the plan again when the machine is less busy.",
                ) from error
        if not kept.exists():
            last = (done.stderr.strip().splitlines() or ["no output"])[-1]
            raise WorkerFailed(
                f"Counting tokens failed with exit code {done.returncode}: {last}.",
                hint="Check the base model on the Models page.",
            )


def sizes(counted: Sequence[Counted], prefix: int, together: int = 1) -> Sizes:
    """Sums up what an estimate needs; so many rows each belong `together`."""
    tokens = sum(row.total for row in counted)
    return Sizes(
        train_tokens=tokens,
        longest=max((row.total for row in counted), default=1),
        prefix=prefix,
        answer_share=sum(row.answer for row in counted) / max(1, tokens),
        together=together,
    )
