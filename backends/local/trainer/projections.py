"""Projections: linear layers that share an input, with their adapters, as one product each way."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor, nn

from backends.local.trainer.quantized import Nf4Linear, Nf4Weight


class Frozen:
    """The frozen weights of one or more layers, one above the other."""

    def __init__(self, layers: Sequence[nn.Module]) -> None:
        self._nf4: list[Nf4Weight] = []
        self._dense: Tensor | None = None
        if all(isinstance(layer, Nf4Linear) for layer in layers):
            self._nf4 = [layer.nf4 for layer in layers if isinstance(layer, Nf4Linear)]
            return
        linears = [layer for layer in layers if isinstance(layer, nn.Linear)]
        self._dense = torch.cat([linear.weight.data for linear in linears])
        row = 0
        for linear in linears:  # The layers keep their meaning as views: no second copy in memory.
            linear.weight.data = self._dense[row : row + linear.out_features]
            row += linear.out_features

    def dense(self) -> Tensor:
        """Returns the weights as one matrix (rows out, columns in)."""
        if self._dense is not None:
            return self._dense
        return torch.cat([weight.dense() for weight in self._nf4])


class Adapted(torch.autograd.Function):
    """`residual + x W' + (x A') B'`: gradients for x, A, B and the residual; W stays frozen.

    A and B come in fp32 and their gradients leave in fp32, so that many micro-batches add up
    without bf16's rounding; the products themselves run in x's type.
    """

    @staticmethod
    def forward(
        ctx: Any, x: Tensor, frozen: Frozen, a: Tensor, b: Tensor, residual: Tensor | None
    ) -> Tensor:
        """Returns the adapted projection."""
        weight, a, b = frozen.dense(), a.to(x.dtype), b.to(x.dtype)
        y = x @ weight.t() if residual is None else torch.addmm(residual, x, weight.t())
        narrow = x @ a.t()
        y.addmm_(narrow, b.t())
        ctx.frozen, ctx.has_residual = frozen, residual is not None
        ctx.save_for_backward(x, a, b, narrow)
        return y

    @staticmethod
    def backward(
        ctx: Any, *grads: Tensor
    ) -> tuple[Tensor | None, None, Tensor, Tensor, Tensor | None]:
        """Gradients in the order of the inputs."""
        x, a, b, narrow = ctx.saved_tensors
        dy = grads[0]
        d_narrow = dy @ b
        dx = None
        if ctx.needs_input_grad[0]:
            dx = dy @ ctx.frozen.dense()
            dx.addmm_(d_narrow, a)
        da, db = (d_narrow.t() @ x).float(), (dy.t() @ narrow).float()
        return dx, None, da, db, dy if ctx.has_residual else None


class Projection:
    """One product for layers that read the same input, adapters and biases included."""

    def __init__(self, layers: Sequence[Any], adapter: str = "default") -> None:
        self._layers = layers
        self._adapter = adapter
        self._frozen = Frozen([layer.base_layer for layer in layers])
        self._dropout = layers[0].lora_dropout[adapter]
        biases = [layer.base_layer.bias for layer in layers]
        self._bias = None if biases[0] is None else torch.cat([bias.data for bias in biases])

    def __call__(self, x: Tensor, residual: Tensor | None = None) -> Tensor:
        """Returns the layers' outputs side by side; x is (rows, in)."""
        a, b = self._halves()
        if isinstance(self._dropout, nn.Dropout) and self._dropout.training:
            y = self._with_dropout(x, a, b, residual)
        else:
            y = Adapted.apply(x, self._frozen, a, b, residual)
        return y if self._bias is None else y + self._bias

    def _halves(self) -> tuple[Tensor, Tensor]:
        """Returns the adapters' input halves one above the other and output halves side by side."""
        name = self._adapter
        inputs = [layer.lora_A[name].weight for layer in self._layers]
        outputs = [layer.lora_B[name].weight * layer.scaling[name] for layer in self._layers]
        if len(self._layers) == 1:
            return inputs[0], outputs[0]
        return torch.cat(inputs), torch.block_diag(*outputs)

    def _with_dropout(self, x: Tensor, a: Tensor, b: Tensor, residual: Tensor | None) -> Tensor:
        # Dropout acts on the adapter's input only, so the frozen product goes its own way.
        none = torch.zeros_like(a), torch.zeros_like(b)
        y: Tensor = Adapted.apply(x, self._frozen, *none, residual)
        narrow = self._dropout(x) @ a.to(x.dtype).t()
        wide: Tensor = y + narrow @ b.to(x.dtype).t()
        return wide
