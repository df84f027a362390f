"""NF4 weights: kept in 4 bits, dequantised just before each use, forward and backward alike."""

from __future__ import annotations

from typing import Any

import torch
from bitsandbytes.functional import QuantState, dequantize_4bit, quantize_4bit
from torch import Tensor, nn

BLOCK = 64
"""Weights that share one scale (QLoRA, Dettmers et al. 2023, section 3)."""


class Nf4Weight:
    """One matrix in NF4 with double quantisation (QLoRA, Dettmers et al. 2023, section 3)."""

    def __init__(self, weight: Tensor) -> None:
        self.shape, self.dtype = weight.shape, weight.dtype
        packed, state = quantize_4bit(
            weight.contiguous(), blocksize=BLOCK, compress_statistics=True, quant_type="nf4"
        )
        self._packed: Tensor = packed
        self._state: QuantState = state

    def dense(self) -> Tensor:
        """Returns the matrix in its original type and shape, with NF4's rounding."""
        return dequantize_4bit(self._packed, self._state).to(self.dtype).view(self.shape)

    @property
    def bytes(self) -> int:
        """Memory it takes: packed weights, scales, the scales of the scales and the tables."""
        scales, outer = self._state, self._state.state2
        parts = (
            self._packed,
            scales.absmax,
            scales.code,
            scales.offset,
            outer.absmax,
            outer.code,
        )
        return sum(int(part.numel() * part.element_size()) for part in parts)


class Nf4Product(torch.autograd.Function):
    """`x @ weight.T` with a frozen NF4 weight.

    The gradient goes through the same dequantised matrix that the forward pass used, in ordinary
    matrix products: bitsandbytes' own inference kernel for single rows has no gradient.
    """

    @staticmethod
    def forward(ctx: Any, x: Tensor, weight: Nf4Weight) -> Tensor:
        """Product with the dequantised weight."""
        ctx.weight = weight
        return torch.nn.functional.linear(x, weight.dense().to(x.dtype))

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> tuple[Tensor, None]:
        """Gradient for x."""
        return grads[0] @ ctx.weight.dense().to(grads[0].dtype), None


class Nf4Linear(nn.Module):
    """Stands where a frozen `nn.Linear` stood."""

    def __init__(self, linear: nn.Linear) -> None:
        super().__init__()
        self.in_features, self.out_features = linear.in_features, linear.out_features
        self.nf4 = Nf4Weight(linear.weight.data)
        self.bias = linear.bias

    def forward(self, x: Tensor) -> Tensor:
        """Returns the layer's output."""
        product: Tensor = Nf4Product.apply(x, self.nf4)
        return product if self.bias is None else product + self.bias
