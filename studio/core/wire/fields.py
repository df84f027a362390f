"""Fields of a request: which are read, which may be ignored, which are refused, and why."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

import pydantic

from studio.domain.errors import InvalidInput

T = TypeVar("T", bound="Fields")

NO_TOOLS = "Models here answer with text: they call no tools."
NO_PENALTY = "Models here know no penalties; leave it out, or set it to 0."

HARMLESS = frozenset(
    {
        "user",
        "safety_identifier",
        "prompt_cache_key",
        "prompt_cache_retention",
        "prompt_cache_options",
        "service_tier",
        "prediction",
        "parallel_tool_calls",
    }
)
"""Fields that change how a request is carried out at OpenAI, and never what is answered."""

REFUSED: Mapping[str, str] = {
    "tools": NO_TOOLS,
    "tool_choice": NO_TOOLS,
    "functions": NO_TOOLS,
    "function_call": NO_TOOLS,
    "frequency_penalty": NO_PENALTY,
    "presence_penalty": NO_PENALTY,
    "logit_bias": "Models here cannot be pushed towards single tokens.",
    "audio": "Models here answer with text only.",
    "modalities": "Models here answer with text only.",
    "reasoning_effort": "Models here cannot be told how long to think.",
    "verbosity": "Models here cannot be told how much to say; say it in the conversation.",
    "web_search_options": "Models here do not search the web.",
    "moderation": "Nothing is moderated here.",
    "suffix": "Models here go on with a text; they fill no gap.",
    "echo": "The prompt is not said back; put it before the answer yourself.",
    "best_of": "Ask for `n` answers and choose among them.",
}
"""Field → why this studio cannot do what it asks for."""

WITHOUT_EFFECT: Mapping[str, tuple[Any, ...]] = {
    "tools": ([],),
    "tool_choice": ("none", "auto"),
    "functions": ([],),
    "function_call": ("none", "auto"),
    "frequency_penalty": (0,),
    "presence_penalty": (0,),
    "logit_bias": ({},),
    "modalities": (["text"],),
    "suffix": ("",),
    "echo": (False,),
    "best_of": (1,),
}
"""Field → values with which it asks for nothing, so that they are no reason to refuse."""


class Fields(pydantic.BaseModel):
    """What is read of a request; types are not guessed, and nothing unknown passes."""

    model_config = pydantic.ConfigDict(strict=True, extra="forbid", frozen=True)


def read(body: object, kind: type[T]) -> T:
    """Returns the fields of a request's body; null stands for a field that is not there.

    Raises:
        InvalidInput: naming the first field that is unknown, refused or of a wrong kind.
    """
    if not isinstance(body, dict):
        raise InvalidInput(
            "The body of the request must be a JSON object.", hint="Send it as application/json."
        )
    given = {}
    for name, value in body.items():
        if value is None or (name in HARMLESS and name not in kind.model_fields):
            continue
        if name in REFUSED and name not in kind.model_fields:
            _refuse(name, value)
            continue
        given[name] = value
    try:
        return kind.model_validate(given)
    except pydantic.ValidationError as error:
        raise refusal(error) from error


def refusal(error: pydantic.ValidationError) -> InvalidInput:
    """Returns what to say of the first field that is wrong, in the words of the wire."""
    first = error.errors()[0]
    name = ".".join(_place(first["loc"])) or "body"
    if first["type"] == "extra_forbidden":
        return InvalidInput(f"Unknown parameter: '{name}'.", param=name, code="unknown_parameter")
    if first["type"] == "missing":
        said, code = f"Missing required parameter: '{name}'.", "missing_required_parameter"
        return InvalidInput(said, param=name, code=code)
    said = first["msg"].removeprefix("Value error, ").rstrip(".")
    return InvalidInput(f"Invalid '{name}': {said}.", param=name, code="invalid_value")


def _place(loc: tuple[int | str, ...]) -> list[str]:
    # Behind the name of a field, pydantic names which of several kinds it tried: not for people.
    return [str(part) for part in loc if isinstance(part, int) or part.isidentifier()]


def _refuse(name: str, value: object) -> None:
    for idle in WITHOUT_EFFECT.get(name, ()):
        if value == idle and isinstance(value, bool) == isinstance(idle, bool):
            return
    raise InvalidInput(
        f"'{name}' is not supported. {REFUSED[name]}", param=name, code="unsupported_parameter"
    )
