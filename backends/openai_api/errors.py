"""What a server or its connection said, in the studio's own errors and plain sentences."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager

import openai

from studio.domain.endpoints import Connection
from studio.domain.errors import BackendUnavailable, InvalidInput, NotFound, StudioError

TABLE: tuple[tuple[type[openai.OpenAIError], type[StudioError], str, str], ...] = (
    (
        openai.AuthenticationError,
        BackendUnavailable,
        "{place} refused the key",
        "Put the right key in under Settings, or into the environment variable.",
    ),
    (
        openai.PermissionDeniedError,
        BackendUnavailable,
        "{place} does not allow this",
        "Ask whoever runs the account for access to this model.",
    ),
    (
        openai.NotFoundError,
        NotFound,
        "{place} knows no such model or address",
        "Check the model's name and the address; `studio endpoints check` lists the models.",
    ),
    (
        openai.RateLimitError,
        BackendUnavailable,
        "{place} says it is asked too often",
        "Wait and start again: answers that came are kept.",
    ),
    (
        openai.APITimeoutError,
        BackendUnavailable,
        "{place} did not answer in time",
        "Start again: answers that came are kept.",
    ),
    (
        openai.APIConnectionError,
        BackendUnavailable,
        "{place} cannot be reached",
        "Check the address, and that the server runs.",
    ),
    (
        openai.InternalServerError,
        BackendUnavailable,
        "{place} has trouble of its own",
        "Start again later: answers that came are kept.",
    ),
    (
        openai.BadRequestError,
        InvalidInput,
        "{place} refused the request",
        "What it said is above; change the setup accordingly.",
    ),
    (
        openai.UnprocessableEntityError,
        InvalidInput,
        "{place} does not understand the request",
        "What it said is above; change the setup accordingly.",
    ),
    (
        openai.APIStatusError,
        BackendUnavailable,
        "{place} did not do what it was asked",
        "Check the address, `/v1` included; an address that redirects is not followed.",
    ),
    (
        openai.OpenAIError,
        BackendUnavailable,
        "{place} answered in a way nobody understands",
        "Check that the address is that of an OpenAI-compatible API, `/v1` included.",
    ),
)
"""Error of the client → ours, with sentence and hint; the first that fits."""
NO_CREDIT = frozenset({"insufficient_quota", "credit_balance_exhausted"})
"""Codes of a refusal that no waiting mends."""
LONGEST = 300
"""Characters shown of what a server said."""
MASKED = re.compile(r"([\w-]*)(?:\*{2,}|\.{3,}|…|•{2,}|x{4,})([\w-]*)")
"""How servers write a key that they show in part: beginning, mask, end."""
KEYLIKE = re.compile(r"\b(?:sk|gsk|key|Bearer)[-_ ][\w-]*(?:\*{2,}|\.{3,}|…|•{2,})[\w-]*")
"""A masked key, whoever's it is."""
SHOWN = 3
"""Characters of a key's end that already tell which key it is."""


@contextmanager
def translated(connection: Connection) -> Iterator[None]:
    """Turns the client's errors into the studio's; the key is struck out of whatever was said."""
    try:
        yield
    except openai.OpenAIError as error:
        raise told(error, connection) from error
    except (AttributeError, LookupError, TypeError, ValueError) as error:
        # The client builds its answers from anything; a page in place of JSON ends like this.
        raise told(openai.OpenAIError(str(error)), connection) from error


def told(error: openai.OpenAIError, connection: Connection) -> StudioError:
    """Returns the studio's error for one of the client's."""
    kind, sentence, hint = next(
        (kind, sentence, hint) for of, kind, sentence, hint in TABLE if isinstance(error, of)
    )
    if getattr(error, "code", None) in NO_CREDIT:
        kind, sentence = BackendUnavailable, "{place} has no credit left"
        hint = "Add credit to the account, then start again: answers that came are kept."
    said = struck(" ".join(str(error).split()), connection.key)
    detail = f": {said[:LONGEST]}" if said else ""
    return kind(sentence.format(place=f"The endpoint {connection.name}") + detail, hint=hint)


def struck(said: str, key: str) -> str:
    """Returns what was said without the key, whole or partly masked."""

    def masked(found: re.Match[str]) -> str:
        head, tail = found.groups()
        ours = (head and key.startswith(head)) or (len(tail) >= SHOWN and key.endswith(tail))
        return "[key]" if ours else found.group()

    if key:
        said = MASKED.sub(masked, said.replace(key, "[key]"))
    return KEYLIKE.sub("[key]", said)
