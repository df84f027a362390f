"""Tokens: which of OpenAI's encodings cuts a model's text, and how sure that is."""

from __future__ import annotations

import re
from typing import NamedTuple

EXACT: dict[str, str] = {
    "gpt-oss": "o200k_base",
    "gpt-5": "o200k_base",
    "gpt-4.5": "o200k_base",
    "gpt-4.1": "o200k_base",
    "gpt-4o": "o200k_base",
    "chatgpt-4o": "o200k_base",
    "o1": "o200k_base",
    "o3": "o200k_base",
    "o4": "o200k_base",
    "gpt-4": "cl100k_base",
    "gpt-3.5": "cl100k_base",
    "gpt-35": "cl100k_base",
    "davinci-002": "cl100k_base",
    "babbage-002": "cl100k_base",
    "text-embedding-3": "cl100k_base",
    "text-embedding-ada-002": "cl100k_base",
}
"""Beginning of a model's name → its encoding, longer beginnings before shorter ones."""
DEFAULT = "o200k_base"
"""What names nobody knows yet are counted with: OpenAI's newest."""
OPENAI = re.compile(r"(chat)?gpt|o\d|text-|davinci|babbage")


class Encoding(NamedTuple):
    """The encoding of a model."""

    name: str
    exact: bool
    note: str
    """What the count rests on, in words."""


def encoding_of(model: str) -> Encoding:
    """Returns the encoding for a model's name, fine-tuned ones by their base.

    `ft:gpt-4.1-mini:…` is cut like `gpt-4.1-mini`: tiktoken's own lookup takes it for gpt-4.
    """
    base = model.strip().lower()
    if base.startswith("endpoint:"):
        base = base.partition("/")[2]
    if base.startswith("ft:"):
        base = base.removeprefix("ft:").partition(":")[0]
    base = base.rsplit("/", 1)[-1]
    for beginning, name in EXACT.items():
        if base == beginning or base.startswith((f"{beginning}-", f"{beginning}.")):
            return Encoding(name, True, f"counted exactly with {name}, the encoding of {base}")
    if OPENAI.match(base):
        note = f"{base} is not known here; counted with {DEFAULT}, OpenAI's newest encoding"
    else:
        note = f"{base} has no tokenizer here; counted with {DEFAULT}, so the true count differs"
    return Encoding(DEFAULT, False, note)
