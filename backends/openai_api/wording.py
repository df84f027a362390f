"""Wording: a request for an answer in the words of the wire, and an answer in the studio's."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from typing import Any

from studio.domain.datasets import Message
from studio.domain.errors import InvalidInput
from studio.domain.evaluation import LONGEST_ANSWER, Decoding
from studio.domain.interfaces import Answer
from studio.domain.logprobs import Likely, TokenLogprob

QUIRKS = ("max_tokens", "stream_options")
"""Parameters that some servers refuse by name: the first goes under its newer name then, the
other is left out."""


def request(model: str, conversation: Sequence[Message], decoding: Decoding) -> dict[str, Any]:
    """Returns what is sent; what is the server's own default is not.

    Some models refuse to be told even that. A raw text is sent as one question: few servers go
    on with a text nowadays.
    """
    turns = conversation[-1:] if decoding.raw else conversation
    asked: dict[str, Any] = {
        "model": model,
        "messages": [{"role": turn.role, "content": turn.content} for turn in turns],
    }
    if decoding.max_new_tokens < LONGEST_ANSWER:
        asked["max_tokens"] = decoding.max_new_tokens
    if decoding.temperature != 1:
        asked["temperature"] = decoding.temperature
    if decoding.top_p != 1:
        asked["top_p"] = decoding.top_p
    if decoding.temperature > 0 and decoding.seed:
        asked["seed"] = decoding.seed
    if decoding.stop:
        asked["stop"] = list(decoding.stop)
    if decoding.response_format:
        asked["response_format"] = json.loads(decoding.response_format)
    if decoding.logprobs is not None:
        asked["logprobs"] = True
        if decoding.logprobs:
            asked["top_logprobs"] = decoding.logprobs
    return asked


def repeated(conversations: Sequence[Sequence[Message]], decoding: Decoding) -> list[Decoding]:
    """Returns the decoding of each: the same conversation again draws with the next seed.

    Without a seed the server draws differently by itself.
    """
    earlier: Counter[tuple[Message, ...]] = Counter()
    each = []
    for conversation in conversations:
        again = earlier[tuple(conversation)]
        earlier[tuple(conversation)] += 1
        seed = decoding.seed + again if decoding.seed else 0
        each.append(decoding if seed == decoding.seed else decoding.with_(seed=seed))
    return each


def quirk(said: str, model: str, asked: dict[str, Any], refused: set[str]) -> str | None:
    """Returns the parameter that a refusal is about, None when other words would not help."""
    if "temperature" in said and "temperature" in asked:
        raise InvalidInput(
            f"{model} does not let its temperature be chosen.",
            hint="Set the temperature to 1 under Advanced: its answers then vary.",
        )
    return next(
        (quirk for quirk in QUIRKS if quirk in said and quirk in asked and quirk not in refused),
        None,
    )


def worded(asked: dict[str, Any], refused: set[str]) -> dict[str, Any]:
    """Returns the request without what the server refuses by name."""
    words = {key: given for key, given in asked.items() if key not in refused}
    if "max_tokens" in refused and "max_tokens" in asked:
        words["max_completion_tokens"] = asked["max_tokens"]
    return words


def answer(
    text: str,
    finish: str | None,
    usage: Any,
    seconds: float,
    logprobs: tuple[TokenLogprob, ...] | None,
) -> Answer:
    """Returns what was answered; what the server did not tell stays unknown."""
    return Answer(
        text=text,
        prompt_tokens=getattr(usage, "prompt_tokens", None),
        output_tokens=getattr(usage, "completion_tokens", None),
        seconds=seconds,
        finish_reason="length" if finish == "length" else "stop",
        logprobs=logprobs,
    )


def logprobs(choice: Any) -> tuple[TokenLogprob, ...] | None:
    """Returns the tokens that a choice tells, None when it tells none."""
    content = getattr(getattr(choice, "logprobs", None), "content", None)
    if not content:
        return None
    return tuple(
        TokenLogprob(
            **_likely(token), top=tuple(Likely(**_likely(top)) for top in token.top_logprobs or ())
        )
        for token in content
    )


def _likely(token: Any) -> dict[str, Any]:
    return {"token": token.token, "logprob": token.logprob, "bytes": token.bytes}
