"""Frameworks: what training libraries keep in memory by habit, and why that is known."""

from __future__ import annotations

from typing import NamedTuple

from studio.domain.sizing import Levers


class Habits(NamedTuple):
    """How one library computes when nobody asks for something else."""

    name: str
    scores: float
    """Bytes for each score over the vocabulary with the plain loss: copies and their gradients."""
    scores_chunked: float = 3.0
    """The same when the loss is computed in chunks or fused with the output layer."""
    chunked: bool = False
    checkpointing: bool = False
    checkpointing_quantised: bool = False
    state: str = "fp32"
    """Precision of adapters, their gradients and moments."""
    upcasts: bool = False
    """QLoRA: embeddings, output layer and norms are cast to fp32, and so is what runs between
    layers (`prepare_model_for_kbit_training`)."""
    keeps_inputs: bool = False
    """QLoRA: the 4-bit product keeps its input for the way back, needed or not: `MatMul4Bit` of
    bitsandbytes up to 0.43.0 keeps both factors, from 0.43.3 on the weights only (its source)."""
    head_quantised: bool = False
    double_quantised: bool = False
    stretch: int = 0
    """Scores that ever lie there at once, 0 where there is no such limit."""
    why: str = ""


HUGGING_FACE = Habits(
    name="transformers",
    scores=16.0,
    checkpointing_quantised=True,
    upcasts=True,
    why="bf16 scores, an fp32 copy, log-probabilities and the gradients of both; peft casts what "
    "is not 4-bit to fp32 and switches checkpointing on for quantised models",
)
KNOWN: dict[str, Habits] = {
    "ladder studio": Habits(
        name="ladder studio",
        scores=12.0,
        scores_chunked=12.0,
        chunked=True,
        double_quantised=True,
        stretch=2**26,
        why="this studio's own engine: scores a stretch at a time, adapters in fp32, frozen "
        "weights in bf16 or NF4 with double quantisation",
    ),
    "unsloth": Habits(
        name="unsloth",
        scores=3.0,
        chunked=True,
        checkpointing=True,
        checkpointing_quantised=True,
        double_quantised=True,
        why="its loss kernel works in place on bf16 scores; checkpointing is its default",
    ),
    "torchtune": Habits(
        name="torchtune",
        scores=10.0,
        chunked=True,
        checkpointing=True,
        checkpointing_quantised=True,
        state="bf16",
        double_quantised=True,
        why="everything in bf16; the loss goes in chunks; nf4 of torchao keeps its scales in 8 bit",
    ),
    "litgpt": Habits(
        name="litgpt",
        scores=12.0,
        state="bf16",
        keeps_inputs=True,
        head_quantised=True,
        why="bf16-true; bitsandbytes quantises every linear layer, the output layer included",
    ),
    "fsdp_qlora": HUGGING_FACE._replace(name="fsdp_qlora", state="bf16", upcasts=False),
    "axolotl": HUGGING_FACE._replace(
        name="axolotl", checkpointing=True, upcasts=False, why="casts embeddings back to bf16"
    ),
    "llama-factory": HUGGING_FACE._replace(name="llama-factory", checkpointing=True, upcasts=False),
    "trl": HUGGING_FACE._replace(name="trl"),
    "qlora paper": HUGGING_FACE._replace(name="qlora paper", double_quantised=True),
}
"""Word in a framework's name → its habits; the first that is found."""
SPELT = {"llama_factory": "llama-factory", "llamafactory": "llama-factory", "lit-gpt": "litgpt"}


def habits(levers: Levers) -> Habits:
    """Returns the habits of the framework named in the levers; transformers' for unknown ones."""
    name = levers.framework.lower().replace("llama factory", "llama-factory")
    for odd, usual in SPELT.items():
        name = name.replace(odd, usual)
    found = next((kept for word, kept in KNOWN.items() if word in name), HUGGING_FACE)
    if "transformers 5" in name and levers.method != "qlora":
        found = found._replace(scores=14.0)  # Since version 5 one fp32 copy less is made.
    if "bnb-old" in name:
        found = found._replace(keeps_inputs=True)
    if found.name == "torchtune" and levers.compiled:
        found = found._replace(scores_chunked=2.2)  # Only the bf16 scores are whole.
    if "liger" in name or "cut-cross" in name:
        found = found._replace(chunked=True)
    return found


def recomputes(levers: Levers, kept: Habits) -> bool:
    """Says whether layers are computed twice, by wish or by habit."""
    if levers.checkpointing is not None:
        return levers.checkpointing
    return kept.checkpointing_quantised if levers.method == "qlora" else kept.checkpointing


def chunks(levers: Levers, kept: Habits) -> bool:
    """Says whether the loss is computed in chunks, by wish or by habit."""
    return kept.chunked if levers.chunked_loss is None else levers.chunked_loss


def trained_bytes(levers: Levers, kept: Habits) -> tuple[float, float, float]:
    """Returns bytes of weight, gradient and optimizer state for each trained number.

    For full fine-tuning the weight is the model's own.
    """
    full = levers.method == "full"
    precision = levers.state_precision or ("bf16" if full else kept.state)
    size = 4.0 if precision == "fp32" else 2.0
    name = levers.optimizer.lower()
    if "sgd" in name:
        state = 0.0
    elif "adafactor" in name:
        state = 0.1
    elif "8bit" in name or "8-bit" in name:
        state = 2.0
    elif "lion" in name:
        state = size
    else:
        state = 2 * size
    if "paged" in name:
        state = 0.0  # Moves to main memory when the GPU is full.
    gradient = 0.0 if levers.optimizer_in_backward else size
    return size, gradient, state
