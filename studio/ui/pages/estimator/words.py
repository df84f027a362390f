"""Words of the estimator: kinds of prices, groups of assumptions, amounts."""

from __future__ import annotations

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

GROUPS: dict[str, str] = {
    "answer": "What answers are worth",
    "requests": "Volume",
    "stay": "Staying as you are",
    "labelling": "Labelling",
    "labels": "Labelling",
    "engineering": "Engineering",
    "machine": "This machine",
    "train": "Training",
    "tune": "Training",
    "hosting": "Hosting",
    "retrain": "Keeping it fresh",
    "discount": "Discount",
}
"""What stands before the dot of an assumption's key, in words; others show their own first word."""


def amount(value: float, currency: str) -> str:
    """Returns money with as many places as matter."""
    places = 0 if abs(value) >= 100 else 2 if abs(value) >= 0.1 or value == 0 else 4
    return f"{value:,.{places}f} {currency}"


def group(key: str) -> str:
    """Returns the title of a group of assumptions."""
    return GROUPS.get(key, key.replace("_", " ").capitalize())
