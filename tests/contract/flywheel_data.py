"""What a flywheel begins with: original data, corrections that were approved, and a policy."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from studio.core.splits import prompt_hash, split_of
from studio.domain.datasets import DataFormat, Dataset, DatasetVersion, Example, Message, Split
from studio.domain.deployments import Slot
from studio.domain.evaluation import Decoding
from studio.domain.feedback import Feedback, Inference, Review, ReviewVerdict
from studio.domain.gates import GateConfig
from studio.domain.models import ModelHandle, ModelVersion
from studio.domain.retraining import Mode, RetrainPolicy
from studio.domain.rollouts import RolloutConfig
from studio.domain.values import now
from studio.services.arranging import Arranger
from studio.services.deployments import DeploymentService
from studio.services.revisions import Revisions
from studio.store import rows
from studio.store.database import Database
from studio.store.datasets import DatasetStore
from studio.store.deployments import DeploymentStore
from studio.store.models import ModelStore
from studio.store.retrain_policies import RetrainPolicyStore
from studio.store.reviews import ReviewStore
from tests.fakes.generator import FakeGenerator
from tests.unit.store import samples

PROJECT = "project_1"
CORRECTIONS, GOLDEN = 45, 10


class Shelf:
    """Models without files."""

    def __init__(self, store: ModelStore) -> None:
        self._store = store

    def resolve(self, model_id: str) -> ModelHandle:
        return ModelHandle(id=model_id, name=model_id, base_path="")

    def version(self, model_id: str) -> ModelVersion:
        return self._store.version(model_id)


def prepare(folder: Path) -> None:
    """Makes a deployment with original data, some approved corrections, and a policy."""
    with Database(folder / "studio.duckdb") as database:
        datasets, models = DatasetStore(database), ModelStore(database)
        models.add_base(samples.base_model())
        version = _original(datasets)
        shelf = Shelf(models)
        arranger = Arranger(shelf, None)  # type: ignore[arg-type]
        revisions = Revisions(shelf, datasets, arranger, FakeGenerator())  # type: ignore[arg-type]
        made = DeploymentService(DeploymentStore(database), revisions).create(
            project_id=PROJECT, name="router", model_id="small", actor="ann"
        )
        _corrections(database, made.id, made.slots[Slot.CHAMPION])
        RetrainPolicyStore(database).add(
            RetrainPolicy(
                deployment_id=made.id,
                mode=Mode.AUTO,
                dataset_version_id=version.id,
                min_new_corrections=20,
                gate=GateConfig(
                    min_golden=GOLDEN, min_holdout=5, max_loss=0.6, max_latency_ratio=None
                ),
                rollout=RolloutConfig(
                    shadow_replies=3, stages=(0.1, 0.5, 1.0), rated_per_arm=3, bake_rated=5
                ),
                created_at=now(),
            )
        )


def _original(datasets: DatasetStore) -> DatasetVersion:
    examples: list[Example] = []
    wanted = {Split.TRAIN: 30, Split.VALIDATION: 6, Split.TEST: GOLDEN}
    number = 0
    while sum(wanted.values()):
        number += 1
        question = (Message(role="user", content=f"Where is parcel {number}?"),)
        hashed = prompt_hash(question)
        if wanted[split_of(hashed)] == 0:
            continue
        wanted[split_of(hashed)] -= 1
        label = ("delivery", "refunds")[number % 2]
        turns = (*question, Message(role="assistant", content=label))
        examples.append(
            Example(
                id=f"example_{number}",
                line=number,
                messages=turns,
                prompt_hash=hashed,
                split=split_of(hashed),
            )
        )
    source = samples.source()
    dataset = Dataset(id="dataset_1", project_id=PROJECT, name="Tickets", created_at=now())
    version = samples.version(dataset.id, examples, id="version_1", format=DataFormat.CHAT)
    datasets.add_source(source)
    datasets.add_dataset(dataset)
    datasets.add_version(version, examples, [])
    return version


def _corrections(database: Database, deployment_id: str, revision_id: str) -> None:
    yesterday = now() - timedelta(days=1)
    reviews = ReviewStore(database)
    with database.write() as cursor:
        for n in range(CORRECTIONS):
            at = yesterday + timedelta(seconds=n)
            asked = Inference(
                id=f"inference_{n}",
                project_id=PROJECT,
                model_id="small",
                model_name="Small",
                messages=(Message(role="user", content=f"I want my money back for {_word(n)}."),),
                decoding=Decoding(),
                output="delivery",
                seconds=0.1,
                deployment_id=deployment_id,
                revision_id=revision_id,
                variant="champion",
                created_at=at,
            )
            said = Feedback(
                id=f"feedback_{n}",
                inference_id=asked.id,
                thumb_up=False,
                correction="refunds",
                rater=("bob", "cem", "dan")[n % 3],
                created_at=at,
            )
            rows.add(cursor, "inferences", asked, "answer")
            rows.add(cursor, "feedback", said, "piece of feedback")
            reviews.write(
                cursor,
                Review(
                    id=f"review_{n}",
                    feedback_id=said.id,
                    verdict=ReviewVerdict.APPROVED,
                    reviewer="eve",
                    created_at=at,
                ),
            )


def _word(n: int) -> str:
    """Returns a question's own words: near duplicates would be learnt once."""
    first = ("shoes", "a lamp", "two books", "the red coat", "my phone", "a garden chair")
    second = ("broken", "late", "too small", "never ordered", "sent twice")
    third = ("on Monday", "in May")
    return f"{first[n % 6]} {second[n // 6 % 5]} {third[n // 30 % 2]}"
