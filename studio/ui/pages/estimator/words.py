"""Words of the estimator: kinds of prices, groups of assumptions, amounts."""

from __future__ import annotations

from studio.ui.pages.words import RUNG_TITLES

KINDS: dict[str, str] = {
    "gpu_on_demand": "GPUs by the hour",
    "ft_training": "Hosted fine-tuning",
    "ft_inference": "Answers of fine-tuned models",
    "ft_hosting": "Hosting of fine-tuned models",
    "inference_api": "Answers of hosted models",
    "labelling": "Labelling",
    "power": "Electricity",
    "throughput": "Speed of GPUs",
    "engineering": "Work of engineers",
}

GROUPS: dict[str, tuple[str, ...]] = {
    "What answers are worth": ("answer", "stay", "labour", "latency"),
    "Volume": ("requests", "tokens"),
    "Building it": ("engineering", "evaluation", "integration"),
    "Data and training": ("labelling", "labels", "training", "train", "tune", "local"),
    "Keeping it running": ("monitoring", "retrain", "drift", "serving", "hosting", "hosted"),
    "Machines and power": ("machine", "power", "gpu"),
    "Each arm": ("prompt", "rag", "fine_tune_local", "fine_tune_hosted"),
    "Discount": ("discount",),
}
"""Title of a group and what stands before the dot of its assumptions' keys, in reading order."""
OTHERS = "Others"

RUNGS = {rung.value: title for rung, title in RUNG_TITLES.items()}
RESTS_ON = {"measured": ", from earlier runs", "prior": ", from a prior"}
"""Last part of a family of times → what the estimate rested on."""


def amount(value: float, currency: str) -> str:
    """Returns money with as many places as matter."""
    places = 0 if abs(value) >= 100 else 2 if abs(value) >= 0.1 or value == 0 else 4
    return f"{value:,.{places}f} {currency}"


def family(said: str) -> str:
    """Returns the kind of work as people call it; one nobody has words for stays as it is."""
    if not said.startswith("answers/"):
        return said
    parts = said.removeprefix("answers/").split("/")
    basis = RESTS_ON.get(parts[-1], "")
    *model, rung = parts[:-1] if basis else parts
    if rung not in RUNGS:
        return said
    return f"{RUNGS[rung]}: answers of {'/'.join(model)}{basis}"


def group(key: str) -> str:
    """Returns the title of the group that an assumption belongs to."""
    first = key.partition(".")[0]
    return next((title for title, begins in GROUPS.items() if first in begins), OTHERS)
