"""What `/v1` needs to answer: two local models, one behind an endpoint, and a place for vectors."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from studio.domain.endpoints import Endpoint
from studio.domain.errors import NotFound
from studio.domain.jobs import Checkpoint
from studio.domain.models import ModelHandle
from studio.domain.values import now
from studio.services.completions import CompletionService
from studio.services.feedback_assembly import hearing
from studio.services.model_use import needed_by
from studio.services.models import ModelService
from studio.services.moderation import ModerationService
from studio.services.projects import ProjectService
from studio.services.wire_batches import WireBatchService
from studio.services.wire_files import WireFileService
from studio.services.wire_models import WireModelService
from studio.store.feedback import FeedbackStore
from studio.store.jobs import JobStore
from studio.store.ladder import LadderStore
from studio.store.projects import ProjectStore
from studio.store.wire_batches import WireBatchStore
from studio.store.wire_files import WireFileStore
from tests.fakes.measuring import Bench, NoLibrary
from tests.fakes.retrieval import FakeEmbedder

TUNED = "ft:base:ladder:tuned:tuned"
LOUD = "endpoint:office/loud"


CATEGORIES = (
    "hate",
    "hate/threatening",
    "harassment",
    "harassment/threatening",
    "illicit",
    "illicit/violent",
    "self-harm",
    "self-harm/intent",
    "self-harm/instructions",
    "sexual",
    "sexual/minors",
    "violence",
    "violence/graphic",
)


class OneEndpoint:
    """An endpoint `office` with a model `loud`."""

    def all(self) -> list[Endpoint]:
        return [Endpoint(id="endpoint_1", name="office", base_url="http://x/v1", created_at=now())]

    def models(self) -> dict[str, str]:
        return {LOUD: "loud at office"}

    def handle(self, model_id: str) -> ModelHandle:
        if model_id != LOUD:
            raise NotFound(f"There is no endpoint of {model_id}.")
        return ModelHandle(id=LOUD, name="loud", base_path="http://x/v1")


class Strict:
    """A moderator who objects to one word."""

    def moderate(self, name: str, model: str, texts: Any) -> dict[str, Any]:
        categories = dict.fromkeys(CATEGORIES, "bad" in texts)
        scores = dict.fromkeys(CATEGORIES, 0.5)
        kinds = dict.fromkeys(CATEGORIES, ["text"])
        result = {
            "flagged": "bad" in texts,
            "categories": categories,
            "category_scores": scores,
            "category_applied_input_types": kinds,
        }
        return {"id": "modr-1", "model": model, "results": [result]}


class Answers:
    """The services behind `/v1/models`, `/chat/completions`, `/completions` and `/embeddings`."""

    def __init__(self, path: Path | None = None, folder: Path | None = None) -> None:
        """Keeps what it keeps in memory or at `path`; with a folder there are files and batches."""
        self.bench = Bench(path=path)
        database = self.bench.database
        self.kept = FeedbackStore(database)
        self.feedback = hearing(database)
        self.generator = self.bench.generator
        self.embedder = FakeEmbedder()
        self.projects = ProjectService(ProjectStore(database))
        elsewhere = OneEndpoint()
        self.models = ModelService(
            self.bench.model_store,
            JobStore(database),
            NoLibrary(),
            elsewhere=elsewhere,
            needed_by=needed_by(
                self.bench.evaluations,
                LadderStore(database),
                WireBatchStore(database, self.kept),
            ),
        )
        self.checkpoints: list[Checkpoint] = []
        self.wire_models = WireModelService(
            self.models, elsewhere, self.embedder, lambda job_id: self.checkpoints
        )
        self.completions = CompletionService(
            self.kept, self.wire_models, self.projects, self.generator, self.embedder
        )
        self.moderation = ModerationService(Strict)
        if folder is not None:
            self.moment = now()
            self.wire_files = WireFileService(
                WireFileStore(database), folder, reading=lambda: self.wire_batches.reading()
            )
            self.batches = WireBatchStore(database, self.kept)
            self.wire_batches = WireBatchService(
                self.batches, self.wire_files, self.completions, clock=lambda: self.moment, pause=0
            )
