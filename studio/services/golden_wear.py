"""Golden wear: how many gates have asked the same reference questions already."""

from __future__ import annotations

from studio.core.feedback.gate_proofs import FRESH
from studio.domain.datasets import Split
from studio.domain.retraining import RetrainPolicy
from studio.store.datasets import DatasetStore
from studio.store.gates import GateStore


class GoldenWear:
    """Counts by the questions, not by the version: a copy of a worn set is worn too."""

    def __init__(self, gates: GateStore, datasets: DatasetStore) -> None:
        self._gates, self._datasets = gates, datasets

    def uses(self, policy: RetrainPolicy) -> int:
        """Returns how many gates of a deployment asked its golden set, or all but a fifth of it."""
        version_id = policy.golden_version_id or policy.dataset_version_id
        if version_id is None:
            return 0
        now: set[str] | None = None
        uses = 0
        for asked, split, gates in self._gates.golden_sets(policy.deployment_id):
            if (asked, split) != (version_id, policy.golden_split):
                # Read only where another set was ever asked: most deployments have one for good.
                now = self._questions(version_id, policy.golden_split) if now is None else now
                fresh = now - self._questions(asked, split)
                if len(fresh) >= FRESH * len(now):
                    continue
            uses += gates
        return uses

    def _questions(self, version_id: str, split: Split) -> set[str]:
        return self._datasets.prompt_hashes(version_id, split)
