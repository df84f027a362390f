"""Decoder: Llama-family layers over a flat row of tokens, without padding or repeated prefixes.

The same weights and the same mathematics as transformers' modules; what differs is what is not
computed: padding, the shared prompt prefix more than once, the last layer and the output layer
away from answers, gradients for frozen weights.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor
from torch.nn.functional import rms_norm
from torch.nn.functional import scaled_dot_product_attention as attention
from torch.utils.checkpoint import checkpoint

from backends.local.trainer.answer_loss import AnswerLoss
from backends.local.trainer.attending import Attend, suits
from backends.local.trainer.kernels import RmsNorm, Rotate, SwiGlu
from backends.local.trainer.layout import Layout
from backends.local.trainer.padding import Gathered, Spread
from backends.local.trainer.projections import Projection

FAMILIES = frozenset({"llama", "mistral", "qwen2", "qwen3"})
"""`model_type`s whose layers have this shape; losses are still compared before it is trusted."""


class Heads:
    """Sizes of the attention heads."""

    def __init__(self, config: Any) -> None:
        self.query = int(config.num_attention_heads)
        self.key = int(config.num_key_value_heads)
        self.width = int(
            getattr(config, "head_dim", None) or config.hidden_size // config.num_attention_heads
        )
        self.repeat = self.query // self.key


class Layer:
    """One decoder layer."""

    def __init__(self, module: Any, heads: Heads) -> None:
        attend, mlp = module.self_attn, module.mlp
        self._heads = heads
        self._norms = module.input_layernorm, module.post_attention_layernorm
        self._qk_norms = getattr(attend, "q_norm", None), getattr(attend, "k_norm", None)
        self._qkv = Projection([attend.q_proj, attend.k_proj, attend.v_proj])
        self._out = Projection([attend.o_proj])
        self._gate_up = Projection([mlp.gate_proj, mlp.up_proj])
        self._down = Projection([mlp.down_proj])

    def __call__(
        self,
        x: Tensor,
        cosine: Tensor,
        sine: Tensor,
        mask: Tensor | None,
        layout: Layout,
        keep: Tensor | None,
    ) -> Tensor:
        """Returns the layer's output, for the rows in `keep` only when given."""
        first, second = self._norms
        qkv = self._qkv(_norm(x, first))
        attended = self._attend(self._positioned(qkv, cosine, sine), mask, layout)
        if keep is not None:
            x, attended = x.index_select(0, keep), attended.index_select(0, keep)
        x = self._out(attended, x)
        out: Tensor = self._down(SwiGlu.apply(self._gate_up(_norm(x, second))), x)
        return out

    def _positioned(self, qkv: Tensor, cosine: Tensor, sine: Tensor) -> Tensor:
        heads = self._heads
        rotated = heads.query + heads.key
        q_norm, k_norm = self._qk_norms
        if q_norm is not None and k_norm is not None:
            q, k, rest = qkv.split(
                [heads.query * heads.width, heads.key * heads.width, heads.key * heads.width], 1
            )
            q = _norm(q.reshape(-1, heads.width), q_norm).view(q.shape)
            k = _norm(k.reshape(-1, heads.width), k_norm).view(k.shape)
            qkv = torch.cat([q, k, rest], 1)
        turned: Tensor = Rotate.apply(qkv, cosine, sine, rotated, heads.width)
        return turned

    def _attend(self, qkv: Tensor, mask: Tensor | None, layout: Layout) -> Tensor:
        h, p = self._heads, layout.prefix
        if suits(qkv, layout):
            attended: Tensor = Attend.apply(qkv, layout, h.query, h.key, h.width)
            return attended
        n, longest = len(layout.lengths), layout.longest
        widths = [h.query * h.width, h.key * h.width, h.key * h.width]
        started, spread = Spread.apply(qkv, layout)
        q, k, v = (t.view(n, longest, -1, h.width) for t in spread.split(widths, 1))
        keys, values = k.transpose(1, 2), v.transpose(1, 2)
        if p == 0:
            out = attention(q.transpose(1, 2), keys, values, is_causal=True, enable_gqa=True)
            joined: Tensor = Gathered.apply(
                None, out.transpose(1, 2).reshape(n * longest, -1), layout
            )
            return joined
        first, start_k, start_v = (
            t.view(1, p, -1, h.width).transpose(1, 2) for t in started.split(widths, 1)
        )
        prefix = attention(first, start_k, start_v, is_causal=True, enable_gqa=True)
        keys = torch.cat([start_k.expand(n, -1, -1, -1), keys], 2)
        values = torch.cat([start_v.expand(n, -1, -1, -1), values], 2)
        # Query heads that share a key head are laid end to end, so that no key is copied for them.
        queries = q.view(n, longest, h.key, h.repeat, h.width).permute(0, 2, 3, 1, 4)
        queries = queries.reshape(n, h.key, h.repeat * longest, h.width)
        out = attention(queries, keys, values, attn_mask=mask)
        out = out.view(n, h.key, h.repeat, longest, h.width).permute(0, 3, 1, 2, 4)
        started = prefix.transpose(1, 2).reshape(p, -1)
        flat: Tensor = Gathered.apply(started, out.reshape(n * longest, -1), layout)
        return flat


class Decoder:
    """The layers of a model with adapters attached, run over layouts."""

    def __init__(self, tuned: Any, *, recompute: bool = False) -> None:
        causal = tuned.get_base_model()
        self._model, self._head = causal.model, causal.lm_head
        self._heads = Heads(causal.config)
        self._layers = [Layer(module, self._heads) for module in self._model.layers]
        self._recompute = recompute

    def logits(self, layout: Layout) -> Tensor:
        """Returns (answers, vocabulary) scores for the answer tokens."""
        scores: Tensor = self._head(self._hidden(layout))
        return scores

    def scored(self, layout: Layout) -> tuple[Tensor, Tensor]:
        """Returns each answer token's cross-entropy in nats, and whether it was likeliest."""
        losses, hits = AnswerLoss.apply(self._hidden(layout), self._head.weight, layout.targets)
        return losses, hits

    def _hidden(self, layout: Layout) -> Tensor:
        x = self._model.embed_tokens(layout.ids)
        cosine, sine = self._model.rotary_emb(x[None], layout.positions[None])
        half = self._heads.width // 2
        c, s = (t[0, :, :half].float().contiguous() for t in (cosine, sine))
        masked = layout.prefix and not suits(x, layout)
        mask = layout.mask(self._heads.repeat, x.dtype) if masked else None
        last = len(self._layers) - 1
        for place, layer in enumerate(self._layers):
            keep = layout.predictors if place == last else None
            if self._recompute:
                x = checkpoint(layer, x, c, s, mask, layout, keep, use_reentrant=False)
            else:
                x = layer(x, c, s, mask, layout, keep)
        return _norm(x, self._model.norm)


def supports(config: Any) -> bool:
    """Says whether a model's layers have the shape this module computes."""
    window = getattr(config, "sliding_window", None)
    used = getattr(config, "use_sliding_window", window is not None)
    return (
        config.model_type in FAMILIES
        and getattr(config, "hidden_act", "silu") == "silu"
        and not (window and used)
        and not getattr(config, "mlp_bias", False)
    )


def _norm(x: Tensor, module: Any) -> Tensor:
    if x.is_cuda:  # There torch has it as one kernel each way.
        return rms_norm(x, (x.shape[-1],), module.weight, module.variance_epsilon)
    normed: Tensor = RmsNorm.apply(x, module.weight, module.variance_epsilon)
    return normed
