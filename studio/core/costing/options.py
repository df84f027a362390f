"""Options: ways to fine-tune one model, side by side: here, on a rented GPU, at a provider."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Literal, NamedTuple

from studio.core.costing import duration, memory
from studio.core.costing.duration import gpu_named
from studio.core.costing.offers import Offer, offers
from studio.core.costing.price import cited
from studio.domain.costing import Figure, MethodOption, Price
from studio.domain.sizing import Architecture, Gpu, Levers, Machine

CLASSES = (16, 24, 48, 80)
"""Sizes of GPU memory in GB that are compared."""
METHODS: tuple[Literal["lora", "qlora", "full"], ...] = ("lora", "qlora", "full")
HOURS_MONTH = 730.0
MOST_TOKENS = 4096
"""Tokens the studio's engine computes at once."""
PROCESS = {"cpu": 700_000_000, "cuda": 900_000_000}
"""Bytes a training process takes before its first tensor: measured on CPU, a prior on CUDA."""
NO_FULL = "The studio tunes adapters here, not whole models."
HOSTED_SECONDS = Figure(unit="s", basis="not known: the provider's business")


class Task(NamedTuple):
    """What is to be tuned on."""

    tokens: float
    """Tokens trained on over all epochs."""
    longest: int
    """Tokens of the longest example."""
    basis: str


def local(
    shape: Architecture,
    task: Task,
    machine: Machine,
    speeds: dict[str, Figure],
    hour: Figure,
) -> list[MethodOption]:
    """Returns the ways on this machine; `speeds` in tokens/s by method, `hour` in USD."""
    found = []
    for method in METHODS:
        needed = None
        for recompute in (False, True):
            levers = Levers(
                method=method,
                framework="ladder studio",
                micro_batch=max(1, MOST_TOKENS // max(1, task.longest)),
                seq_len=max(1, task.longest),
                checkpointing=recompute,
            )
            free = machine.memory_free
            needed = memory.estimate(shape, levers, free, context=PROCESS[machine.kind])
            if needed.verdict == "fits":
                break
        assert needed is not None
        took = duration.seconds(task.tokens, speeds.get(method, NO_SPEED), loading=(10.0, 60.0))
        blocked = NO_FULL if method == "full" else ""
        if not blocked and needed.verdict == "does_not_fit":
            blocked = f"It needs {_gb(needed.total)}; {_gb(machine.memory_free)} are free here."
        found.append(
            MethodOption(
                backend="local",
                method=method,
                model=shape.name,
                device=machine.name,
                memory=needed,
                duration=took,
                training_cost=_hours(took, hour),
                serving_cost_month=Figure(
                    low=_times(hour.low, HOURS_MONTH),
                    mid=_times(hour.mid, HOURS_MONTH),
                    high=_times(hour.high, HOURS_MONTH),
                    unit="USD",
                    basis=f"running all month; {hour.basis}",
                ),
                blocked_because=blocked,
                warnings=_notes(shape, needed.verdict, task),
            )
        )
    return found


NO_SPEED = Figure(unit="tokens/s", basis="not measured here")


def rented(
    shape: Architecture, task: Task, prices: Sequence[Price], gpus: Sequence[Gpu]
) -> list[MethodOption]:
    """Returns the ways on one rented GPU of each size, the cheapest of that size."""
    found = []
    for size in CLASSES:
        price, gpu = _cheapest(prices, gpus, size)
        if price is None or gpu is None:
            continue
        for method in METHODS:
            levers = Levers(
                method=method,
                framework="trl",
                seq_len=max(1, task.longest),
                checkpointing=True,
                optimizer="adamw",
                quant="nf4-dq" if method == "qlora" else "",
            )
            needed = memory.estimate(shape, levers, size * 2**30)
            speed = duration.tokens_per_second(shape, levers, gpu, packed=False)
            took = duration.seconds(task.tokens, speed)
            hour = Figure(mid=float(price.usd_per_gpu_hour or 0), unit="USD", basis=cited(price))
            too_small = needed.verdict == "does_not_fit"
            found.append(
                MethodOption(
                    backend=f"rented {size} GB GPU",
                    method=method,
                    model=shape.name,
                    device=f"{gpu.name} at {price.provider}",
                    memory=needed,
                    duration=took,
                    training_cost=_hours(took, hour),
                    serving_cost_month=Figure(
                        mid=(hour.mid or 0) * HOURS_MONTH,
                        unit="USD",
                        basis=f"rented all month, idle or not; {hour.basis}",
                    ),
                    shutdown_date=price.shutdown_date,
                    blocked_because=f"It needs {_gb(needed.total)}; the GPU has {size} GB."
                    if too_small
                    else "",
                    warnings=(
                        *_notes(shape, needed.verdict, task),
                        *_stale(price),
                        "Started by hand: the studio exports the data, another tool trains.",
                    ),
                )
            )
    return found


def hosted(
    task: Task,
    prices: Sequence[Price],
    *,
    today: date,
    horizon_end: date | None,
    requests: float | None,
    tokens_in: float | None,
    tokens_out: float | None,
) -> list[MethodOption]:
    """Returns the providers' ways with the day on which they end."""
    found = []
    for offer in offers(prices):
        usd = float(offer.training.usd or 0) * task.tokens / 1e6
        serving = _serving(offer, requests, tokens_in, tokens_out)
        used = (offer.training, *([offer.hour] if offer.hour else ()), *(offer.tokens or ()))
        old = tuple(dict.fromkeys(note for price in used for note in _stale(price)))
        found.append(
            MethodOption(
                backend=offer.provider,
                method="lora",
                model=offer.training.item,
                device="the provider's",
                duration=HOSTED_SECONDS,
                training_cost=Figure(
                    mid=usd, unit="USD", basis=f"{task.tokens:,.0f} tokens; {cited(offer.training)}"
                ),
                serving_cost_month=serving,
                shutdown_date=min(filter(None, (offer.ends, offer.closes)), default=None),
                blocked_because=_closed(offer, today, horizon_end),
                warnings=old,
            )
        )
    return found


def confined(found: Sequence[MethodOption], because: str) -> list[MethodOption]:
    """Returns the ways with those outside this machine blocked; all as they are without a reason.

    Args:
        found: ways to fine-tune.
        because: why data may not leave, empty where it may.
    """
    if not because:
        return list(found)
    return [
        one
        if one.backend == "local"
        else one.with_(blocked_because=f"{because} {one.blocked_because}".strip())
        for one in found
    ]


def _serving(
    offer: Offer, requests: float | None, tokens_in: float | None, tokens_out: float | None
) -> Figure:
    if offer.tokens is None:
        usd = offer.month(0, 0, 0, HOURS_MONTH)
        basis = "billed by the hour, idle or not"
        return Figure(mid=usd, unit="USD", basis=basis)
    if requests is None or tokens_in is None or tokens_out is None:
        basis = "billed by token; requests a month are not in the charter"
        return Figure(unit="USD", basis=basis)
    usd = offer.month(requests, tokens_in, tokens_out, HOURS_MONTH)
    return Figure(mid=usd, unit="USD", basis=f"{requests:,.0f} requests a month, billed by token")


def _closed(offer: Offer, today: date, horizon_end: date | None) -> str:
    reason = offer.closed_because(today, horizon_end or today)
    return f"{reason}." if reason else ""


def _cheapest(
    prices: Sequence[Price], gpus: Sequence[Gpu], size: int
) -> tuple[Price | None, Gpu | None]:
    """Returns the lowest price of a single GPU of that size, unreliable sources left out."""
    rows: list[tuple[float, Price, Gpu]] = []
    for price in prices:
        if price.kind != "gpu_on_demand" or price.gpu_count != 1 or price.usd_per_gpu_hour is None:
            continue
        gpu = gpu_named(price.item, gpus)
        if gpu is not None and gpu.memory_gb == size and price.verified != "unreliable":
            rows.append((float(price.usd_per_gpu_hour), price, gpu))
    if not rows:
        return None, None
    _, price, gpu = min(rows, key=lambda row: row[0])
    return price, gpu


def _hours(took: Figure, hour: Figure) -> Figure:
    if took.mid is None or hour.mid is None:
        return Figure(unit="USD", basis=hour.basis if took.mid is not None else took.basis)
    return Figure(
        low=(took.low or took.mid) / 3600 * (hour.low or hour.mid),
        mid=took.mid / 3600 * hour.mid,
        high=(took.high or took.mid) / 3600 * (hour.high or hour.mid),
        unit="USD",
        basis=hour.basis,
    )


def _notes(shape: Architecture, verdict: str, task: Task) -> tuple[str, ...]:
    found = [shape.note] if shape.note else []
    if verdict == "uncertain":
        found.append("It may or may not fit: within the error of the estimate.")
    if task.basis:
        found.append(task.basis)
    return tuple(found)


def _stale(price: Price) -> tuple[str, ...]:
    if not price.stale:
        return ()
    dated = f"of {price.price_date}" if price.price_date else "undated"
    return (f"The price of {price.provider} {price.item} is {dated}: check it.",)


def _times(number: float | None, by: float) -> float | None:
    return None if number is None else number * by


def _gb(count: float) -> str:
    return f"{count / 1e9:.1f} GB"
