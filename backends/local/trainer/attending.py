"""Attention of short examples on a CPU: prefix and own tokens in one compiled pass each way."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from backends.local.trainer import kernels
from backends.local.trainer.layout import Layout

LONGEST = 512
"""Tokens an example may see, prefix included. The kernel holds them all at once and is not tiled;
around a thousand the library's tiled one is as fast."""


def suits(qkv: Tensor, layout: Layout) -> bool:
    """Says whether the compiled kernel can do this and is worth it."""
    return layout.prefix + layout.longest <= LONGEST and kernels.usable(qkv)


class Attend(torch.autograd.Function):
    """Causal attention; qkv is (tokens, (heads + 2 * key_heads) * width), positions applied."""

    @staticmethod
    def forward(
        ctx: Any, qkv: Tensor, layout: Layout, heads: int, key_heads: int, width: int
    ) -> Tensor:
        """Returns (tokens, heads * width)."""
        qkv, (starts, lengths) = qkv.contiguous(), layout.spans
        out = qkv.new_empty(len(qkv), heads * width)
        log_sums = torch.empty(len(qkv), heads, dtype=torch.float32)
        shape = (len(lengths), layout.prefix, heads, key_heads, width)
        kernels.call("attend", qkv, starts, lengths, out, log_sums, *shape)
        ctx.save_for_backward(qkv, out, log_sums)
        ctx.layout, ctx.shape = layout, shape
        return out

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> tuple[Tensor, None, None, None, None]:
        """Gradient for queries, keys and values side by side."""
        qkv, out, log_sums = ctx.saved_tensors
        starts, lengths = ctx.layout.spans
        examples, prefix, _, key_heads, width = ctx.shape
        parts = examples + (1 if prefix else 0)
        size = (prefix + ctx.layout.longest) * width
        # What each example adds to the keys and values it sees.
        scratch = torch.empty(parts * key_heads * 2 * size, dtype=torch.float32)
        d_qkv = torch.empty_like(qkv)
        kernels.call(
            "attend_backward",
            *(qkv, starts, lengths, out, grads[0].contiguous(), log_sums, d_qkv, scratch),
            *ctx.shape,
        )
        return d_qkv, None, None, None, None
