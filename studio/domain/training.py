"""TrainingSpec: what to train, on what, how hard; Plan: what it needs; METRICS: what it tells."""

from __future__ import annotations

from enum import StrEnum
from typing import Literal

from pydantic import Field

from studio.domain.endpoints import PREFIX
from studio.domain.values import Value


class Method(StrEnum):
    """How weights are changed."""

    LORA = "lora"
    """A small adapter beside frozen bf16 weights."""
    QLORA = "qlora"
    """The same adapter beside 4-bit (NF4, double-quantised) weights: a quarter of the memory."""


class Objective(StrEnum):
    """What is learnt from an example."""

    SFT = "sft"
    """Supervised: to give the example's answer."""
    DPO = "dpo"
    """Direct preference optimisation (Rafailov et al. 2023): to prefer its answer to the rejected
    one, without drifting far from the model before."""


class Effort(StrEnum):
    """The one dial. It sets every hyperparameter that the user leaves alone."""

    QUICK = "quick"
    BALANCED = "balanced"
    THOROUGH = "thorough"


class Hyperparameters(Value):
    """Everything under “advanced”."""

    epochs: float = Field(default=3.0, gt=0, le=50)
    """How often every training example is seen. More learns more, until it memorises."""
    learning_rate: float = Field(default=2e-4, gt=0)
    """Size of each correction. Too high diverges, too low learns nothing; 2e-4 suits most."""
    batch_size: int = Field(default=16, ge=1, le=1024)
    """Examples per correction. Larger is steadier, smaller corrects more often."""
    lora_rank: int = Field(default=16, ge=1, le=256)
    """Width of the adapter, 8 to 64. Higher learns more and overfits sooner."""
    lora_alpha: int = Field(default=32, ge=1, le=1024)
    """Strength of the adapter; customary is once or twice the rank."""
    lora_plus: float = Field(default=8.0, ge=1, le=64)
    """How much faster the adapter's output half learns than its input half (LoRA+); 1: alike."""
    lora_dropout: float = Field(default=0.0, ge=0, lt=1)
    """Share of adapter inputs dropped at random while training, against overfitting; 0 to 0.1."""
    sequence_length: int = Field(default=1024, ge=16, le=131072)
    """Longest example in tokens. Longer ones are reported before the start, never cut silently."""
    warmup_ratio: float = Field(default=0.03, ge=0, le=0.5)
    """Share of the steps in which the learning rate rises to its full value."""
    schedule: Literal["cosine", "linear", "constant"] = "cosine"
    """How the learning rate falls after warm-up."""
    weight_decay: float = Field(default=0.0, ge=0, le=1)
    """Pull of the adapter towards zero at each step."""
    max_grad_norm: float = Field(default=1.0, gt=0)
    """Longest correction allowed; longer ones are shortened to it."""
    early_stopping: int = Field(default=2, ge=0, le=100)
    """Stop after validation loss has risen this many times in a row; 0 never stops early."""
    evaluations: int = Field(default=8, ge=1, le=200)
    """How often validation loss is measured over the run; a checkpoint is saved each time."""
    seed: int = Field(default=7, ge=0, le=2147483647)
    """Start of all randomness: same seed, data and machine give the same model."""
    beta: float = Field(default=0.1, gt=0, le=2)
    """Preferences only: how firmly the model is held to what it was; smaller lets it move more."""


class TrainingSpec(Value):
    """One fine-tune, fully described."""

    project_id: str
    name: str = Field(min_length=1, max_length=80)
    """What the tuned model will be called."""
    dataset_version_id: str
    base_model: str
    """Id of a registered base model; for a hosted backend, the model as its server spells it."""
    backend: str = "local"
    """`local`, or `endpoint:NAME` for the training API of an endpoint."""
    objective: Objective = Objective.SFT
    method: Method = Method.LORA
    """How weights are changed on this machine; a hosted backend decides for itself."""
    effort: Effort = Effort.BALANCED
    hyperparameters: Hyperparameters = Hyperparameters()
    leave_out: tuple[str, ...] = ()
    """Ids of examples that the user agreed to leave out because they do not fit."""
    automatic: tuple[str, ...] = ()
    """Hyperparameters by name that a hosted backend may choose itself (OpenAI's `auto`)."""
    agreed: str = ""
    """Fingerprint of the disclosure that the user agreed to; empty where nothing leaves."""

    @property
    def hosted(self) -> bool:
        """True when the run is another server's work."""
        return self.backend.startswith(PREFIX)

    @property
    def base_id(self) -> str:
        """Id under which the base model answers: `endpoint:NAME/MODEL` for a hosted one."""
        return f"{self.backend}/{self.base_model}" if self.hosted else self.base_model


class Blocker(Value):
    """A reason why a run cannot start, and what would let it."""

    what: str
    remedy: str
    example_ids: tuple[str, ...] = ()
    """Rows concerned, when it is about rows."""


class SentFile(Value):
    """A file that would leave this machine."""

    name: str
    rows: int
    size: int
    """Bytes."""
    sha256: str


class PersonalData(Value):
    """One kind of personal data or secret that a scan saw in what would be sent."""

    kind: str
    """In plain words, for example `e-mail address`."""
    count: int
    example_ids: tuple[str, ...] = ()
    """Rows in which it was seen, at most 100."""
    excerpts: tuple[str, ...] = ()
    """A few of them, mostly masked."""


class Disclosure(Value):
    """What leaves this machine when the run starts; shown and agreed to before."""

    host: str
    """Machine it goes to."""
    files: tuple[SentFile, ...]
    personal_data: tuple[PersonalData, ...] | None = None
    """What a scan found; None when nothing was scanned."""
    fingerprint: str
    """Stands for host and contents: an agreement to it covers nothing else."""


class Plan(Value):
    """What a run will need, shown before it starts. A figure that is not known is None, never 0."""

    device: str
    """In words, for example `CPU, 2 cores` or `NVIDIA L4, 24 GB`."""
    memory_needed: int | None
    """Bytes at the peak."""
    memory_available: int | None
    """Bytes free on the device now."""
    disk_needed: int | None
    disk_available: int | None
    seconds_low: float | None
    """Optimistic duration."""
    seconds_high: float | None
    """Pessimistic duration."""
    basis: str
    """Where the figures come from: measured here on an earlier run, or a prior."""
    total_steps: int | None
    train_examples: int
    validation_examples: int
    train_tokens: int | None
    """Tokens of all training examples, once through; None when not counted yet."""
    billed_tokens: int | None = None
    """Training tokens a provider will bill over all epochs; None when not known or not billed."""
    blockers: tuple[Blocker, ...] = ()
    warnings: tuple[str, ...] = ()
    disclosure: Disclosure | None = None
    """None when nothing leaves this machine."""
    usd: float | None = None
    """What the provider will ask for, before tax; None when not known, 0 only when it is free."""
    usd_basis: str = ""
    """Price, date and source behind `usd`, or why it is not known."""

    @property
    def can_start(self) -> bool:
        """True when nothing stands in the way."""
        return not self.blockers


METRICS: dict[str, str] = {
    "loss": "training loss of this step: cross-entropy on answer tokens (nats), or of preferences",
    "token_accuracy": "share of this step's answer tokens that were the likeliest guess",
    "validation_token_accuracy": "the same share over the validation split",
    "reward_margin": "preferences: how much further the better answer moved up than the worse one",
    "reward_accuracy": "preferences: share of pairs whose better answer moved up further",
    "validation_reward_margin": "the same margin over the validation split",
    "validation_reward_accuracy": "the same share over the validation split",
    "validation_loss": "the same loss, as a mean over the validation split",
    "learning_rate": "learning rate of this step",
    "gradient_norm": "length of the gradient before clipping",
    "tokens_per_second": "real (non-padding) tokens trained on per second since the last line",
    "percent": "share of the run that is done, 0 to 100",
    "eta_seconds": "expected remaining seconds",
    "memory_bytes": "most device memory the worker has held",
    "epoch": "how often the data was seen",
    "step": "optimizer steps done",
    "total_steps": "optimizer steps of the whole run",
}
