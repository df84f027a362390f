"""A life of the flywheel: the machine on a real store, which can end itself between two writes."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

from studio.core.splits import prompt_hash, split_of
from studio.domain.datasets import DataFormat, Dataset, DatasetVersion, Example, Message, Split
from studio.domain.deployments import Slot, Variant
from studio.domain.evaluation import Decoding
from studio.domain.feedback import Feedback, Inference, Review, ReviewVerdict
from studio.domain.gates import GateConfig
from studio.domain.models import ModelHandle, ModelVersion
from studio.domain.retraining import ENDED, CycleState, Mode, RetrainCycle, RetrainPolicy
from studio.domain.rollouts import Rollout, RolloutConfig
from studio.domain.training import TrainingSpec
from studio.domain.values import Value, now
from studio.services.arranging import Arranger
from studio.services.deployments import DeploymentService
from studio.services.flywheel_assembly import Neighbours, flywheel
from studio.services.learning_assembly import learning
from studio.services.monitor import Changes, MonitorService
from studio.services.retrain_facts import Outlook, Sources
from studio.services.retraining_needs import Evidence, Place, Snapshot
from studio.services.revisions import Revisions
from studio.services.training import TrainingService
from studio.store import rows
from studio.store.cursor import Cursor
from studio.store.database import Database
from studio.store.datasets import DatasetStore
from studio.store.deployments import DeploymentStore
from studio.store.jobs import JobStore
from studio.store.models import ModelStore
from studio.store.retrain_policies import RetrainPolicyStore
from studio.store.retraining import RetrainingStore
from studio.store.reviews import ReviewStore
from studio.store.rollouts import RolloutStore
from tests.fakes.generator import FakeGenerator
from tests.fakes.kept_backend import KeptBackend
from tests.unit.store import samples

PROJECT = "project_1"
GOOD, HARM, NONSENSE, BROKEN, SHAKY = "good", "harm", "nonsense", "broken", "shaky"
ENDS = {
    GOOD: CycleState.KEPT,
    HARM: CycleState.ROLLED_BACK,
    NONSENSE: CycleState.REJECTED,
    BROKEN: CycleState.FAILED,
    SHAKY: CycleState.KEPT,
}
"""What happens in a life → how its cycle ends."""
FAILS = {BROKEN: (0, 1), SHAKY: (0,)}
"""Which of its trainings fail."""
CORRECTIONS, GOLDEN, THUMBS, LOOKS = 60, 12, 8, 200


class Death:
    """Ends the process at the n-th moment at which something was or is about to be written."""

    def __init__(self, at: int | None, obituary: Path) -> None:
        self.at, self.seen, self.state = at, 0, "none"
        self._obituary = obituary

    def __call__(self) -> None:
        self.seen += 1
        if self.seen == self.at:
            with self._obituary.open("a", encoding="utf-8") as stream:
                stream.write(f"{self.state}\n")
            os.kill(os.getpid(), signal.SIGKILL)


class MortalDatabase(Database):
    """May die just before a commit, and just after it."""

    def __init__(self, path: Path, wrote: Callable[[], None]) -> None:
        self._wrote = wrote
        super().__init__(path)

    @contextmanager
    def write(self) -> Iterator[Cursor]:
        with super().write() as cursor:
            yield cursor
            self._wrote()
        self._wrote()


class Shelf:
    """Models without files."""

    def __init__(self, store: ModelStore) -> None:
        self._store = store

    def resolve(self, model_id: str) -> ModelHandle:
        return ModelHandle(id=model_id, name=model_id, base_path="")

    def version(self, model_id: str) -> ModelVersion:
        return self._store.version(model_id)


class Life:
    """One start of a studio, as far as the flywheel goes."""

    def __init__(self, folder: Path, scenario: str, death: Death) -> None:
        self.scenario, self.death = scenario, death
        self.database = MortalDatabase(folder / "studio.duckdb", death)
        self.jobs, self.models = JobStore(self.database), ModelStore(self.database)
        datasets = DatasetStore(self.database)
        fails = FAILS.get(scenario, ())
        self.backend = KeptBackend(folder / "runs", fails=fails, wrote=death)
        backends = {"local": self.backend}
        training = TrainingService(self.jobs, datasets, self.models, backends)
        self.monitor = MonitorService(self.jobs, datasets, self.models, backends, Changes())
        generator = FakeGenerator(self._answer)
        shelf = Shelf(self.models)
        arranger = Arranger(shelf, None)  # type: ignore[arg-type]
        revisions = Revisions(shelf, datasets, arranger, generator)  # type: ignore[arg-type]
        self.deployments = DeploymentService(DeploymentStore(self.database), revisions)
        self.learning = learning(self.database, changed=lambda: None)
        self.store, self.rollouts = RetrainingStore(self.database), RolloutStore(self.database)
        self.machine = flywheel(
            self.database,
            Neighbours(
                deployments=self.deployments,
                arranger=arranger,
                generator=generator,
                policies=self.learning.policies,
                training=training,
                curate=self.learning.curation.snapshot,
                place=_place,
                sources=Sources(
                    policy=self.learning.policies.get,
                    armed_at=self.learning.policies.armed_at,
                    waiting=self.learning.curation.waiting,
                    thumbs=lambda deployment: None,
                    psi=lambda deployment_id: None,
                    outlook=lambda policy: Outlook(None),
                    shutdown=lambda deployment: None,
                    disagreement=lambda deployment_id: "",
                ),
                usd=lambda model, prompt, output: None,
                billed=lambda job: None,
                must_ask=lambda deployment_id: "",
                tell=_unheard,
            ),
        )

    def live(self) -> None:
        """Goes on until the cycle has ended and nothing is left to prove."""
        for _ in range(LOOKS):
            cycles = self.store.cycles()
            self.death.state = str(cycles[0].state) if cycles else "none"
            if cycles and cycles[0].state in ENDED and not self.store.unproven():
                return
            self.monitor.poll_once()
            self.machine.tick()
            for cycle in self.store.unended():
                self._visit(cycle)
        raise AssertionError(f"It got only as far as {self.death.state}.")

    def _answer(self, model: ModelHandle, conversation: object) -> str:
        """What was tuned gives the corrected answer, or talks nonsense."""
        if model.id == "small":
            return "delivery"
        return "banana" if self.scenario == NONSENSE else "refunds"

    def _visit(self, cycle: RetrainCycle) -> None:
        """Lets people ask and rate; asked again in the same stage they have done so already."""
        if cycle.rollout_id is None:
            return
        rollout = self.rollouts.get(cycle.rollout_id)
        liked = self.scenario != HARM
        visits: list[tuple[str, Variant, bool]]
        if cycle.state is CycleState.SHADOW:
            visits = [(rollout.candidate, "shadow", liked)]
        elif cycle.state is CycleState.CANARY:
            visits = [
                (rollout.champion, "champion", True),
                (rollout.candidate, "candidate", liked),
            ]
        else:
            visits = [(rollout.candidate, "champion", liked)]
        said = [_rated(rollout, *visit, n) for visit in visits for n in range(THUMBS)]
        with self.database.write() as cursor:
            _add(cursor, "inferences", [asked for asked, _ in said])
            _add(cursor, "feedback", [thumb for asked, thumb in said if asked.variant != "shadow"])


def prepare(folder: Path) -> None:
    """Makes a deployment with original data, sixty approved corrections, and a policy."""
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


def _rated(
    rollout: Rollout, revision_id: str, variant: Variant, up: bool, n: int
) -> tuple[Inference, Feedback]:
    id = f"inference_{rollout.id}_{rollout.stage}_{rollout.status}_{variant}_{n}"
    at = rollout.stage_started_at + timedelta(milliseconds=n)
    asked = Inference(
        id=id,
        project_id=PROJECT,
        model_id="small",
        model_name="Small",
        messages=(Message(role="user", content=f"Question {n}"),),
        decoding=Decoding(),
        output="refunds",
        seconds=0.1,
        deployment_id=rollout.deployment_id,
        revision_id=revision_id,
        variant=variant,
        created_at=at,
    )
    thumb = Feedback(id=f"feedback_{id}", inference_id=id, thumb_up=up, rater="fay", created_at=at)
    return asked, thumb


def _add(cursor: Cursor, table: str, items: Sequence[Value]) -> None:
    """Adds rows that are not there yet, all in one statement."""
    if items:
        names = rows.names(type(items[0]))
        marks = ", ".join(["unnest(?)"] * len(type(items[0]).model_fields))
        columns = [list(column) for column in zip(*map(rows.cells, items), strict=True)]
        cursor.execute(
            f"INSERT INTO {table} ({names}) SELECT {marks} ON CONFLICT DO NOTHING", columns
        )


def _place(cycle: RetrainCycle, taken: Snapshot) -> Place:
    spec = TrainingSpec(
        project_id=PROJECT,
        name=f"router, cycle {cycle.number}",
        dataset_version_id=taken.dataset_version_id or "",
        base_model="small",
    )
    return Place(spec, "Trained on this machine.")


def _unheard(event: str, deployment_id: str, sentence: str, details: Evidence) -> None:
    """Nobody listens here."""
