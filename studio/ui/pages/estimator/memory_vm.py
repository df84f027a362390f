"""Memory of a fine-tune on any GPU: what is asked, and the answer term by term."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from studio.domain.costing import MemoryEstimate
from studio.ui.pages import figures

if TYPE_CHECKING:
    from studio.services.container import Services

GIB = 2**30
METHODS = {
    "lora": "LoRA",
    "qlora": "QLoRA (weights in 4 bits)",
    "dora": "DoRA",
    "full": "All weights",
}
FRAMEWORKS = {
    "trl": "TRL, transformers",
    "ladder studio": "Ladder Studio",
    "unsloth": "Unsloth",
    "axolotl": "Axolotl",
    "torchtune": "torchtune",
    "litgpt": "LitGPT",
    "llama-factory": "LLaMA-Factory",
}
OPTIMIZERS = {
    "adamw": "AdamW",
    "adamw_8bit": "AdamW, 8 bits",
    "paged_adamw_8bit": "AdamW, 8 bits, paged",
    "paged_adamw_32bit": "AdamW, paged",
    "adafactor": "Adafactor",
    "sgd": "SGD",
}
SHARDING = {
    "none": "Nothing",
    "ddp": "Copies (DDP)",
    "zero2": "Gradients and states (ZeRO-2)",
    "full": "Everything (FSDP, ZeRO-3)",
}
USUAL = "usual"
SWITCH = {USUAL: "As the library does", "yes": "Yes", "no": "No"}
VERDICTS = {
    "fits": "It fits.",
    "uncertain": "It may or may not fit: within the error of the estimate.",
    "does_not_fit": "It does not fit.",
    "unknown": "Say how much memory one GPU has to know whether it fits.",
}


@dataclass(kw_only=True)
class MemoryForm:
    """What is asked of the estimator; every field is one of its levers."""

    services: Services
    models: tuple[str, ...] = ()
    model: str = ""
    gpu_gb: float | None = 24
    levers: dict[str, Any] = field(
        default_factory=lambda: {
            "method": "lora",
            "framework": "trl",
            "seq_len": 1024,
            "micro_batch": 1,
            "rank": 16,
            "optimizer": "adamw",
            "checkpointing": None,
            "chunked_loss": None,
            "offload_activations": False,
            "gpus": 1,
            "sharding": "none",
        }
    )
    found: MemoryEstimate | None = None
    note: str = ""
    """What the shape rests on, where it is a guess."""

    def load(self) -> None:
        """Reads the names of models, those on this machine first."""
        here = [base.name for base in self.services.models.bases()]
        self.models = tuple(dict.fromkeys([*here, *self.services.estimates.known_models()]))
        self.model = self.model or next(iter(self.models), "")

    def set(self, name: str, value: Any) -> None:
        """Takes an answer; an emptied number leaves the last one standing."""
        if name in ("checkpointing", "chunked_loss"):
            self.levers[name] = {"yes": True, "no": False}.get(value)
        elif isinstance(value, float):
            self.levers[name] = int(value)
        elif value is not None:
            self.levers[name] = value

    def estimate(self) -> None:
        """Works the memory out; InvalidInput or NotFound as the service says."""
        levers = {name: value for name, value in self.levers.items() if name != "method"}
        self.note = self.services.estimates.shape(self.model).note
        self.found = self.services.estimates.memory(
            self.model,
            self.levers["method"],
            available=None if self.gpu_gb is None else int(self.gpu_gb * GIB),
            levers=levers,
        )

    def rows(self) -> list[list[str]]:
        """The parts as the table shows them, the largest first."""
        if self.found is None:
            return []
        parts = sorted(self.found.terms, key=lambda term: -term.bytes)
        return [
            *([term.name, figures.size(term.bytes), term.how] for term in parts if term.bytes),
            ["Together, on each GPU", figures.size(self.found.total), ""],
        ]

    def verdict(self) -> str:
        """Says whether it fits, and what the driver takes beside it."""
        if self.found is None:
            return ""
        beside = f"The GPU's driver takes about {figures.size(self.found.context)} beside it."
        return f"{VERDICTS[self.found.verdict]} {beside}"
