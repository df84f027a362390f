"""One batch answered token by token; finished rows leave it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

import torch
from transformers import PreTrainedModel

from backends.local.answering.choosing import Chances, Chooser
from backends.local.answering.padded import PaddedPass
from backends.local.answering.plain import PlainPass, Prefix
from studio.domain.evaluation import Decoding

WORTH_DROPPING = 0.75
"""Finished rows leave the batch once at most this share of its rows still writes."""


@dataclass
class Row:
    """One conversation of the batch."""

    index: int
    """Its place in the request."""
    prompt: list[int]
    budget: int
    """Most tokens its answer may have."""
    tokens: list[int] = field(default_factory=list)
    """The answer so far, without the token that ended it."""
    stopped: bool = False
    """True when the model ended the answer itself, or wrote what ends it."""
    repeat: int = 0
    """How often the request held the same conversation before: it draws otherwise each time."""
    ends: Callable[[Sequence[int]], bool] = field(default=lambda tokens: False)
    """Says whether the text of these tokens holds what ends an answer."""
    chances: list[Chances] = field(default_factory=list)
    """One for each token, when they are to be told."""

    @property
    def done(self) -> bool:
        """Says whether the answer is whole."""
        return self.stopped or len(self.tokens) >= self.budget

    def take(self, token: int, stops: frozenset[int], chances: Chances | None = None) -> None:
        """Adds a token, unless it is one that ends the answer."""
        if token in stops:
            self.stopped = True
            return
        self.tokens.append(token)
        if chances is not None:
            self.chances.append(chances)
        self.stopped = self.ends(self.tokens)

    def restart(self) -> None:
        """Forgets the answer so far."""
        self.tokens.clear()
        self.chances.clear()


def answer(
    model: PreTrainedModel,
    rows: Sequence[Row],
    decoding: Decoding,
    stops: frozenset[int],
    prefix: Prefix | None,
) -> Iterator[list[Row]]:
    """Runs the batch one forward pass at a time; yields after each the rows that changed.

    Args:
        model: the model with its adapter switched on or off.
        rows: the conversations; their answers grow in place.
        decoding: how tokens are chosen.
        stops: tokens that end an answer.
        prefix: what all prompts share; None for a model that is not plain.
    """
    prompts = [row.prompt for row in rows]
    chooser = Chooser(decoding, prompts, [row.repeat for row in rows])
    run: PlainPass | PaddedPass
    if prefix is not None:
        run = PlainPass(model.get_decoder(), prompts, prefix)
    else:
        run = PaddedPass(model, prompts)
    alive = list(rows)
    output = run.read()
    while True:
        tokens = _chosen(chooser, output, model if prefix is not None else None)
        told = chooser.chances(tokens)
        chances: Sequence[Chances | None] = told or [None] * len(tokens)
        changed = [row for row in alive if not row.done]
        for row, token, chance in zip(alive, tokens, chances, strict=True):
            if not row.done:
                row.take(token, stops, chance)
        writing = [place for place, row in enumerate(alive) if not row.done]
        if writing and len(writing) <= WORTH_DROPPING * len(alive):
            alive = [alive[place] for place in writing]
            tokens = [tokens[place] for place in writing]
            chooser.keep(writing)
            run.keep(writing)
        yield changed
        if not writing:
            return
        output = run.write(tokens)


def _chosen(chooser: Chooser, output: torch.Tensor, plain: PreTrainedModel | None) -> list[int]:
    if plain is None:
        return chooser.from_logits(output)
    return chooser.from_hidden(output, plain.get_output_embeddings())
