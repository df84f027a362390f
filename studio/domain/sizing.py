"""Architecture and Levers: what memory and time of a fine-tune depend on; Probe: a speed tried."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from pydantic import Field

from studio.domain.values import Value

TuningMethod = Literal["full", "lora", "dora", "qlora"]


class Architecture(Value):
    """The shape of a language model, as its published configuration gives it."""

    name: str
    parameters: int
    """Weights in all."""
    hidden: int
    layers: int
    heads: int
    head_dim: int
    kv_heads: int
    intermediate: int
    """Width of the feed-forward part; of one expert, when there are several."""
    vocabulary: int
    tied: bool = False
    """True when input and output embeddings are one matrix."""
    gated: bool = True
    """True when the feed-forward part has three matrices instead of two."""
    parallel: bool = False
    """True when attention and feed-forward read the same input."""
    qkv_bias: bool = False
    positions: int = 0
    """Learnt position vectors, 0 where positions are computed."""
    experts: int = 1
    active_experts: int = 1
    also: tuple[str, ...] = ()
    """Other models of the same shape."""
    note: str = ""
    """Set when the shape is a guess, in words."""


class Levers(Value):
    """How a fine-tune is run, as far as memory depends on it; None is the framework's own way."""

    method: TuningMethod = "lora"
    framework: str = "transformers"
    """For example `trl`, `unsloth`, `axolotl`, `torchtune`, `litgpt`, `llama-factory`."""
    micro_batch: int = Field(default=1, ge=1)
    """Sequences computed at once on each GPU."""
    seq_len: int = Field(default=1024, ge=1)
    checkpointing: bool | None = None
    """True when layers are computed a second time on the way back instead of kept."""
    chunked_loss: bool | None = None
    """True when scores over the vocabulary never lie there all at once."""
    rank: int = Field(default=16, ge=1)
    targets: str = "all-linear"
    """Matrices that carry an adapter: `all-linear`, `mlp`, or names such as `q,v`."""
    quant: str = ""
    """For QLoRA: `nf4`, `nf4-dq` (double quantisation), `int8`."""
    optimizer: str = "adamw"
    """`adamw`, `adamw_8bit`, `paged_adamw_8bit`, `paged_adamw_32bit`, `sgd`, `adafactor`."""
    optimizer_in_backward: bool = False
    """True when each weight is changed as soon as its gradient is there."""
    state_precision: Literal["bf16", "fp32"] | None = None
    """Of what is trained, its gradients and its optimizer state."""
    flash_attention: bool = True
    """False when the table of all pairs of tokens is kept."""
    offload_activations: bool = False
    compiled: bool = False
    gpus: int = Field(default=1, ge=1)
    sharding: Literal["none", "ddp", "zero2", "full"] = "none"
    cpu_offload: bool = False
    counted: Literal["allocated", "reserved", "device"] = "reserved"
    """What a figure counts: tensors, what the allocator took, or all the driver shows as used."""


class Gpu(Value):
    """A GPU by its data sheet. Peaks are general knowledge, not confirmed by a source at hand."""

    name: str
    memory_gb: int
    """As it is sold; GiB."""
    peak: float
    """Dense bf16 operations a second; fp16 where bf16 is missing."""
    bandwidth: float
    """Bytes a second from its memory."""
    watts: float
    """Highest power."""
    also: tuple[str, ...] = ()


class Machine(Value):
    """The device where training would run here."""

    kind: Literal["cpu", "cuda"]
    name: str
    """In words, for example `CPU, 2 cores` or `NVIDIA L4`."""
    memory_total: int
    memory_free: int
    cores: int


class Probe(Value):
    """Real training steps tried for some seconds, to know this machine's speed."""

    id: str
    model_id: str
    parameters: int
    method: str
    device: str
    examples: str
    """What was trained on, in words: speed depends on how long the rows are."""
    steps: int
    tokens: int
    """Real tokens, padding left out."""
    seconds: float
    tokens_per_second: float
    memory_bytes: int
    """Most memory taken meanwhile."""
    at: datetime
