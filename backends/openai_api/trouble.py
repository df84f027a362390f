"""Trouble: what went wrong with one request to a training server, sorted by what it means."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Literal

import httpx2
import openai

from backends.openai_api.errors import NO_CREDIT, told
from studio.domain.endpoints import Connection
from studio.domain.errors import StudioError

Kind = Literal["key", "credit", "limited", "absent", "refused", "unclear"]
KINDS: dict[int, Kind] = {
    401: "key",
    402: "credit",
    404: "absent",
    405: "absent",
    501: "absent",
    408: "unclear",
    409: "unclear",
    425: "unclear",
    429: "limited",
}
"""Status → meaning; any other 4xx is a refusal, everything else leaves it unclear."""
LONGEST_WAIT = 600.0
"""Seconds; a server that asks for more is asked again anyway."""


class Trouble(Exception):
    """A request that did not bring what was wanted.

    `key`: the key is refused. `credit`: no credit left. `limited`: too often, nothing was done.
    `absent`: the server has no such thing. `refused`: it will not do this. `unclear`: nobody
    knows whether it was done (time-outs, dropped connections, 5xx, torn answers).
    """

    def __init__(
        self,
        kind: Kind,
        error: StudioError,
        *,
        status: int | None = None,
        code: str | None = None,
        wait: float | None = None,
    ) -> None:
        """`wait` is what the server asked for, in seconds."""
        super().__init__(str(error))
        self.kind, self.error, self.status, self.code, self.wait = kind, error, status, code, wait

    @property
    def sentence(self) -> str:
        """What happened, without advice: that depends on what it happened to."""
        return self.error.message.rstrip(".") + "."


@contextmanager
def asking(connection: Connection) -> Iterator[None]:
    """Turns whatever the client raises into Trouble with a sentence of ours."""
    try:
        yield
    except openai.OpenAIError as error:
        raise _sorted(error, connection) from error
    except (AttributeError, LookupError, TypeError, ValueError) as error:
        # A page or half an answer in place of JSON: the client builds its objects from anything.
        whole = openai.OpenAIError(f"{type(error).__name__}: {error}")
        raise Trouble("unclear", told(whole, connection)) from error


def _sorted(error: openai.OpenAIError, connection: Connection) -> Trouble:
    sentence = told(error, connection)
    if not isinstance(error, openai.APIStatusError):
        return Trouble("unclear", sentence)
    status, code = error.status_code, error.code
    kind: Kind = KINDS.get(status, "refused" if 400 <= status < 500 else "unclear")
    if code in NO_CREDIT:
        kind = "credit"
    return Trouble(
        kind, sentence, status=status, code=code, wait=wait_asked_for(error.response.headers)
    )


def wait_asked_for(headers: httpx2.Headers) -> float | None:
    """Returns the seconds a server asks to wait, None when it does not say."""
    for name, unit in (("retry-after-ms", 0.001), ("retry-after", 1.0)):
        given = headers.get(name, "")
        try:
            return min(LONGEST_WAIT, max(0.0, float(given) * unit))
        except ValueError:
            continue
    try:
        at = parsedate_to_datetime(headers.get("retry-after", ""))
    except ValueError:
        return None
    at = at if at.tzinfo is not None else at.replace(tzinfo=UTC)
    return min(LONGEST_WAIT, max(0.0, (at - datetime.now(UTC)).total_seconds()))
