"""Points of the checklists before, during and after a fine-tune, and what shows each is done."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, NamedTuple

from studio.domain.thresholds import Thresholds


@dataclass(frozen=True, kw_only=True)
class Known:
    """What the studio knows of a project; None or empty is not known."""

    metric: str | None = None
    """The agreed success metric."""
    target: float | None = None
    suite_n: int | None = None
    split_by_prompt: bool | None = None
    """True when equal prompts never lie in different splits."""
    held_out: int | None = None
    """Examples of the test split, which no training saw."""
    version: str | None = None
    """Number and hash of the dataset version."""
    prompt_score: str | None = None
    """Score of the best prompt, in words."""
    few_shot_score: str | None = None
    failures_labelled: int | None = None
    licence: str | None = None
    """Licence of the base model; `unknown` counts as not known."""
    estimate_kept: bool | None = None
    signed_by: str | None = None
    """Who signed the charter."""
    early_stopping: bool | None = None
    validation_loss: float | None = None
    """Of the kept checkpoint."""
    seed: int | None = None
    recipe_kept: bool | None = None
    """True when the whole specification of the run was kept."""
    compared_with_prompt: str | None = None
    """The paired test against the best prompt, in words."""
    compared_with_rag: str | None = None
    model_card: str | None = None
    """Where the model card lies."""
    latency: str | None = None
    cost: str | None = None
    actual_kept: bool | None = None
    """True when the run's real time and memory stand beside the estimate."""


Evidence = Callable[[Known, Thresholds], str]
"""Returns what shows that a point is done; empty when nothing does."""


class Point(NamedTuple):
    """One point of a checklist."""

    id: str
    phase: Literal["before", "during", "after"]
    text: str
    why: str
    evidence: Evidence | None = None
    """None: only a person can say."""


def _suite(known: Known, thresholds: Thresholds) -> str:
    n = known.suite_n or 0
    return f"{n:,} examples" if n >= thresholds.min_examples else ""


def _failures(known: Known, thresholds: Thresholds) -> str:
    n = known.failures_labelled or 0
    return f"{n:,} labelled" if n >= thresholds.failures_to_label else ""


def _metric(known: Known, thresholds: Thresholds) -> str:
    if known.metric is None or known.target is None:
        return ""
    return f"{known.metric.replace('_', ' ')}, target {100 * known.target:.4g} %"


def _loss(known: Known, thresholds: Thresholds) -> str:
    return "" if known.validation_loss is None else f"{known.validation_loss:.3f} at its best"


def _licence(known: Known, thresholds: Thresholds) -> str:
    return "" if known.licence in (None, "", "unknown") else str(known.licence)


POINTS: tuple[Point, ...] = (
    Point(
        "metric",
        "before",
        "Success metric and target are agreed",
        "Without them no result can disappoint or convince.",
        _metric,
    ),
    Point(
        "signed",
        "before",
        "The charter is signed",
        "Whoever pays should have read what is promised.",
        lambda known, _: f"by {known.signed_by}" if known.signed_by else "",
    ),
    Point(
        "suite",
        "before",
        "The evaluation suite has at least 20 examples",
        "Fewer cannot tell a better model from a luckier one.",
        _suite,
    ),
    Point(
        "leakage",
        "before",
        "No question stands in both training and test",
        "A model that has seen the test answers it by heart.",
        lambda known, _: "split by the hash of the prompt" if known.split_by_prompt else "",
    ),
    Point(
        "held_out",
        "before",
        "A test split is held out and stays untouched",
        "It is the only honest measure afterwards.",
        lambda known, _: f"{known.held_out:,} examples" if known.held_out else "",
    ),
    Point(
        "version",
        "before",
        "The data is versioned",
        "Next year somebody will ask what the model was trained on.",
        lambda known, _: known.version or "",
    ),
    Point(
        "baseline",
        "before",
        "A good prompt was measured on the suite",
        "It is what a fine-tune has to beat.",
        lambda known, _: known.prompt_score or "",
    ),
    Point(
        "few_shot",
        "before",
        "Solved examples in the prompt were measured",
        "They often give what was expected of tuning, the same day.",
        lambda known, _: known.few_shot_score or "",
    ),
    Point(
        "failures",
        "before",
        "At least 20 failures are labelled by cause",
        "Missing knowledge is not cured by tuning.",
        _failures,
    ),
    Point(
        "licence",
        "before",
        "The base model's licence is known and allows this use",
        "A model that may not be used commercially is worth nothing here.",
        _licence,
    ),
    Point(
        "personal_data",
        "before",
        "Personal data was removed, or its use is lawful",
        "What a model has learnt cannot be deleted from it.",
    ),
    Point(
        "label_quality",
        "before",
        "Two people labelled a sample alike",
        "A model cannot agree with people more than they agree with each other.",
    ),
    Point(
        "production_rows",
        "before",
        "Training rows look like real requests, passages included",
        "A model learns the form it sees, and expects it afterwards.",
    ),
    Point(
        "estimate",
        "before",
        "Time, memory and cost were estimated",
        "Surprises belong before the start.",
        lambda known, _: "kept" if known.estimate_kept else "",
    ),
    Point(
        "early_stopping",
        "during",
        "Training stops when validation loss rises",
        "Past that point it learns its examples by heart.",
        lambda known, _: "on" if known.early_stopping else "",
    ),
    Point(
        "validation_loss",
        "during",
        "Validation loss was recorded and the best checkpoint kept",
        "The last state is seldom the best one.",
        _loss,
    ),
    Point(
        "recipe",
        "during",
        "Every setting of the run was kept",
        "A result that cannot be repeated cannot be defended.",
        lambda known, _: "kept with the model" if known.recipe_kept else "",
    ),
    Point(
        "seed",
        "during",
        "The seed is fixed",
        "Then a difference comes from the change that was made.",
        lambda known, _: "" if known.seed is None else f"seed {known.seed}",
    ),
    Point(
        "samples",
        "during",
        "Somebody read answers of the model, not only its loss",
        "Loss can fall while answers get worse.",
    ),
    Point(
        "compared",
        "after",
        "Compared with the best prompt on the same examples",
        "Better than its base model is not yet better than a good prompt.",
        lambda known, _: known.compared_with_prompt or "",
    ),
    Point(
        "compared_rag",
        "after",
        "Compared with retrieval where knowledge was missing",
        "Looking up may give more for less.",
        lambda known, _: known.compared_with_rag or "",
    ),
    Point(
        "latency",
        "after",
        "Latency was measured",
        "A right answer that comes too late is not used.",
        lambda known, _: known.latency or "",
    ),
    Point(
        "cost",
        "after",
        "Cost of 1,000 answers is known",
        "Serving is the cost, not training.",
        lambda known, _: known.cost or "",
    ),
    Point(
        "actual",
        "after",
        "Actual time and memory stand beside the estimate",
        "The next estimate is better for it.",
        lambda known, _: "kept" if known.actual_kept else "",
    ),
    Point(
        "model_card",
        "after",
        "A model card says what it is for, on what it was trained and how it was measured",
        "Whoever inherits the model needs it.",
        lambda known, _: known.model_card or "",
    ),
    Point(
        "general_ability",
        "after",
        "What the base model could do before was tried again",
        "Tuning can cost abilities that nobody measured.",
    ),
    Point(
        "harm",
        "after",
        "Harmful and out-of-place requests were tried",
        "Tuning can loosen a model's refusals, even by accident.",
    ),
    Point(
        "fallback",
        "after",
        "There is a way back: the earlier model or prompt stays ready",
        "The day it is needed is no day to build it.",
    ),
    Point(
        "retraining",
        "after",
        "It is agreed when to tune again, and who decides",
        "Data and base models change; a tuned model does not by itself.",
    ),
)
"""Every point, in the order of the work."""
