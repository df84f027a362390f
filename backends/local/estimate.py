"""Estimate: memory, disk and time of a run, from the model's shape and from runs done here before.

Memory terms after the project's costing reference (weights, adapter state, activations, logits);
see `docs/reference/estimates.md` for the terms and for how far they were off when checked.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from backends.local.hardware import Device
from backends.local.trainer.batches import MOST_TOKENS
from studio.domain.models import ModelFacts
from studio.domain.sizing import Probe
from studio.domain.training import Hyperparameters, Method

NF4_BYTES = 0.516
"""Bytes a weight takes in NF4 with double quantisation (QLoRA, Dettmers et al. 2023, section 3)."""
ADAPTER_BYTES = 16
"""fp32 weight, gradient and the two AdamW moments."""
LOGIT_BYTES = 12
"""bf16 scores, their fp32 copy, and the gradients of both."""
STRETCHED = frozenset(f"{family}ForCausalLM" for family in ("Llama", "Mistral", "Qwen2", "Qwen3"))
"""Architectures whose scores are held a stretch at a time (`trainer/answer_loss.py`)."""
STRETCH = 2**26
"""Scores in a stretch."""
PROCESS = {"cpu": 700_000_000, "cuda": 900_000_000}
"""A CPU process with torch loaded (measured); the CUDA context (a prior)."""
MARGIN = 1.15
FILL = 0.95
"""A run fits when MARGIN * need stays below FILL * free memory. Both are judgements."""
SPEED_PRIOR = {"cpu": (0.03e12, 0.35e12), "cuda": (15e12, 300e12)}
"""Useful bf16 operations per second, low and high, per core or per GPU. A prior."""
SPREAD = 1.35
"""How far a run may be from earlier ones of its kind, up or down. A judgement."""
SCALED_SPREAD = 2.0
"""The same where the speed was tried with another model or method. A judgement."""


@dataclass(frozen=True, kw_only=True)
class Sizes:
    """What counting the tokens of the examples gave."""

    train_tokens: int
    longest: int
    """Tokens of the longest example."""
    prefix: int = 0
    """Leading tokens that all prompts share; they are computed once for a whole micro-batch."""
    answer_share: float
    """Share of tokens that belong to answers."""
    together: int = 1
    """Rows that are computed at once whatever the batch: 2 for a pair of answers."""


def linear_parameters(facts: ModelFacts) -> int:
    """Returns the weights of all linear layers inside the decoder layers."""
    query, key = facts.heads * facts.head_dim, facts.kv_heads * facts.head_dim
    per_layer = 2 * query + 2 * key + 3 * facts.intermediate_size
    return facts.layers * facts.hidden_size * per_layer


def adapter_parameters(facts: ModelFacts, rank: int) -> int:
    """Returns the weights of an adapter on every linear layer."""
    h, i = facts.hidden_size, facts.intermediate_size
    query, key = facts.heads * facts.head_dim, facts.kv_heads * facts.head_dim
    return rank * facts.layers * (2 * (h + query) + 2 * (h + key) + 3 * (h + i))


@dataclass(frozen=True, kw_only=True)
class Way:
    """How a run is computed so that it fits."""

    recompute: bool
    """True when a layer's intermediate results are computed a second time instead of kept."""
    memory: int
    """Bytes at the peak."""


def way(
    facts: ModelFacts,
    method: Method,
    settings: Hyperparameters,
    sizes: Sizes,
    device: Device,
) -> Way:
    """Returns the fastest way that fits the device's free memory, or else the smallest."""
    for recompute in (False, True):
        needed = memory_bytes(facts, method, settings, sizes, device.kind, recompute=recompute)
        if fits(needed, device):
            break
    return Way(recompute=recompute, memory=needed)


def fits(needed: float, device: Device) -> bool:
    """Says whether a run of that estimated peak is expected to get through."""
    return needed * MARGIN < device.memory_free * FILL


def memory_bytes(
    facts: ModelFacts,
    method: Method,
    settings: Hyperparameters,
    sizes: Sizes,
    kind: str,
    *,
    recompute: bool = False,
) -> int:
    """Returns the peak memory of training in bytes."""
    linear = linear_parameters(facts)
    weights = 2.0 * facts.parameters
    if method is Method.QLORA:
        weights = NF4_BYTES * linear + 2 * (facts.parameters - linear)
        # One layer's matrices lie dequantised while they are used.
        weights += 4 * linear / facts.layers
    unit = sizes.longest * sizes.together
    tokens = max(unit, min(MOST_TOKENS, unit * settings.batch_size))
    query, key = facts.heads * facts.head_dim, facts.kv_heads * facts.head_dim
    per_token = 8 * facts.hidden_size + 3 * query + 3 * key + 4 * facts.intermediate_size
    activations = 2 * per_token * tokens * facts.layers
    if recompute:
        # What enters each layer is kept; one layer at a time is whole, with its gradients.
        activations = 2 * tokens * (facts.hidden_size * facts.layers + 2 * per_token)
    scores = sizes.answer_share * tokens * facts.vocabulary
    if facts.architecture in STRETCHED:
        scores = min(scores, STRETCH)
    state = ADAPTER_BYTES * adapter_parameters(facts, settings.lora_rank)
    running = weights + state + activations + LOGIT_BYTES * scores
    # The file is read in bf16 before it is quantised.
    loading = 2.0 * facts.parameters if kind == "cpu" else 0.0
    return int(max(running, loading) + PROCESS[kind])


def disk_bytes(facts: ModelFacts, rank: int) -> int:
    """Returns the disk a run takes at most: five checkpoints (three parts each) and the adapter."""
    return adapter_parameters(facts, rank) * 4 * (5 * 3 + 2) + 20_000_000


def seconds_range(
    facts: ModelFacts,
    tokens: float,
    device: Device,
    speeds: Sequence[float],
    *,
    recompute: bool = False,
    probe: Probe | None = None,
    method: str = "",
) -> tuple[float, float, str]:
    """Returns the shortest and longest expected duration in seconds, and what they rest on.

    Args:
        facts: shape of the model.
        tokens: real tokens trained on over the whole run.
        device: where it would run.
        speeds: real tokens per second of earlier runs of this model and method here.
        recompute: whether the layers run forward twice.
        probe: a speed tried here for some seconds, asked only where no run has ended yet.
        method: of the run, to know whether the probe was of the same kind.
    """
    if speeds:
        middle = tokens / median(speeds)
        return middle / SPREAD, middle * SPREAD, f"measured here on {len(speeds)} earlier run(s)"
    if probe is not None:
        same = probe.parameters == facts.parameters and probe.method == method
        speed = probe.tokens_per_second * probe.parameters / facts.parameters
        middle = tokens / speed * (1.5 if recompute else 1.0)
        spread = SPREAD if same else SCALED_SPREAD
        words = f"a {probe.seconds:.0f}-second probe here on {probe.at:%Y-%m-%d}"
        if not same:
            words += f" of {probe.model_id} ({probe.method}), scaled by size"
        return middle / spread, middle * spread, words
    low, high = SPEED_PRIOR[device.kind]
    units = device.cores if device.kind == "cpu" else 1
    # 4 operations per weight and token: forward and the gradient of activations; frozen weights
    # need no gradient of their own. A second forward pass makes it 6.
    work = (6.0 if recompute else 4.0) * facts.parameters * tokens
    start = 20.0
    return start + work / (high * units), start + work / (low * units), "a prior, not measured here"
