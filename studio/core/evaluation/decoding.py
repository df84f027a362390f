"""How answers are asked for: the default length, and when a kept answer may be used again."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence
from typing import Any

from studio.domain.datasets import Message
from studio.domain.evaluation import Decoding

SHORTEST, LONGEST = 16, 1024
"""Bounds of the default answer length in tokens."""
ALWAYS_TOLD = {"max_new_tokens", "temperature", "top_p", "seed"}
"""Settings that are part of every key, at their default too."""


def default_decoding(answers: Iterable[str]) -> Decoding:
    """Returns greedy decoding with room for the longest expected answer, and little more.

    Two ASCII characters, or one byte of any other script, count as a token: at least twice what
    tokenizers need. Eight tokens go on top, rounded up to a multiple of eight, 16 to 1,024. A
    model that rambles is then stopped early, which keeps labels fast; both models of a comparison
    get the same room because it depends on the dataset version alone.
    """
    tokens = max((_most_tokens(answer) for answer in answers), default=0) + 8
    return Decoding(max_new_tokens=min(LONGEST, max(SHORTEST, -(-tokens // 8) * 8)))


def effective(decoding: Decoding) -> Decoding:
    """Returns the decoding without settings that do nothing: greedy answers draw no chance."""
    if decoding.temperature > 0:
        return decoding
    plain = Decoding()
    return decoding.with_(temperature=plain.temperature, top_p=plain.top_p, seed=plain.seed)


def answer_key(model_identity: str, messages: Sequence[Message], decoding: Decoding) -> str:
    """Returns the SHA-256 under which an answer is kept: model files, conversation, decoding.

    The model's identity is the hashes of its manifests; they cover weights, tokenizer and chat
    template, so that a changed file asks for a new answer.
    """
    parts = {
        "model": model_identity,
        "messages": [[message.role, message.content] for message in messages],
        "decoding": _told(effective(decoding)),
    }
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()


def _told(decoding: Decoding) -> dict[str, Any]:
    """Returns the settings that count; one left at its default is not told unless it always was.

    Answers kept before a setting existed are found under the same key ever after.
    """
    return decoding.model_dump(include=ALWAYS_TOLD) | decoding.model_dump(exclude_defaults=True)


def _most_tokens(answer: str) -> int:
    plain = sum(character.isascii() for character in answer)
    return -(-plain // 2) + len(answer.encode(errors="surrogatepass")) - plain
