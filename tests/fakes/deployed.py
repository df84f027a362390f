"""What `/v1` needs to answer for deployments: two tuned models on one base, slots and shadows."""

from __future__ import annotations

from pathlib import Path
from typing import cast

from studio.domain.deployments import Deployment, Revision, Slot
from studio.domain.feedback import Inference
from studio.domain.values import now
from studio.services.arranging import Arranger
from studio.services.completions import CompletionService
from studio.services.deployed import Deployed
from studio.services.deployments import DeploymentService
from studio.services.ladder_parts import Retrieving
from studio.services.ladder_prompts import PromptMaker
from studio.services.playground import PlaygroundService
from studio.services.revisions import Revisions
from studio.services.shadows import Shadows
from studio.services.wire_batches import WireBatchService
from studio.services.wire_models import WireModelService
from studio.store.datasets import DatasetStore
from studio.store.deployments import DeploymentStore
from tests.fakes.ladder_parts import WordCounts
from tests.fakes.measuring import tuned_version
from tests.fakes.wire_answers import Answers, OneEndpoint


class DeployedAnswers(Answers):
    """Deployment `router`: champion `tuned`; `better` waits in no slot."""

    def __init__(self, path: Path | None = None, folder: Path | None = None, most: int = 9) -> None:
        super().__init__(path, folder)
        database = self.database = self.bench.database
        datasets = DatasetStore(database)
        self.bench.model_store.add_version(
            tuned_version().with_(id="better", name="Better", job_id="job_2", created_at=now())
        )
        retrieval = cast(Retrieving, None)  # no setup here looks anything up
        prompts = PromptMaker(datasets, self.models, retrieval, WordCounts())
        arranger = Arranger(self.models, prompts)
        revisions = Revisions(self.models, datasets, arranger, self.generator)
        self.deployments = DeploymentService(DeploymentStore(database), revisions)
        self.shadows = Shadows(arranger, self.generator, self.kept, most)
        self.deployed = Deployed(self.deployments, arranger, self.kept, self.shadows)
        self.wire_models = WireModelService(
            self.models,
            OneEndpoint(),
            self.embedder,
            deployments=lambda project_id: self.deployments.all(project_id),
        )
        self.completions = CompletionService(
            self.kept,
            self.wire_models,
            self.projects,
            self.generator,
            self.embedder,
            self.deployed,
        )
        if folder is not None:
            self.wire_batches = WireBatchService(
                self.batches, self.wire_files, self.completions, pause=0
            )
        self.playground = PlaygroundService(
            self.kept, self.models, self.generator, self.feedback, self.deployed
        )
        self.router = self.deployments.create(
            project_id="project_1", name="router", model_id="tuned", actor="ada"
        )
        self.better = self.deployments.add_revision(self.router.id, model_id="better")

    @property
    def champion(self) -> Revision:
        """The revision that answers everybody."""
        return self.deployments.revision(self.now_is().slots[Slot.CHAMPION])

    def now_is(self) -> Deployment:
        """Returns the deployment as it is kept."""
        return self.deployments.get(self.router.id)

    def answers(self, variant: str | None = None) -> list[Inference]:
        """Returns what was kept of its answers, oldest first."""
        found = reversed(self.kept.inferences("project_1", limit=1000))
        return [one for one in found if variant in (None, one.variant)]

    def tamper(self, sql: str) -> None:
        """Changes the database behind the service's back."""
        with self.database.write() as cursor:
            cursor.execute(sql)
