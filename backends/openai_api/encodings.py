"""Encodings: which of OpenAI's token encodings a model name means, and what of that is a guess."""

from __future__ import annotations

from backends.openai_api.end_dates import base_of

O200K, CL100K = "o200k_base", "cl100k_base"
ENCODINGS = (
    (("gpt-4.1", "gpt-4o", "gpt-5", "gpt-6", "o1", "o3", "o4-mini", "gpt-oss-"), O200K),
    (("gpt-4", "gpt-3.5-turbo", "davinci-002", "babbage-002"), CL100K),
)
"""Beginning of a base model's name → its encoding; the first that fits."""
LIMITS = (
    (("gpt-4.1", "gpt-4o"), 65_536),
    (("gpt-3.5-turbo-0613", "gpt-4-0613"), 4_096),
    (("gpt-3.5-turbo",), 16_385),
)
"""Beginning of a base model's name → tokens of an example that are trained on."""


def encoding(model: str) -> tuple[str, bool]:
    """Returns the encoding of a model, and whether it is known to be that one."""
    base = base_of(model)
    for beginnings, name in ENCODINGS:
        if base.startswith(beginnings):
            return name, True
    return O200K, False


def limit(model: str) -> int | None:
    """Returns how many tokens of an example are trained on, None when that is not known."""
    base = base_of(model)
    return next((most for beginnings, most in LIMITS if base.startswith(beginnings)), None)
