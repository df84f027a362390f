"""RoutedGenerator: models on this machine answer here, models at endpoints where they are."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from studio.domain.datasets import Message
from studio.domain.endpoints import PREFIX
from studio.domain.evaluation import Decoding
from studio.domain.interfaces import Answer, TextGenerator
from studio.domain.models import ModelHandle


class RoutedGenerator:
    """Implements `TextGenerator` by sending each request where its model is."""

    def __init__(self, here: TextGenerator, there: Callable[[], TextGenerator]) -> None:
        """`there` is made when an endpoint is asked for the first time: its client loads slowly."""
        self._here, self._make = here, there
        self._there: TextGenerator | None = None

    def generate(
        self,
        model: ModelHandle,
        conversations: Sequence[Sequence[Message]],
        decoding: Decoding,
        *,
        on_answer: Callable[[int, Answer], None] | None = None,
        cancelled: Callable[[], bool] = lambda: False,
    ) -> list[Answer]:
        """Answers every conversation, in order; see `TextGenerator`."""
        return self._for(model).generate(
            model, conversations, decoding, on_answer=on_answer, cancelled=cancelled
        )

    def stream(
        self, model: ModelHandle, conversation: Sequence[Message], decoding: Decoding
    ) -> Iterator[str | Answer]:
        """Yields pieces of text, then the whole Answer."""
        return self._for(model).stream(model, conversation, decoding)

    def close(self) -> None:
        """Ends the workers of both."""
        self._here.close()
        if self._there is not None:
            self._there.close()

    def _for(self, model: ModelHandle) -> TextGenerator:
        if not model.id.startswith(PREFIX):
            return self._here
        if self._there is None:
            self._there = self._make()
        return self._there
