"""Memory: what a fine-tune takes at its peak on each device, term by term with its formula."""

from __future__ import annotations

from typing import Literal

from studio.core.costing import activations, frameworks, shapes
from studio.core.costing.fitted import SHIPPED, Fitted
from studio.core.costing.frameworks import Habits
from studio.domain.costing import MemoryEstimate, MemoryTerm
from studio.domain.sizing import Architecture, Levers

NF4, NF4_DOUBLE, INT8 = 0.5625, 0.516, 1.004
"""Bytes a quantised weight takes: 4 bits and an fp32 scale for each 64 weights; scales quantised
again (QLoRA, Dettmers et al. 2023, section 3); 8 bits and a scale for each row."""
CONTEXT = 450_000_000
"""Bytes the CUDA driver and its libraries take beside the tensors; 0.14 to 1.4 GB are seen."""
MARGIN, FILL = 1.15, 0.95
"""It fits when MARGIN times the need stays below FILL of the memory. Both are judgements."""
PASSING = ("activations", "scores", "layer at work")
"""Terms that are gone when the last gradient is there."""


def estimate(
    shape: Architecture,
    levers: Levers,
    available: int | None = None,
    *,
    context: int = CONTEXT,
    fitted: Fitted = SHIPPED,
) -> MemoryEstimate:
    """Returns the peak for each device, and whether that fits what is `available` in bytes."""
    kept = frameworks.habits(levers)
    terms = [
        _weights(shape, levers, kept),
        *_trained(shape, levers, kept),
        *activations.terms(shape, levers, kept, fitted),
    ]
    if levers.method == "full":
        terms = _in_turn(terms)
    work = _workspace(shape, levers, kept)
    if work.bytes:
        terms.append(work)
    tensors = sum(term.bytes for term in terms)
    slack = fitted.allocated
    if levers.counted != "allocated":
        slack = fitted.sharded if levers.gpus > 1 else fitted.reserved
    terms.append(
        MemoryTerm(
            name="allocator",
            bytes=int(tensors * (slack - 1)),
            how=f"{slack - 1:.0%} of the above: workspaces, rounding and gaps",
        )
    )
    total = sum(term.bytes for term in terms)
    return MemoryEstimate(
        terms=tuple(terms),
        total=total,
        context=context,
        verdict=verdict(total, context, available),
        available=available,
    )


def _in_turn(terms: list[MemoryTerm]) -> list[MemoryTerm]:
    """Returns the terms of full fine-tuning with gradients or activations, whichever is more.

    Activations go as gradients come: neither is whole while the other is.
    """
    passing = [term for term in terms if term.name in PASSING]
    gradients = [term for term in terms if term.name == "gradients"]
    smaller = min(passing, gradients, key=lambda several: sum(term.bytes for term in several))
    return [term for term in terms if term not in smaller] if gradients and passing else terms


def verdict(
    total: float, context: float, available: int | None
) -> Literal["fits", "uncertain", "does_not_fit", "unknown"]:
    """Says whether a run of that estimated peak gets through."""
    if available is None:
        return "unknown"
    if MARGIN * total + context < FILL * available:
        return "fits"
    return "uncertain" if total + context < FILL * available else "does_not_fit"


def quantised_bytes(levers: Levers, kept: Habits) -> float:
    """Returns the bytes of one quantised weight."""
    asked = levers.quant.lower()
    if "int8" in asked or "8bit" in asked or "8-bit" in asked:
        return INT8
    double = "dq" in asked or "double" in asked or "hqq" in asked
    return NF4_DOUBLE if double or (not asked and kept.double_quantised) else NF4


def _weights(shape: Architecture, levers: Levers, kept: Habits) -> MemoryTerm:
    n = shape.parameters
    share = 1 / levers.gpus if levers.sharding == "full" and levers.gpus > 1 else 1.0
    if levers.cpu_offload and levers.sharding == "full":
        return MemoryTerm(name="weights", bytes=0, how="held in main memory")
    if levers.method != "qlora":
        return MemoryTerm(
            name="weights",
            bytes=int(2 * n * share),
            how=f"2 bytes (bf16) × {n:,} weights{_shared(share)}",
        )
    small = shapes.linear(shape)
    if kept.head_quantised:
        small += shapes.head(shape)
    other = max(0, n - small)
    q = quantised_bytes(levers, kept)
    wide = 4.0 if kept.upcasts and levers.state_precision != "bf16" else 2.0
    return MemoryTerm(
        name="weights",
        bytes=int((q * small + wide * other) * share),
        how=f"{q} bytes × {small:,} quantised weights + {wide:g} bytes × {other:,} others"
        f"{_shared(share)}",
    )


def _trained(shape: Architecture, levers: Levers, kept: Habits) -> list[MemoryTerm]:
    """Returns adapter, gradients and optimizer state."""
    weight, gradient, state = frameworks.trained_bytes(levers, kept)
    full = levers.method == "full"
    n = shape.parameters
    if not full:
        n = shapes.adapter(shape, levers.rank, shapes.targeted(shape, levers.targets))
    split = levers.gpus if levers.sharding in ("full", "zero2") else 1
    if levers.cpu_offload and split > 1:
        return []
    found = []
    if full and weight > 2:
        extra = int(weight * n / split)
        found.append(
            MemoryTerm(name="master weights", bytes=extra, how=f"{weight:g} bytes × {n:,} in fp32")
        )
    if not full:
        found.append(
            MemoryTerm(
                name="adapter",
                bytes=int(weight * n / split),
                how=f"{weight:g} bytes × {n:,} weights",
            )
        )
    if full and levers.optimizer_in_backward:
        largest = int(weight * shapes.embedding(shape))
        said = "the largest gradient, one at a time"
        found.append(MemoryTerm(name="one gradient", bytes=largest, how=said))
    rows = (("gradients", gradient), ("optimizer", state))
    for name, size in rows:
        if size:
            found.append(
                MemoryTerm(name=name, bytes=int(size * n / split), how=f"{size:g} bytes × {n:,}")
            )
    return found


def _workspace(shape: Architecture, levers: Levers, kept: Habits) -> MemoryTerm:
    """Returns what one matrix, or one gathered layer, takes while it is used."""
    widest = max(a * b for a, b, _ in shapes.matrices(shape).values())
    if levers.sharding == "full":
        layer = shapes.linear(shape) / shape.layers
        rest = shape.parameters - shapes.linear(shape)
        return MemoryTerm(
            name="gathered layers",
            bytes=int(4 * layer + (2 * rest if levers.method != "qlora" else 0)),
            how="two layers in bf16, put together from all GPUs while they are used",
        )
    if levers.method == "qlora":
        if kept.head_quantised:
            widest = max(widest, shapes.embedding(shape))
        return MemoryTerm(
            name="dequantised matrix",
            bytes=2 * widest,
            how=f"2 bytes × {widest:,} weights of the widest matrix",
        )
    return MemoryTerm(name="workspace", bytes=0, how="")


def _shared(share: float) -> str:
    return "" if share == 1 else f", shared by {round(1 / share)} GPUs"
