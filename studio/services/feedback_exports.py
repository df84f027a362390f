"""Feedback exports: what people said of a deployment's answers, as files that trainers read."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

from studio.core.feedback.cleaning import clean
from studio.core.feedback.curate import instructions
from studio.core.feedback.rows_out import Words, lines
from studio.domain.curation import Exported, Part, Shape
from studio.domain.deployments import Deployment
from studio.domain.errors import Conflict
from studio.domain.retraining import RetrainPolicy
from studio.services.curation import Approvals
from studio.services.dataset_files import written
from studio.services.reference_questions import reference_questions
from studio.store.curation import CurationStore
from studio.store.datasets import DatasetStore
from studio.store.feedback_rows import FeedbackRowStore


class FeedbackExportService:
    """Writes feedback as lines of JSON, under the rules that trainings here are under too."""

    def __init__(
        self,
        store: FeedbackRowStore,
        curations: CurationStore,
        datasets: DatasetStore,
        approvals: Approvals,
        deployment: Callable[[str], Deployment],
        policy: Callable[[str], RetrainPolicy],
    ) -> None:
        """`deployment` and `policy` find those of a deployment id."""
        self._store, self._curations, self._datasets = store, curations, datasets
        self._approvals, self._deployment, self._policy = approvals, deployment, policy

    def write(
        self,
        deployment_id: str,
        path: Path | str,
        *,
        shape: Shape,
        part: Part = "train",
        liked: bool = False,
    ) -> Exported:
        """Writes a file; an existing one is replaced when the new one is whole.

        Args:
            deployment_id: whose feedback.
            path: where to.
            shape: what the rows are for.
            part: what may be trained on, or what is held out to judge by.
            liked: also write answers that people only liked as answers to learn.

        Raises:
            Conflict: when people did not agree that what they send is learnt from.
            NotFound: when there is no such deployment.
            StorageFailed: when the disk refuses.
        """
        deployment = self._deployment(deployment_id)
        if not deployment.may_train:
            raise Conflict(
                f"What is sent to {deployment.name} may not be learnt from, so nothing is written.",
                hint="The deployment's page says who may change that.",
            )
        policy = self._policy(deployment_id)
        golden = reference_questions(self._datasets, policy)
        cleaned = clean(
            self._approvals.approved(deployment_id),
            golden=golden,
            before=self._curations.sides(deployment_id),
        )
        found = lines(
            Words(
                cleaned.kept, self._store.rated(deployment_id), self._store.preferred(deployment_id)
            ),
            shape,
            part=part,
            system=self._instructions(policy.dataset_version_id),
            golden=golden,
            liked=liked,
        )
        with written(Path(path)) as target:
            for line in found.lines:
                target.write(json.dumps(line, ensure_ascii=False).encode() + b"\n")
        report = list(found.report)
        if cleaned.refused:
            n = len(cleaned.refused)
            said = "1 approved correction was" if n == 1 else f"{n:,} approved corrections were"
            reasons = dict.fromkeys(one.reason for one in cleaned.refused)
            report.insert(0, f"{said} left out: {' '.join(reasons)}")
        return Exported(
            shape=shape,
            part=part,
            rows=len(found.lines),
            liked=found.liked,
            report=tuple(report),
        )

    def _instructions(self, version_id: str | None) -> str:
        if version_id is None:
            return ""
        told = self._datasets.version(version_id).system_prompt
        return told or instructions(self._datasets.examples(version_id))
