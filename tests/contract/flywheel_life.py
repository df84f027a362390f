"""A life of the flywheel: the machine on a real store, which can end itself between two writes."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

from studio.domain.datasets import Message
from studio.domain.deployments import Evidence, Variant
from studio.domain.evaluation import Decoding
from studio.domain.feedback import Feedback, Inference
from studio.domain.models import ModelHandle
from studio.domain.retraining import ENDED, CycleState, RetrainCycle
from studio.domain.rollouts import Rollout
from studio.domain.training import TrainingSpec
from studio.domain.values import Value
from studio.services.arranging import Arranger
from studio.services.deployments import DeploymentService
from studio.services.flywheel_assembly import Neighbours, flywheel
from studio.services.learning_assembly import learning
from studio.services.monitor import Changes, MonitorService
from studio.services.retrain_facts import Outlook, Sources
from studio.services.retraining_needs import Place, Snapshot
from studio.services.revisions import Revisions
from studio.services.training import TrainingService
from studio.store import rows
from studio.store.cursor import Cursor
from studio.store.database import Database
from studio.store.datasets import DatasetStore
from studio.store.deployments import DeploymentStore
from studio.store.jobs import JobStore
from studio.store.models import ModelStore
from studio.store.retraining import RetrainingStore
from studio.store.rollouts import RolloutStore
from tests.contract.flywheel_data import PROJECT, Shelf
from tests.fakes.generator import FakeGenerator
from tests.fakes.kept_backend import KeptBackend

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
THUMBS, LOOKS = 7, 200


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
