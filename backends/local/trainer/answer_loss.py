"""Answer loss: cross-entropy through a frozen output layer, a stretch of answers at a time."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

SCORES = 2**26
"""Scores held at once: 0.3 GB in float32, whatever the vocabulary and however long the answers."""


class AnswerLoss(torch.autograd.Function):
    """Sum of the cross-entropies, in nats, of `hidden @ weight.T` against the targets.

    The gradient for `hidden` is made together with the loss, so that the scores of a stretch are
    dropped before the next one is computed; the frozen weight needs none.
    """

    @staticmethod
    def forward(ctx: Any, hidden: Tensor, weight: Tensor, targets: Tensor) -> Tensor:
        """Returns the sum; hidden is (answers, width), weight (vocabulary, width)."""
        wanted = ctx.needs_input_grad[0]
        gradient = torch.empty_like(hidden) if wanted else None
        total = torch.zeros((), dtype=torch.float32, device=hidden.device)
        rows = max(1, SCORES // len(weight))
        for start in range(0, len(hidden), rows):
            piece, right = hidden[start : start + rows], targets[start : start + rows, None]
            scores = (piece @ weight.t()).float()
            log_total = scores.logsumexp(-1, keepdim=True)
            total += (log_total - scores.gather(-1, right)).sum()
            if gradient is not None:
                share = scores.sub_(log_total).exp_()
                share.scatter_add_(-1, right, torch.full_like(log_total, -1.0))
                gradient[start : start + rows] = share.to(hidden.dtype) @ weight
        ctx.save_for_backward(gradient)
        return total

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> tuple[Tensor, None, None]:
        """Gradient for hidden."""
        (gradient,) = ctx.saved_tensors
        return gradient * grads[0].to(gradient.dtype), None, None
