"""A text generator that answers by rule, at once, and can be held, broken and counted."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence

from studio.domain.datasets import Message
from studio.domain.errors import Conflict, WorkerFailed
from studio.domain.evaluation import Decoding
from studio.domain.interfaces import Answer
from studio.domain.logprobs import Likely, Piece, TokenLogprob
from studio.domain.models import ModelHandle

Rule = Callable[[ModelHandle, Sequence[Message]], str]


def echo(model: ModelHandle, conversation: Sequence[Message]) -> str:
    """Repeats the last question after the model's name."""
    return f"{model.name}: {conversation[-1].content}"


class FakeGenerator:
    """Answers with `rule`; a token is a word.

    `hold_after(n)` lets n more answers pass and then waits for `release()`; `break_after(n)` lets
    n more pass and then fails as a dead worker does. `asked` lists every conversation answered.
    """

    def __init__(self, rule: Rule = echo) -> None:
        self.rule = rule
        self.asked: list[tuple[str, tuple[Message, ...]]] = []
        self.decodings: list[Decoding] = []
        self.closed = False
        self.left = 0
        """How often somebody went away before the answer was whole."""
        self.held = threading.Event()
        self._released = threading.Event()
        self._until_held: int | None = None
        self._until_broken: int | None = None
        self.failure: Exception = WorkerFailed(
            "The generation worker ended unexpectedly.", hint="Try again."
        )

    def hold_after(self, answers: int) -> None:
        """Waits for `release()` once so many more answers were given."""
        self._until_held = answers
        self.held.clear()
        self._released.clear()

    def release(self) -> None:
        """Goes on."""
        self._until_held = None
        self._released.set()

    def break_after(self, answers: int | None) -> None:
        """Raises `failure` once so many more answers were given; None never does."""
        self._until_broken = answers

    def generate(
        self,
        model: ModelHandle,
        conversations: Sequence[Sequence[Message]],
        decoding: Decoding,
        *,
        on_answer: Callable[[int, Answer], None] | None = None,
        cancelled: Callable[[], bool] = lambda: False,
    ) -> list[Answer]:
        """Answers in reverse order, because a real worker sorts by length."""
        answers: dict[int, Answer] = {}
        for index in reversed(range(len(conversations))):
            self._wait(cancelled)
            if cancelled():
                self.left += 1
                raise Conflict("The generation was cancelled.")
            answers[index] = self._answer(model, conversations[index], decoding)
            if on_answer is not None:
                on_answer(index, answers[index])
        if cancelled():
            raise Conflict("The generation was cancelled.")
        return [answers[index] for index in range(len(conversations))]

    def stream(
        self, model: ModelHandle, conversation: Sequence[Message], decoding: Decoding
    ) -> Iterator[str | Answer]:
        """Yields the answer word by word."""
        answer = self._answer(model, conversation, decoding)
        try:
            if answer.logprobs is not None:
                for token in answer.logprobs:
                    yield Piece(token.token, (token,))
            else:
                yield from _words(answer.text)
            yield answer
        except GeneratorExit:
            self.left += 1
            raise

    def close(self) -> None:
        """Notes that it was closed."""
        self.closed = True

    def _wait(self, cancelled: Callable[[], bool]) -> None:
        if self._until_held is None:
            return
        if self._until_held > 0:
            self._until_held -= 1
            return
        self.held.set()
        while not self._released.wait(0.005):
            if cancelled():
                return

    def _answer(
        self, model: ModelHandle, conversation: Sequence[Message], decoding: Decoding
    ) -> Answer:
        if self._until_broken is not None:
            if self._until_broken == 0:
                raise self.failure
            self._until_broken -= 1
        self.asked.append((model.id, tuple(conversation)))
        self.decodings.append(decoding)
        text = self.rule(model, conversation)
        stops = [at for word in decoding.stop if (at := text.find(word)) >= 0]
        words = text[: min(stops, default=len(text))].split(" ")
        kept = words[: decoding.max_new_tokens]
        return Answer(
            text=" ".join(kept),
            prompt_tokens=sum(len(message.content.split()) for message in conversation),
            output_tokens=len(kept),
            seconds=0.01,
            finish_reason="stop" if len(kept) == len(words) else "length",
            logprobs=_likely(kept, decoding.logprobs),
        )


def _words(text: str) -> list[str]:
    """Returns the words, each with the space before it."""
    return [word if at == 0 else f" {word}" for at, word in enumerate(text.split(" "))]


def _likely(words: Sequence[str], top: int | None) -> tuple[TokenLogprob, ...] | None:
    if top is None:
        return None
    return tuple(
        TokenLogprob(
            token=word,
            logprob=-0.5,
            bytes=tuple(word.encode()),
            top=tuple(Likely(token=f"{word}{n}", logprob=-0.5 - n) for n in range(top)),
        )
        for word in _words(" ".join(words))
    )
