"""Reference questions: those that a deployment is judged by, and that nothing is trained on."""

from __future__ import annotations

from typing import Protocol

from studio.domain.datasets import Split
from studio.domain.retraining import RetrainPolicy


class Datasets(Protocol):
    """What is needed of dataset versions."""

    def prompt_hashes(self, version_id: str, split: Split) -> set[str]:
        """Returns the hashes of the questions of one split."""


def reference_questions(datasets: Datasets, policy: RetrainPolicy) -> set[str]:
    """Returns the hashes of the golden set and of all safety questions."""
    found: set[str] = set()
    golden_id = policy.golden_version_id or policy.dataset_version_id
    if golden_id is not None:
        found |= datasets.prompt_hashes(golden_id, policy.golden_split)
    if policy.safety_version_id is not None:
        for split in Split:
            found |= datasets.prompt_hashes(policy.safety_version_id, split)
    return found
