"""Duration: tokens a second of a fine-tune from a GPU's peak, and seconds from tokens a second."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from studio.core.costing import frameworks, shapes
from studio.core.costing.fitted import SHIPPED, Fitted
from studio.domain.costing import Figure
from studio.domain.sizing import Architecture, Gpu, Levers

HOPPER_PEAK = 900e12
"""Operations a second from which a GPU is of the H100's kind."""
LOW, HIGH = 0.20, 0.65
"""Tenth and ninetieth percentile of the same. A judgement."""
LOADING = (360.0, 1080.0)
"""Seconds for loading and evaluation beside the steps: 0.1 to 0.3 hours. A judgement."""
IMPLAUSIBLE = 0.8
"""A published speed that implies a larger share of the peak is taken as mislabelled."""


def work(levers: Levers) -> float:
    """Returns operations for each weight and token.

    2 forward, 2 for the gradients of activations, 2 for those of weights, which adapters do not
    need; 2 more where layers are computed twice.
    """
    again = 2 if frameworks.recomputes(levers, frameworks.habits(levers)) else 0
    return (6 if levers.method == "full" else 4) + again


def share_of_peak(
    gpu: Gpu, *, packed: bool, method: str = "lora", fitted: Fitted = SHIPPED
) -> float:
    """Returns the share of the GPU's peak that is expected."""
    if not packed:
        return fitted.unpacked * (fitted.quick_full if method == "full" else 1.0)
    return fitted.hopper if gpu.peak > HOPPER_PEAK else fitted.packed


def tokens_per_second(
    shape: Architecture,
    levers: Levers,
    gpu: Gpu,
    *,
    packed: bool = True,
    fitted: Fitted = SHIPPED,
) -> Figure:
    """Returns the expected speed of all GPUs together."""
    whole = gpu.peak * levers.gpus / (work(levers) * shapes.active(shape))
    share = share_of_peak(gpu, packed=packed, method=levers.method, fitted=fitted)
    return Figure(
        low=min(LOW, share / 2) * whole,
        mid=share * whole,
        high=max(HIGH if packed else 1.5 * share, share) * whole,
        unit="tokens/s",
        basis=f"a prior: {share:.0%} of {gpu.name}'s peak of {gpu.peak / 1e12:.0f} TFLOP/s, "
        f"{work(levers):g} operations a weight and token",
    )


def seconds(tokens: float, speed: Figure, *, loading: tuple[float, float] = LOADING) -> Figure:
    """Returns how long training on so many tokens takes, loading and evaluation included."""
    if speed.mid is None:
        return Figure(unit="s", basis=speed.basis)
    low, high = speed.high or speed.mid, speed.low or speed.mid
    return Figure(
        low=tokens / low + loading[0],
        mid=tokens / speed.mid + sum(loading) / 2,
        high=tokens / high + loading[1],
        unit="s",
        basis=f"{tokens:,.0f} tokens; speed from {speed.basis}",
    )


def gpu_named(text: str, known: Iterable[Gpu]) -> Gpu | None:
    """Returns the GPU that a text names, the longest name winning; None when there is none."""
    plain = _plain(text)
    found: list[tuple[int, Gpu]] = []
    for gpu in known:
        for name in (gpu.name, *gpu.also):
            if re.search(rf"(?<![a-z0-9]){re.escape(_plain(name))}(?![a-z0-9])", plain):
                found.append((len(name), gpu))
    return max(found, key=lambda pair: pair[0])[1] if found else None


def from_earlier(speeds: Sequence[float]) -> Figure | None:
    """Returns what earlier runs of the same kind here tell about the next, None without any."""
    if not speeds:
        return None
    ordered = sorted(speeds)
    middle = ordered[len(ordered) // 2]
    return Figure(
        low=min(ordered[0], middle / 1.35),
        mid=middle,
        high=max(ordered[-1], middle * 1.35),
        unit="tokens/s",
        basis=f"measured here on {len(speeds)} earlier run(s)",
    )


def _plain(text: str) -> str:
    return re.sub(r"[\s\-_]+", " ", text.lower()).replace("nvidia ", "").replace("tesla ", "")
