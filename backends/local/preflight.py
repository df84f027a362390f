"""Preflight: what stands in the way of a run, each with its remedy, and what to know before."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from backends.local import estimate, planning
from backends.local.hardware import Device
from backends.local.lengths import Counted
from studio.domain.datasets import Example
from studio.domain.models import BaseModel
from studio.domain.training import Blocker, Method, TrainingSpec

FEWEST_EXAMPLES = 10
"""Below this OpenAI's fine-tuning API refuses too (supervised fine-tuning guide)."""
EFFECT_FROM = 50
"""Examples from which effects are usually seen (OpenAI supervised fine-tuning guide)."""
NAMED = 5
"""Lines named in a message; all of them are in the blocker's `example_ids`."""


@dataclass(frozen=True, kw_only=True)
class Needs:
    """What a run needs against what is there, all in bytes."""

    memory: int
    disk: int
    disk_free: int


def blockers(
    spec: TrainingSpec,
    model: BaseModel,
    examples: Sequence[Example],
    counted: Sequence[Counted],
    train: int,
    device: Device,
    needs: Needs,
    size: estimate.Sizes,
) -> tuple[Blocker, ...]:
    """Returns every reason why the run cannot start.

    Args:
        spec: the run.
        model: what it would tune.
        examples: training and validation examples, in that order.
        counted: their tokens, in the same order.
        train: how many of them are training examples.
        device: where it would run.
        needs: what it would take.
        size: what the training examples sum up to.
    """
    found = [
        planning.blocker(spec, examples),
        _too_long(spec, model, examples, counted),
        _too_few(train),
        _memory(spec, model, size, device, needs.memory),
        _disk(needs.disk, needs.disk_free),
    ]
    return tuple(blocker for blocker in found if blocker is not None)


def warnings(train: int, validation: int, way: estimate.Way) -> tuple[str, ...]:
    """Returns what does not stop a run but should be known before it."""
    found = []
    if FEWEST_EXAMPLES <= train < EFFECT_FROM:
        found.append(
            f"{train} training examples are few; effects usually show from {EFFECT_FROM} on."
        )
    if validation == 0:
        found.append("Without validation examples the last checkpoint is kept, not the best one.")
    if way.recompute:
        found.append(
            "Memory is short, so layers are computed twice instead of kept: the run takes up to "
            "half as long again, with the same result."
        )
    return tuple(found)


def _too_long(
    spec: TrainingSpec, model: BaseModel, examples: Sequence[Example], counted: Sequence[Counted]
) -> Blocker | None:
    reads = model.facts.context_length
    limit = min(spec.hyperparameters.sequence_length, reads)
    long = [e for e, row in zip(examples, counted, strict=True) if row.total > limit]
    if not long:
        return None
    longest = max(row.total for row in counted)
    lines = ", ".join(str(example.line) for example in long[:NAMED])
    more = " …" if len(long) > NAMED else ""
    remedy = f"Leave these rows out, or raise the sequence length to {longest}."
    if longest > reads:
        remedy = f"Leave these rows out: the model reads at most {reads} tokens."
    are = "example is" if len(long) == 1 else "examples are"
    return Blocker(
        what=f"{len(long)} {are} longer than {limit} tokens (lines {lines}{more}).",
        remedy=remedy,
        example_ids=tuple(example.id for example in long),
    )


def _too_few(train: int) -> Blocker | None:
    if train >= FEWEST_EXAMPLES:
        return None
    return Blocker(
        what=f"There are only {train} training examples.",
        remedy=f"Add at least {FEWEST_EXAMPLES - train} more; effects usually show from "
        f"{EFFECT_FROM} on.",
    )


def _memory(
    spec: TrainingSpec, model: BaseModel, size: estimate.Sizes, device: Device, needed: int
) -> Blocker | None:
    if estimate.fits(needed, device):
        return None
    single = spec.hyperparameters.with_(batch_size=1)
    tries = (
        (Method.LORA, single, "A batch size of 1 would fit"),
        (Method.QLORA, spec.hyperparameters, "QLoRA would fit"),
        (Method.QLORA, single, "QLoRA with a batch size of 1 would fit"),
    )
    remedy = "Choose a smaller base model, or a machine with more memory."
    for method, settings, words in tries:
        would = estimate.way(model.facts, method, settings, size, device).memory
        easier = method is not spec.method or settings != spec.hyperparameters
        allowed = spec.method is Method.LORA or method is Method.QLORA
        if easier and allowed and estimate.fits(would, device):
            remedy = f"{words}: it needs about {_gigabytes(would)}."
            break
    return Blocker(
        what=f"This run needs about {_gigabytes(needed)} of memory; "
        f"{_gigabytes(device.memory_free)} are free on {device.name}.",
        remedy=remedy,
    )


def _disk(needed: int, free: int) -> Blocker | None:
    if needed < free:
        return None
    return Blocker(
        what=f"The run writes up to {_gigabytes(needed)}; {_gigabytes(free)} are free on the disk.",
        remedy="Free some space, or choose a data folder on another disk.",
    )


def _gigabytes(count: float) -> str:
    return f"{count / 1e9:.1f} GB"
