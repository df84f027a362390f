"""Recipes: the one dial turned into hyperparameters, each number with its source."""

from __future__ import annotations

import math
from dataclasses import dataclass

from studio.domain.models import ModelFacts
from studio.domain.training import Effort, Hyperparameters, Objective


@dataclass(frozen=True, kw_only=True)
class Dial:
    """What one position of the dial means."""

    epochs: float
    """Passes over the data. 2-3 for models of 1-4 billion weights (TRL, tinker-cookbook); small
    data needs more, large data fewer: see `recommended`."""
    lora_rank: int
    evaluations: int


DIALS: dict[Effort, Dial] = {
    Effort.QUICK: Dial(epochs=1.0, lora_rank=8, evaluations=4),
    Effort.BALANCED: Dial(epochs=3.0, lora_rank=16, evaluations=8),
    Effort.THOROUGH: Dial(epochs=6.0, lora_rank=32, evaluations=16),
}
"""Epochs of the first and last row are a judgement."""

FEWEST_STEPS = {Effort.QUICK: 100, Effort.BALANCED: 300, Effort.THOROUGH: 600}
"""Corrections below which an adapter has hardly moved; a judgement, like the limits below."""
MOST_EPOCHS = 12.0
SMALL_DATA = 2000
"""Training examples below which smaller batches correct more often."""
LOWEST_RATE, HIGHEST_RATE = 5e-5, 1e-3
LORA_PLUS = 8.0
"""Between 2 and 16 as in LoRA+ (Hayou, Ghosh and Yu 2024, section 5); the value is a judgement."""

PREFERENCE_RATE = 1 / 40
"""Learning rate of preferences as a share of that of answers: 5e-6 against 2e-4 in the commands for
LoRA that trl's own scripts for DPO and SFT give."""
PREFERENCE_EPOCHS = 3.0
"""Most passes over pairs, as trl's default; more of them drive both answers down. A judgement."""


def recommended(
    examples: int, facts: ModelFacts, effort: Effort, objective: Objective = Objective.SFT
) -> Hyperparameters:
    """Returns hyperparameters for so many training examples and a model of this shape.

    LoRA batches stay below 32, as larger ones learn less per example (Schulman et al. 2025,
    “LoRA Without Regret”).
    """
    dial = DIALS[effort]
    batch, epochs = _passes(examples, effort)
    rate = learning_rate(facts.hidden_size, LORA_PLUS)
    if objective is Objective.DPO:
        epochs, rate = min(PREFERENCE_EPOCHS, epochs), float(f"{rate * PREFERENCE_RATE:.1e}")
    return Hyperparameters(
        epochs=round(epochs, 1),
        learning_rate=rate,
        lora_plus=LORA_PLUS,
        batch_size=batch,
        lora_rank=dial.lora_rank,
        lora_alpha=2 * dial.lora_rank,
        evaluations=dial.evaluations,
        sequence_length=min(1024, facts.context_length),
    )


def recommended_elsewhere(
    examples: int, effort: Effort, objective: Objective = Objective.SFT
) -> Hyperparameters:
    """Returns hyperparameters for a model on another server, of whose shape nothing is known.

    Epochs and batch follow the same dial; the learning rate is the usual one for adapters.
    """
    dial = DIALS[effort]
    batch, epochs = _passes(examples, effort)
    rate = Hyperparameters().learning_rate
    if objective is Objective.DPO:
        epochs, rate = min(PREFERENCE_EPOCHS, epochs), float(f"{rate * PREFERENCE_RATE:.1e}")
    return Hyperparameters(
        # A provider takes whole passes only.
        epochs=float(round(epochs)),
        learning_rate=rate,
        batch_size=batch,
        lora_rank=dial.lora_rank,
        lora_alpha=2 * dial.lora_rank,
        evaluations=dial.evaluations,
    )


def _passes(examples: int, effort: Effort) -> tuple[int, float]:
    """Returns batch size and epochs for so many training examples."""
    batch = 8 if examples < SMALL_DATA else 16
    steps_per_epoch = math.ceil(max(1, examples) / batch)
    fewest = FEWEST_STEPS[effort] / steps_per_epoch
    return batch, max(DIALS[effort].epochs, min(MOST_EPOCHS, fewest))


def learning_rate(hidden_size: int, lora_plus: float) -> float:
    """Returns the learning rate for an adapter on a model of this width, two digits.

    5e-5 * 10 * (2000 / hidden) ** 0.781, the Llama formula of tinker-cookbook's `get_lr`, is taken
    for the geometric mean of the two halves' rates; held between LOWEST_RATE and HIGHEST_RATE.
    """
    rate = 5e-4 * (2000 / hidden_size) ** 0.781 / math.sqrt(lora_plus)
    return float(f"{min(HIGHEST_RATE, max(LOWEST_RATE, rate)):.1e}")
