"""Answer loss: cross-entropy through a frozen output layer, a stretch of answers at a time."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

SCORES = 2**26
"""Scores held at once: 0.3 GB in float32, whatever the vocabulary and however long the answers."""


class AnswerLoss(torch.autograd.Function):
    """Cross-entropies, in nats, of `hidden @ weight.T` against the targets, and which were hit.

    The gradient for `hidden` is made together with the losses, so that the scores of a stretch are
    dropped before the next one is computed; the frozen weight needs none. Each loss depends on its
    own row alone, so a gradient for the losses only scales the rows.
    """

    @staticmethod
    def forward(ctx: Any, hidden: Tensor, weight: Tensor, targets: Tensor) -> tuple[Tensor, Tensor]:
        """Returns (answers,) losses and (answers,) whether the target was the likeliest guess.

        hidden is (answers, width), weight (vocabulary, width).
        """
        wanted = ctx.needs_input_grad[0]
        gradient = torch.empty_like(hidden) if wanted else None
        losses = torch.empty(len(hidden), dtype=torch.float32, device=hidden.device)
        hits = torch.empty(len(hidden), dtype=torch.bool, device=hidden.device)
        rows = max(1, SCORES // len(weight))
        for start in range(0, len(hidden), rows):
            here = slice(start, start + rows)
            right = targets[here, None]
            scores = (hidden[here] @ weight.t()).float()
            log_total, score = scores.logsumexp(-1, keepdim=True), scores.gather(-1, right)
            losses[here] = (log_total - score).squeeze(-1)
            hits[here] = (score >= scores.amax(-1, keepdim=True)).squeeze(-1)
            if gradient is not None:
                share = scores.sub_(log_total).exp_()
                share.scatter_add_(-1, right, torch.full_like(log_total, -1.0))
                gradient[here] = share.to(hidden.dtype) @ weight
        ctx.save_for_backward(gradient)
        ctx.mark_non_differentiable(hits)
        return losses, hits

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> tuple[Tensor, None, None]:
        """Gradient for hidden."""
        (gradient,) = ctx.saved_tensors
        return gradient * grads[0][:, None].to(gradient.dtype), None, None
