"""Scoring: how likely a model finds answers, through the decoder where it fits, else plainly."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, NamedTuple

import torch
from torch import Tensor
from torch.nn.functional import cross_entropy

from backends.local.trainer.decoder import Decoder, supports
from backends.local.trainer.encoding import Encoded
from backends.local.trainer.layout import lay_out

TOLERANCE = 0.1
"""Largest difference between the scores of the two ways, relative to their own length. Rounding to
bf16 gives about 0.02 in models of 2 to 30 layers; a layer that is computed otherwise gives more."""

COMPARED = 64
"""Answer tokens of each example on which the two ways are compared."""


class Scored(NamedTuple):
    """The answer tokens of a micro-batch, one after the other."""

    losses: Tensor
    """(answers,) cross-entropy in nats: how unlikely each token was."""
    hits: Tensor
    """(answers,) whether no other token was likelier."""


class Scorer:
    """A model with its adapter, asked for the likelihood of answers."""

    def __init__(self, tuned: Any, *, recompute: bool = False) -> None:
        self._tuned = tuned
        self._device = next(tuned.parameters()).device
        self._decoder: Decoder | None = None
        self._recompute = recompute
        self.chance = math.log(tuned.get_base_model().config.vocab_size)
        """Mean loss of guessing every token at random, in nats."""
        if recompute:
            tuned.activation_checkpointing_enable({"use_reentrant": False})
            tuned.enable_input_require_grads()

    def use_decoder(self, sample: Sequence[Encoded]) -> str:
        """Switches to the fast decoder once both ways gave the same loss; says what it did."""
        config = self._tuned.get_base_model().config
        if not supports(config):
            return f"Layers of type {config.model_type}: computed by transformers."
        sample = [_begun(item) for item in sample]
        with self.measuring():
            plain, _ = self._plain_scores(sample)
            decoder = Decoder(self._tuned, recompute=self._recompute)
            apart = _apart(decoder.logits(lay_out(sample, self._device)).float(), plain)
        if not apart <= TOLERANCE:
            return f"The fast decoder is {apart:.0%} off: computed by transformers."
        self._decoder = decoder
        return (
            f"Fast decoder checked against transformers: {apart:.1%} apart, as rounding explains."
        )

    @contextmanager
    def measuring(self) -> Iterator[None]:
        """Switches gradients and dropout off for the length of a `with` block."""
        self._tuned.eval()
        try:
            with torch.no_grad():
                yield
        finally:
            self._tuned.train()

    @contextmanager
    def untuned(self) -> Iterator[None]:
        """Lets the model answer as it did before any tuning, for the length of a `with` block."""
        # An output half of zeros adds nothing, whichever way the layers are computed.
        halves = [p for name, p in self._tuned.named_parameters() if ".lora_B." in name]
        kept = [half.detach().clone() for half in halves]
        try:
            _fill(halves, [torch.zeros_like(half) for half in kept])
            yield
        finally:
            _fill(halves, kept)

    def scored(self, batch: Sequence[Encoded]) -> Scored:
        """Scores every answer token of a micro-batch, in order."""
        if self._decoder is not None:
            return Scored(*self._decoder.scored(lay_out(batch, self._device)))
        scores, targets = self._plain_scores(batch)
        losses = cross_entropy(scores, targets, reduction="none")
        return Scored(losses, scores.detach().argmax(-1) == targets)

    def _plain_scores(self, batch: Sequence[Encoded]) -> tuple[Tensor, Tensor]:
        longest = max(len(item.ids) for item in batch)
        ids = torch.zeros(len(batch), longest, dtype=torch.long, device=self._device)
        seen = torch.zeros_like(ids)
        rows: list[int] = []
        targets: list[int] = []
        for row, item in enumerate(batch):
            ids[row, : len(item.ids)] = torch.tensor(item.ids, device=self._device)
            seen[row, : len(item.ids)] = 1
            start = row * longest
            rows += range(start + item.answer_start - 1, start + len(item.ids) - 1)
            targets += item.ids[item.answer_start :]
        causal = self._tuned.get_base_model()
        hidden = causal.get_decoder()(input_ids=ids, attention_mask=seen).last_hidden_state
        picked = hidden.flatten(0, 1).index_select(0, torch.tensor(rows, device=self._device))
        scores = causal.get_output_embeddings()(picked).float()
        cap = getattr(causal.config, "final_logit_softcapping", None)
        if cap:
            scores = torch.tanh(scores / cap) * cap
        return scores, torch.tensor(targets, device=self._device)


def _fill(parameters: Sequence[Tensor], values: Sequence[Tensor]) -> None:
    with torch.no_grad():
        for parameter, value in zip(parameters, values, strict=True):
            parameter.copy_(value)


def _begun(item: Encoded) -> Encoded:
    """Returns the item with the beginning of its answer, so that few scores are compared."""
    end = item.answer_start + COMPARED
    return Encoded(example_id=item.example_id, ids=item.ids[:end], answer_start=item.answer_start)


def _apart(ours: Tensor, theirs: Tensor) -> float:
    """Returns the length of the difference of two tables of scores, relative to the second."""
    # A shift of a whole row changes no probability.
    ours, theirs = (t - t.mean(-1, keepdim=True) for t in (ours, theirs))
    return float((ours - theirs).norm() / theirs.norm())
