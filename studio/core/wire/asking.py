"""Asking: requests for answers and vectors as clients of the OpenAI wire send them, understood."""

from __future__ import annotations

import json
from typing import Annotated, Any, Literal

from pydantic import Field

from studio.core.wire.fields import Fields, read
from studio.domain.datasets import Message
from studio.domain.errors import InvalidInput
from studio.domain.evaluation import LONGEST_ANSWER, Decoding
from studio.domain.values import Value

MOST_CHOICES = 8
"""Answers to one prompt in one request."""
MOST_PROMPTS = 128
"""Prompts of one request to /completions."""
MOST_INPUTS = 2_048
"""Texts of one request to /embeddings."""
SHORT_ANSWER = 16
"""Tokens of an answer of /completions when nothing is said; OpenAI's own default."""
SMALLEST_TOP_P = 1e-6
"""What a top_p of 0 means: only the likeliest token."""
SESSION = ("user", "safety_identifier", "prompt_cache_key")
"""Fields that say which requests belong together, the first that is there."""
IGNORED_IN_TURNS = frozenset({"name", "refusal", "annotations"})
"""Fields of a turn that the model is not told; clients send them back with an answer of ours."""

Pairs = Annotated[
    dict[
        Annotated[str, Field(max_length=64)],
        Annotated[str, Field(max_length=512)],
    ],
    Field(max_length=16),
]
Stop = Annotated[str, Field(min_length=1, max_length=1_000)]


class Asked(Value):
    """A request for answers."""

    kind: Literal["chat", "text"]
    model: str
    """As the client names it."""
    prompts: tuple[tuple[Message, ...], ...]
    decoding: Decoding
    seeded: bool
    """True when the client chose the seed."""
    n: int
    """Answers wanted to each prompt."""
    stream: bool = False
    include_usage: bool = False
    metadata: dict[str, str] = {}
    session: str = ""
    """Whom or what the client says it belongs to; empty when it does not say."""


class Texts(Value):
    """A request for vectors."""

    model: str
    inputs: tuple[str, ...]
    base64: bool
    dimensions: int | None


class _StreamOptions(Fields):
    include_usage: bool = False
    include_obfuscation: bool = False


class _Sampling(Fields):
    model: Annotated[str, Field(min_length=1, max_length=500)]
    temperature: Annotated[float, Field(ge=0, le=2)] = 1.0
    top_p: Annotated[float, Field(ge=0, le=1)] = 1.0
    n: Annotated[int, Field(ge=1, le=MOST_CHOICES)] = 1
    stop: Stop | Annotated[list[Stop], Field(max_length=4)] = []
    seed: Annotated[int, Field(ge=-(2**63), lt=2**63)] | None = None
    max_tokens: Annotated[int, Field(ge=1)] | None = None
    stream: bool = False
    stream_options: _StreamOptions | None = None


class _Chat(_Sampling):
    messages: Annotated[list[dict[str, Any]], Field(min_length=1)]
    max_completion_tokens: Annotated[int, Field(ge=1)] | None = None
    logprobs: bool = False
    top_logprobs: Annotated[int, Field(ge=0, le=20)] | None = None
    response_format: dict[str, Any] | None = None
    metadata: Pairs = {}
    store: bool = False


class _Completion(_Sampling):
    prompt: str | list[Any]
    logprobs: Annotated[int, Field(ge=0, le=5)] | None = None


class _Embedding(Fields):
    model: Annotated[str, Field(min_length=1, max_length=500)]
    input: str | list[Any]
    encoding_format: Literal["float", "base64"] = "float"
    dimensions: Annotated[int, Field(ge=1)] | None = None


def chat(body: object) -> Asked:
    """Returns what a body of /chat/completions asks for.

    Raises:
        InvalidInput: naming what is wrong with it, or what nobody here can do.
    """
    given = read(body, _Chat)
    if given.top_logprobs is not None and not given.logprobs:
        raise _wrong("top_logprobs", "it needs 'logprobs' to be true")
    decoding = _decoding(given, given.max_completion_tokens or given.max_tokens or LONGEST_ANSWER)
    return Asked(
        kind="chat",
        model=given.model,
        prompts=(tuple(_turn(at, turn) for at, turn in enumerate(given.messages)),),
        decoding=decoding.with_(
            logprobs=(given.top_logprobs or 0) if given.logprobs else None,
            response_format=_format(given.response_format),
        ),
        metadata=given.metadata,
        session=_session(body),
        **_rest(given),
    )


def completion(body: object) -> Asked:
    """Returns what a body of /completions asks for; raises as `chat` does."""
    if isinstance(body, dict) and body.get("best_of") == body.get("n"):
        # The best of as many as are wanted are all of them.
        body = {name: value for name, value in body.items() if name != "best_of"}
    given = read(body, _Completion)
    prompts = _texts("prompt", given.prompt, MOST_PROMPTS)
    decoding = _decoding(given, given.max_tokens or SHORT_ANSWER)
    return Asked(
        kind="text",
        model=given.model,
        prompts=tuple((Message(role="user", content=prompt),) for prompt in prompts),
        decoding=decoding.with_(logprobs=given.logprobs, raw=True),
        session=_session(body),
        **_rest(given),
    )


def embedding(body: object) -> Texts:
    """Returns what a body of /embeddings asks for; raises as `chat` does."""
    given = read(body, _Embedding)
    return Texts(
        model=given.model,
        inputs=_texts("input", given.input, MOST_INPUTS),
        base64=given.encoding_format == "base64",
        dimensions=given.dimensions,
    )


def _decoding(given: _Sampling, longest: int) -> Decoding:
    return Decoding(
        max_new_tokens=min(longest, LONGEST_ANSWER),
        temperature=given.temperature,
        top_p=given.top_p or SMALLEST_TOP_P,
        seed=given.seed or 0,
        stop=(given.stop,) if isinstance(given.stop, str) else tuple(given.stop),
    )


def _rest(given: _Sampling) -> dict[str, Any]:
    if given.stream_options is not None and not given.stream:
        raise _wrong("stream_options", "it needs 'stream' to be true")
    return {
        "seeded": given.seed is not None,
        "n": given.n,
        "stream": given.stream,
        "include_usage": given.stream_options is not None and given.stream_options.include_usage,
    }


def _session(body: object) -> str:
    """Returns the first of the fields that name a user or a conversation."""
    given = body if isinstance(body, dict) else {}
    said = (given.get(name) for name in SESSION)
    return next((value.strip() for value in said if isinstance(value, str) and value.strip()), "")


ROLES: dict[str, Literal["system", "user", "assistant"]] = {
    "system": "system",
    "developer": "system",
    "user": "user",
    "assistant": "assistant",
}
"""Role on the wire → ours."""


def _turn(at: int, turn: dict[str, Any]) -> Message:
    place = f"messages.{at}"
    role = turn.get("role")
    if not isinstance(role, str) or role not in ROLES:
        known = ", ".join(ROLES)
        raise _wrong(f"{place}.role", f"{str(role)[:40]!r} is not one of {known}")
    for name, value in turn.items():
        if name in ("role", "content") or name in IGNORED_IN_TURNS or value in (None, [], ""):
            continue
        what = "models here call no tools" if "call" in name else "models here are not told this"
        raise _wrong(f"{place}.{name}", what, "unsupported_parameter")
    return Message(role=ROLES[role], content=_content(f"{place}.content", turn.get("content")))


def _content(place: str, content: object) -> str:
    if isinstance(content, str):
        return content
    if not isinstance(content, list) or not content:
        raise _wrong(place, "it must be a text, or a list of parts of type 'text'")
    texts = []
    for at, part in enumerate(content):
        if not isinstance(part, dict) or part.get("type") not in ("text", "refusal"):
            kind = part.get("type") if isinstance(part, dict) else type(part).__name__
            said = f"models here read text only, not {str(kind)[:40]!r}"
            raise _wrong(f"{place}.{at}.type", said, "unsupported_value")
        text = part.get(part["type"])
        if not isinstance(text, str):
            raise _wrong(f"{place}.{at}.text", "it must be a text")
        texts.append(text)
    return "".join(texts)


def _texts(name: str, given: str | list[Any], most: int) -> tuple[str, ...]:
    texts = [given] if isinstance(given, str) else given
    if not 1 <= len(texts) <= most:
        raise _wrong(name, f"it must hold 1 to {most:,} texts, not {len(texts):,}")
    for at, text in enumerate(texts):
        if not isinstance(text, str):
            raise _wrong(name, "models here take texts, not tokens", "unsupported_value")
        if not text:
            raise _wrong(name if given == text else f"{name}.{at}", "it must not be empty")
    return tuple(texts)


def _format(given: dict[str, Any] | None) -> str:
    """Returns the wanted format as JSON; empty for free text."""
    kind = None if given is None else given.get("type")
    if given is None or kind == "text":
        return ""
    if kind not in ("json_object", "json_schema"):
        raise _wrong("response_format.type", f"{str(kind)[:40]!r} is no format")
    return json.dumps(given, sort_keys=True)


def _wrong(name: str, what: str, code: str = "invalid_value") -> InvalidInput:
    return InvalidInput(f"Invalid '{name}': {what}.", param=name, code=code)
