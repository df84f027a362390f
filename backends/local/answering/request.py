"""One request answered step by step, so that a chat need not wait for an evaluation to end."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence

import torch

from backends.local.answering import text
from backends.local.answering.batch import Row, answer
from backends.local.answering.batches import Limits, batches, shared_prefix
from backends.local.answering.loaded import Loaded
from backends.local.answering.plain import Prefix
from backends.local.answering.telling import Telling
from backends.local.wire import Ask, News
from studio.domain.errors import InvalidInput, WorkerFailed
from studio.domain.interfaces import Answer

Say = Callable[[News], None]


def serve(ask: Ask, loaded: Loaded, say: Say) -> Iterator[None]:
    """Answers every conversation of the request; yields after each forward pass.

    Raises:
        InvalidInput: when a conversation cannot be rendered or is too long.
        WorkerFailed: when even a single conversation needs more memory than there is.
    """
    say(News(phase="rendering"))
    decoding = ask.decoding
    if decoding.response_format:
        raise InvalidInput(
            "Models on this machine write free text: they cannot be held to a format.",
            hint="Say in the conversation what the answer must look like, and check it.",
        )
    prompts = text.encode_prompts(
        loaded.tokenizer, ask.conversations, loaded.context_length, raw=decoding.raw
    )
    say(News(phase="answering"))
    earlier: Counter[tuple[int, ...]] = Counter()
    rows = []
    for index, prompt in enumerate(prompts):
        budget = min(decoding.max_new_tokens, loaded.context_length - len(prompt))
        rows.append(Row(index, prompt, budget, repeat=earlier[tuple(prompt)]))
        earlier[tuple(prompt)] += 1
    loaded.use(ask.model)
    run: _Request | None = None
    limits = loaded.limits()
    while waiting := [row for row in rows if not row.done]:
        try:
            run = run or _Request(ask, loaded, say, rows)
            yield from run.answer(waiting, limits)
        except (torch.OutOfMemoryError, MemoryError, RuntimeError) as error:
            if not is_out_of_memory(error):
                raise
            if limits.rows == 1:
                raise no_memory() from error
            limits = _smaller(limits, waiting)


class _Request:
    def __init__(self, ask: Ask, loaded: Loaded, say: Say, rows: Sequence[Row]) -> None:
        self._ask, self._loaded, self._say = ask, loaded, say
        self._texts = {row.index: Telling(loaded.tokenizer, ask.decoding.stop) for row in rows}
        for row in rows:
            row.ends = self._texts[row.index].ends
        shared = shared_prefix([row.prompt for row in rows]) if loaded.plain else 0
        # An exact multiple of eight keeps the rounding of what follows as it is without sharing.
        shared -= shared % 8
        self._prefix: Prefix | None = None
        if loaded.plain:
            self._prefix = Prefix(loaded.model.get_decoder(), rows[0].prompt[:shared])

    def answer(self, rows: Sequence[Row], limits: Limits) -> Iterator[None]:
        shared = self._prefix.length if self._prefix else 0
        lengths = [len(row.prompt) for row in rows]
        for group in batches(lengths, max(row.budget for row in rows), limits, shared):
            members = [rows[place] for place in group]
            for row in members:
                row.restart()  # what an attempt without enough memory left behind
            yield from self._answer_batch(members)

    def _answer_batch(self, rows: Sequence[Row]) -> Iterator[None]:
        loaded, started = self._loaded, time.monotonic()
        steps = answer(loaded.model, rows, self._ask.decoding, loaded.stops, self._prefix)
        while True:
            loaded.use(self._ask.model)  # another request may have switched it since the last step
            changed = next(steps, None)
            if changed is None:
                return
            for row in changed:
                self._tell(row, time.monotonic() - started)
            yield

    def _tell(self, row: Row, seconds: float) -> None:
        telling, likely = self._texts[row.index], self._ask.decoding.logprobs is not None
        if self._ask.streaming:
            piece = telling.piece(row.tokens, last=row.done)
            told = telling.tokens_of_piece(row.tokens, row.chances, last=row.done) if likely else ()
            if piece or told:
                self._say(News(id=self._ask.id, piece=piece, logprobs=told))
        if row.done:
            whole = Answer(
                text=telling.text(row.tokens),
                prompt_tokens=len(row.prompt),
                output_tokens=len(row.tokens),
                seconds=seconds,
                finish_reason="stop" if row.stopped else "length",
                logprobs=telling.all_tokens(row.tokens, row.chances) if likely else None,
            )
            self._say(News(id=self._ask.id, index=row.index, answer=whole))


def _smaller(limits: Limits, waiting: Sequence[Row]) -> Limits:
    """Returns limits that make the next batch at most half as large as the one that failed."""
    fitting = Limits(
        rows=min(limits.rows, len(waiting)),
        prompt_tokens=min(limits.prompt_tokens, sum(len(row.prompt) for row in waiting)),
        kept_tokens=limits.kept_tokens,
    )
    return fitting.halved()


def is_out_of_memory(error: BaseException) -> bool:
    """Says whether an error means that memory ran out; on a CPU torch has no class for it."""
    if isinstance(error, (torch.OutOfMemoryError, MemoryError)):
        return True
    words = str(error).lower()
    return any(
        sign in words for sign in ("can't allocate memory", "out of memory", "not enough memory")
    )


def no_memory() -> WorkerFailed:
    """Returns the error for a model or a conversation that does not fit."""
    return WorkerFailed(
        "There is not enough memory to answer with this model.",
        hint="Close other programs, stop a running training, or choose a smaller model.",
    )
