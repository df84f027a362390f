"""Moderator: a place where texts are looked over for what must not be said."""

from __future__ import annotations

from typing import Any, Protocol


class Moderator(Protocol):
    """A server that speaks the OpenAI wire and moderates."""

    def moderate(self, name: str, model: str, texts: Any) -> dict[str, Any]:
        """Returns what the endpoint of that name says of texts, in the words of the wire.

        Raises:
            BackendUnavailable, NotFound, InvalidInput: what the server or the way to it said.
        """
