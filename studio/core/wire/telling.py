"""Telling: answers and vectors in the words of the OpenAI wire, whole or in pieces."""

from __future__ import annotations

import array
import base64
import sys
from collections.abc import Sequence
from typing import Any, Literal

from studio.domain.logprobs import Likely, TokenLogprob
from studio.domain.values import Value

Json = dict[str, Any]


class Head(Value):
    """What every object about the same request begins with."""

    id: str
    created: int
    """Seconds since 1970."""
    model: str
    fingerprint: str = ""
    """Tells the files of a model on this machine; empty where they are not known."""
    kind: Literal["chat", "text"] = "chat"


class Choice(Value):
    """One answer among those to a request."""

    index: int
    id: str | None = None
    """What feedback on it is sent to; told where it is not the id of the whole."""
    text: str
    finish_reason: str | None = None
    logprobs: tuple[TokenLogprob, ...] | None = None
    offset: int = 0
    """Characters of the answer told before this piece."""


def whole(head: Head, choices: Sequence[Choice], usage: Json | None, metadata: Json) -> Json:
    """Returns the answer to a request that is not streamed."""
    if head.kind == "text":
        told = _begun(head, "text_completion") | {"choices": [_text(each) for each in choices]}
    else:
        told = _begun(head, "chat.completion") | {
            "choices": [
                _choice(each, logprobs=_logprobs(each.logprobs))
                | {
                    "message": {
                        "role": "assistant",
                        "content": each.text,
                        "refusal": None,
                        "annotations": [],
                    }
                }
                for each in choices
            ]
        }
    if metadata:
        told["metadata"] = metadata
    return told if usage is None else told | {"usage": usage}


def chunk(
    head: Head, choice: Choice | None, *, first: bool = False, usage: Json | None | bool = False
) -> Json:
    """Returns one piece of a streamed answer; `first` names the role, no choice ends the stream.

    `usage` is False where nobody asked for it, and None until it is known; texts leave it out then.
    """
    told = _begun(head, "text_completion" if head.kind == "text" else "chat.completion.chunk")
    if choice is None:
        told["choices"] = []
    elif head.kind == "text":
        told["choices"] = [_text(choice)]
    else:
        delta: Json = {"role": "assistant", "content": ""} if first else {}
        if choice.text or (choice.logprobs and not first):
            delta["content"] = choice.text
        logprobs = _logprobs(choice.logprobs) if choice.logprobs else None
        told["choices"] = [_choice(choice, logprobs=logprobs) | {"delta": delta}]
    if usage is False or (usage is None and head.kind == "text"):
        return told
    return told | {"usage": usage}


def usage(prompts: Sequence[int | None], answers: Sequence[int | None]) -> Json | None:
    """Returns the tokens of a request; None when one of them is not known."""
    if None in prompts or None in answers:
        return None
    read = sum(count or 0 for count in prompts)
    written = sum(count or 0 for count in answers)
    return {
        "prompt_tokens": read,
        "completion_tokens": written,
        "total_tokens": read + written,
    }


def vectors(model: str, found: Sequence[Sequence[float]], tokens: int, *, packed: bool) -> Json:
    """Returns vectors as numbers, or packed as little-endian float32 in base64."""
    return {
        "object": "list",
        "data": [
            {
                "object": "embedding",
                "index": index,
                "embedding": _packed(vector) if packed else list(vector),
            }
            for index, vector in enumerate(found)
        ],
        "model": model,
        "usage": {"prompt_tokens": tokens, "total_tokens": tokens},
    }


def _begun(head: Head, object: str) -> Json:
    told: Json = {
        "id": head.id,
        "object": object,
        "created": head.created,
        "model": head.model,
    }
    return told | {"system_fingerprint": head.fingerprint} if head.fingerprint else told


def _choice(choice: Choice, *, logprobs: Json | None) -> Json:
    told: Json = {
        "index": choice.index,
        "finish_reason": choice.finish_reason,
        "logprobs": logprobs,
    }
    return told if choice.id is None else told | {"answer_id": choice.id}


def _text(choice: Choice) -> Json:
    told = _choice(choice, logprobs=None) | {"text": choice.text}
    if choice.logprobs is None:
        return told
    offsets, at = [], choice.offset
    for token in choice.logprobs:
        offsets.append(at)
        at += len(token.token)
    return told | {
        "logprobs": {
            "tokens": [token.token for token in choice.logprobs],
            "token_logprobs": [token.logprob for token in choice.logprobs],
            "top_logprobs": [
                {top.token: top.logprob for top in token.top} for token in choice.logprobs
            ],
            "text_offset": offsets,
        }
    }


def _logprobs(tokens: Sequence[TokenLogprob] | None) -> Json | None:
    if tokens is None:
        return None
    told = [
        _likely(token) | {"top_logprobs": [_likely(top) for top in token.top]} for token in tokens
    ]
    return {"content": told, "refusal": None}


def _likely(token: Likely) -> Json:
    written = None if token.bytes is None else list(token.bytes)
    return {"token": token.token, "logprob": token.logprob, "bytes": written}


def _packed(vector: Sequence[float]) -> str:
    numbers = array.array("f", vector)
    if sys.byteorder == "big":
        numbers.byteswap()
    return base64.b64encode(numbers.tobytes()).decode("ascii")
