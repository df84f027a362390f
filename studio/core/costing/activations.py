"""Activations: what the way forward leaves behind for the way back, and the scores of the loss."""

from __future__ import annotations

from studio.core.costing import frameworks, shapes
from studio.core.costing.fitted import SHIPPED, Fitted
from studio.core.costing.frameworks import Habits
from studio.domain.costing import MemoryTerm
from studio.domain.sizing import Architecture, Levers

COMPILED = 0.75
"""Share of activations that a compiler leaves: fused steps keep no results in between."""


def terms(
    shape: Architecture, levers: Levers, kept: Habits, fitted: Fitted = SHIPPED
) -> list[MemoryTerm]:
    """Returns kept activations, the layer at work and the scores, as they add up at the peak."""
    tokens = levers.micro_batch * levers.seq_len
    per_token = layer_numbers(shape, levers, kept, fitted)
    per_score = kept.scores_chunked if frameworks.chunks(levers, kept) else kept.scores
    n_scores = tokens * shape.vocabulary
    if kept.stretch:
        n_scores = min(n_scores, kept.stretch)
    scores = int(per_score * n_scores)
    said = f"{per_score:g} bytes × {tokens:,} tokens × {shape.vocabulary:,} scores"
    pairs = _pairs(shape, levers)
    if not frameworks.recomputes(levers, kept):
        fused = COMPILED if levers.compiled else 1.0
        every = int((2 * fused * per_token * tokens + pairs) * shape.layers)
        return [
            MemoryTerm(
                name="activations",
                bytes=every,
                how=f"2 bytes × {per_token:,} numbers × {tokens:,} tokens × {shape.layers} layers",
            ),
            MemoryTerm(name="scores", bytes=scores, how=said),
        ]
    size = 4 if kept.upcasts and levers.method == "qlora" else 2
    entering = 0 if levers.offload_activations else size * shape.hidden * tokens * shape.layers
    layer = int(
        2 * (per_token + 2 * shape.intermediate * shape.active_experts) * tokens + 2 * pairs
    )
    found = [
        MemoryTerm(
            name="activations",
            bytes=entering,
            how=f"{size} bytes × {shape.hidden:,} × {tokens:,} tokens × {shape.layers} layers"
            if entering
            else "moved to main memory",
        )
    ]
    if layer > scores:
        said = f"2 bytes × one layer's numbers and their gradients × {tokens:,} tokens"
        return [*found, MemoryTerm(name="layer at work", bytes=layer, how=said)]
    return [*found, MemoryTerm(name="scores", bytes=scores, how=said)]


def layer_numbers(
    shape: Architecture, levers: Levers, kept: Habits, fitted: Fitted = SHIPPED
) -> int:
    """Returns how many bf16 numbers one token leaves in one layer.

    Both norms keep fp32 copies of what enters them (4 H in all) and hand on normed copies (2 H);
    the residual stream is kept twice; attention keeps query, key, value and its output; the gate
    keeps its two inputs and their product. A matrix with an adapter keeps its own input too. Layers
    without a gate have plainer norms.
    """
    h, i = shape.hidden, shape.intermediate * shape.active_experts
    query, key = shape.heads * shape.head_dim, shape.kv_heads * shape.head_dim
    if shape.gated:
        numbers = int(fitted.gated * h) + 2 * query + 3 * key + 3 * i
    else:
        numbers = int(fitted.plain * h) + 2 * (query + key) + i
    chosen = set(shapes.targeted(shape, levers.targets))
    old = levers.method == "qlora" and kept.keeps_inputs
    if levers.method == "full" or old:
        chosen = set(shapes.matrices(shape))
    if old:
        numbers += h
    if "o" in chosen:
        numbers += query
    if chosen & {"gate", "up"}:
        numbers += h
    if "down" in chosen:
        numbers += i
    if levers.method == "dora":
        made = shapes.matrices(shape)
        numbers += 2 * sum(made[name][1] for name in chosen)
    return numbers


def _pairs(shape: Architecture, levers: Levers) -> float:
    """Returns the bytes of one layer's table of all pairs of tokens, 0 with flash attention."""
    if levers.flash_attention:
        return 0.0
    return 2 * 2.9 * levers.micro_batch * shape.heads * float(levers.seq_len) ** 2
