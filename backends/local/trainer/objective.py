"""Objective: the loss on answers for any model, through the decoder where it fits, else plainly."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor
from torch.nn.functional import cross_entropy

from backends.local.trainer.decoder import Decoder, supports
from backends.local.trainer.encoding import Encoded
from backends.local.trainer.layout import lay_out

TOLERANCE = 0.03
"""Largest relative difference in loss between the two ways; bf16 rounding explains about 0.01."""


class Objective:
    """Sum of the cross-entropy over a micro-batch's answer tokens."""

    def __init__(self, tuned: Any, *, recompute: bool = False) -> None:
        self._tuned = tuned
        self._device = next(tuned.parameters()).device
        self._decoder: Decoder | None = None
        self._recompute = recompute
        if recompute:
            tuned.gradient_checkpointing_enable({"use_reentrant": False})
            tuned.enable_input_require_grads()

    def use_decoder(self, sample: Sequence[Encoded]) -> str:
        """Switches to the fast decoder once both ways gave the same loss; says what it did."""
        config = self._tuned.get_base_model().config
        if not supports(config):
            return f"Layers of type {config.model_type}: computed by transformers."
        with torch.no_grad():
            plain = float(self._plain_loss(sample))
            decoder = Decoder(self._tuned, recompute=self._recompute)
            fast = float(self._decoder_loss(decoder, sample))
        if not abs(fast - plain) <= TOLERANCE * max(1.0, abs(plain)):
            return f"Losses differ ({plain:.4f} against {fast:.4f}): computed by transformers."
        self._decoder = decoder
        return f"Fast decoder checked against transformers: {plain:.4f} and {fast:.4f} nats."

    def loss(self, batch: Sequence[Encoded]) -> Tensor:
        """Returns the summed loss in nats."""
        if self._decoder is not None:
            return self._decoder_loss(self._decoder, batch)
        return self._plain_loss(batch)

    def _decoder_loss(self, decoder: Decoder, batch: Sequence[Encoded]) -> Tensor:
        layout = lay_out(batch, self._device)
        return cross_entropy(decoder.logits(layout).float(), layout.targets, reduction="sum")

    def _plain_loss(self, batch: Sequence[Encoded]) -> Tensor:
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
        return cross_entropy(scores, torch.tensor(targets, device=self._device), reduction="sum")
