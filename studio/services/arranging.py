"""Arranging: what a revision puts around the conversations that its model is asked."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from studio.domain.datasets import Message
from studio.domain.deployments import Revision
from studio.domain.ladder import RungSetup
from studio.domain.models import ModelHandle


class Models(Protocol):
    """The part of the model service that is needed here."""

    def resolve(self, model_id: str) -> ModelHandle:
        """Returns what answers as that model, or raises NotFound."""


class Prompts(Protocol):
    """The part of the ladder's prompt maker that is needed here."""

    def around(
        self,
        setup: RungSetup,
        conversations: Sequence[Sequence[Message]],
        shots_from: str | None,
    ) -> list[tuple[Message, ...]]:
        """Returns the conversations with the setup put around them."""


class Arranger:
    """Puts setups around conversations, as the ladder measured them."""

    def __init__(self, models: Models, prompts: Prompts) -> None:
        self._models, self._prompts = models, prompts

    def arrange(
        self, revision: Revision, conversations: Sequence[Sequence[Message]]
    ) -> list[tuple[Message, ...]]:
        """Returns the conversations as the revision's model is asked them.

        Raises:
            InvalidInput: when what the setup needs, such as documents, is gone.
        """
        if revision.setup is None:
            return [tuple(conversation) for conversation in conversations]
        return self._prompts.around(revision.setup, conversations, revision.suite_version_id)

    def handle(self, revision: Revision) -> ModelHandle:
        """Returns its model; NotFound when it is gone."""
        return self._models.resolve(revision.model_id)
