"""Padding: from the flat row of tokens to equally long rows and back, rows copied each way.

The library's own gradient of a selection adds element by element, because a row may have been
selected twice. Here that happens to padding alone, whose gradient is zero: no real token sees it,
and what it puts out is dropped. So both ways are plain copies of rows.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from backends.local.trainer.layout import Layout


class Spread(torch.autograd.Function):
    """(tokens, width) to the prefix (prefix, width) and the padded rest (rows * longest, width)."""

    @staticmethod
    def forward(ctx: Any, flat: Tensor, layout: Layout) -> tuple[Tensor, Tensor]:
        """Returns both parts; padding repeats a row's first token."""
        ctx.layout = layout
        p = layout.prefix
        own = flat[p:].clone() if layout.even else flat.index_select(0, layout.gather)
        return flat[:p].clone(), own

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> tuple[Tensor, None]:
        """Gradient for the flat row."""
        layout: Layout = ctx.layout
        p = layout.prefix
        first, own = grads
        rows = own if layout.even else own.index_select(0, layout.real)
        return (torch.cat([first, rows]) if p else rows), None


class Gathered(torch.autograd.Function):
    """The prefix and the padded rest to the flat row, padding dropped."""

    @staticmethod
    def forward(ctx: Any, prefix: Tensor | None, own: Tensor, layout: Layout) -> Tensor:
        """Returns (tokens, width)."""
        ctx.layout, ctx.has_prefix = layout, prefix is not None
        rows = own if layout.even else own.index_select(0, layout.real)
        return rows.clone() if prefix is None else torch.cat([prefix, rows])

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> tuple[Tensor | None, Tensor, None]:
        """Gradients for both parts; that of padding is zero."""
        layout: Layout = ctx.layout
        p = layout.prefix
        rows = grads[0][p:]
        if not layout.even:
            rows = rows.index_select(0, layout.gather - p).index_fill_(0, layout.blank, 0)
        return (grads[0][:p] if ctx.has_prefix else None), rows, None
