"""Size tables: the shapes of known models and the GPUs, as shipped with the studio."""

from __future__ import annotations

import hashlib
import json
from functools import cached_property
from pathlib import Path

from pydantic import TypeAdapter

from studio.core.costing.shapes import Shapes
from studio.domain.datasets import Example, Message, Split
from studio.domain.sizing import Architecture, Gpu


class SizeTables:
    """Reads the tables when they are first needed."""

    def __init__(self, assets: Path) -> None:
        self._assets = assets

    @cached_property
    def shapes(self) -> Shapes:
        """The shapes of common open models."""
        text = (self._assets / "architectures.json").read_bytes()
        return Shapes(TypeAdapter(list[Architecture]).validate_json(text))

    @cached_property
    def gpus(self) -> list[Gpu]:
        """GPUs by their data sheets."""
        return TypeAdapter(list[Gpu]).validate_json((self._assets / "gpus.json").read_bytes())


def sample_examples(folder: Path, most: int = 256) -> list[Example]:
    """Returns the first rows of the sample project, for work that needs any real rows."""
    found = []
    lines = (folder / "examples.jsonl").read_text(encoding="utf-8").splitlines()
    for line, text in enumerate(lines[:most], 1):
        messages = tuple(Message.model_validate(one) for one in json.loads(text)["messages"])
        digest = hashlib.sha256(messages[0].content.encode()).hexdigest()
        found.append(
            Example(
                id=f"sample_{line}",
                line=line,
                messages=messages,
                prompt_hash=digest,
                split=Split.TRAIN,
            )
        )
    return found
