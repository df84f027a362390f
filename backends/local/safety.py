"""What a model folder may contain: safetensors, JSON, tokenizer files; nothing that runs."""

from __future__ import annotations

import json
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from studio.domain.errors import ModelRefused


@dataclass(frozen=True, kw_only=True)
class FileRule:
    """One kind of file, whether it is taken, and why."""

    patterns: tuple[str, ...]
    """Matched against the lower-case file name, first rule first."""
    taken: bool
    because: str


RULES = (
    FileRule(
        patterns=("*.py", "*.pyc", "*.so", "*.dll", "*.dylib", "*.sh", "*.ipynb"),
        taken=False,
        because="program code would run with your rights when the model is loaded",
    ),
    FileRule(
        patterns=("*.bin", "*.pt", "*.pth", "*.pkl", "*.pickle", "*.ckpt", "*.joblib", "*.npy"),
        taken=False,
        because="pickled weights can run any program when they are read",
    ),
    FileRule(
        patterns=("*.h5", "*.keras", "*.msgpack", "*.onnx", "*.gguf", "*.tflite"),
        taken=False,
        because="weights are read from safetensors only",
    ),
    FileRule(patterns=("*.safetensors",), taken=True, because="weights as plain numbers"),
    FileRule(patterns=("*.json",), taken=True, because="configuration and vocabulary"),
    FileRule(
        patterns=("*.jinja", "merges.txt", "vocab.txt", "*.model", "*.tiktoken"),
        taken=True,
        because="tokenizer and chat template",
    ),
    FileRule(patterns=("license*", "notice*", "readme.md"), taken=True, because="terms of use"),
)
"""A file that no rule names is left behind without a word, for example pictures."""

VOCABULARIES = ("tokenizer.json", "vocab.json", "added_tokens.json")
"""Any word may be a key in these, so only their top level is searched for code references."""

CODE_KEYS = ("auto_map", "trust_remote_code")


def rule_for(name: str) -> FileRule | None:
    """Returns the rule that decides about a file name, or None when no rule names it."""
    lower = PurePosixPath(name.lower())
    return next((r for r in RULES if any(lower.match(pattern) for pattern in r.patterns)), None)


def taken(name: str) -> bool:
    """Says whether a file of a model is brought in; those in subfolders never are."""
    rule = rule_for(name)
    return rule is not None and rule.taken and "/" not in name


def check_folder(folder: Path) -> None:
    """Refuses a folder that holds anything that could run, or weights that are not whole.

    Raises:
        ModelRefused: naming the file and the reason.
    """
    for path in sorted(folder.rglob("*")):
        if path.is_symlink():
            raise refused(path.name, "links are not followed")
        rule = rule_for(path.name)
        if path.is_file() and rule is not None and not rule.taken:
            raise refused(path.name, rule.because)
    for path in sorted(folder.glob("*.json")):
        _check_json(path)
    for path in sorted(folder.glob("*.safetensors")):
        tensors(path)


def tensors(path: Path) -> dict[str, tuple[str, tuple[int, ...]]]:
    """Returns name → (dtype, shape) from a safetensors header after checking the file is whole.

    Raises:
        ModelRefused: when the header is damaged or the file is shorter than it says.
    """
    try:
        with path.open("rb") as stream:
            (length,) = struct.unpack("<Q", stream.read(8))
            if length > 100_000_000:
                raise ValueError("header too long")
            header = json.loads(stream.read(length))
        header.pop("__metadata__", None)
        end = max((entry["data_offsets"][1] for entry in header.values()), default=0)
        if path.stat().st_size != 8 + length + end:
            raise ValueError("length differs from the header")
        return {name: (e["dtype"], tuple(e["shape"])) for name, e in header.items()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError, struct.error) as error:
        raise refused(path.name, "it is not a whole safetensors file") from error


def refused(name: str, why: str) -> ModelRefused:
    """Returns the error for one file of a model."""
    return ModelRefused(
        f"{name} cannot be accepted: {why}.",
        hint="Choose a model published as safetensors without code of its own.",
    )


def _check_json(path: Path) -> None:
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise refused(path.name, "it is not valid JSON") from error
    deep = path.name not in VOCABULARIES and not path.name.endswith(".index.json")
    for key in _keys(content, deep=deep):
        if key in CODE_KEYS:
            raise refused(
                path.name, f"its entry {key!r} asks to run code that comes with the model"
            )


def _keys(content: Any, *, deep: bool) -> Iterator[str]:
    waiting = [content]
    while waiting:
        value = waiting.pop()
        if isinstance(value, dict):
            yield from value
            waiting.extend(value.values() if deep else ())
        elif isinstance(value, list) and deep:
            waiting.extend(value)
