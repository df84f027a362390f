"""EndpointModerator: texts looked over by a model behind a server that speaks the OpenAI wire."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from backends.openai_api.client import client_for
from backends.openai_api.errors import translated
from studio.domain.endpoints import Connection


class EndpointModerator:
    """Implements `studio.domain.moderation.Moderator`."""

    def __init__(self, connection: Callable[[str], Connection]) -> None:
        """`connection` finds address and key of the endpoint of that name, for each call anew."""
        self._connection = connection

    def moderate(self, name: str, model: str, texts: Any) -> dict[str, Any]:
        """Returns what the server says; see `Moderator`."""
        connection = self._connection(name)
        with client_for(connection) as client, translated(connection):
            # As it was said: what the client does not know of an answer it would leave out.
            said = client.moderations.with_raw_response.create(model=model, input=texts)
            answer = json.loads(said.text)
            if not isinstance(answer, dict):
                raise TypeError(f"an answer of the kind {type(answer).__name__}")
            return answer
