"""Overview: how far a project is on the ladder, step by step, and which rules block what."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from studio.domain.advice import Fired, Outcome, Verdict
from studio.domain.charters import Charter
from studio.domain.costing import Estimate
from studio.domain.errors import StudioError
from studio.domain.evaluation import RunStatus
from studio.domain.ladder import MIN_EXAMPLES, FailureLabel, Rung, RungRun, Suite
from studio.domain.retrieval import Corpus
from studio.ui.pages import figures
from studio.ui.pages.ladder.steps import STEPS, Step, StepKind, StepState

if TYPE_CHECKING:
    from studio.services.container import Services

OPEN = (RunStatus.QUEUED, RunStatus.RUNNING)


@dataclass(kw_only=True)
class Overview:
    """Everything the step rail shows, read in one go."""

    services: Services
    project_id: str
    charter: Charter | None = None
    suite: Suite | None = None
    size: int = 0
    """Examples of the suite."""
    half_width: float | None = None
    runs: tuple[RungRun, ...] = ()
    """Newest first."""
    estimates: dict[str, tuple[Estimate, ...]] = field(default_factory=dict)
    """What was expected of each run, by its id."""
    labels: tuple[FailureLabel, ...] = ()
    corpora: tuple[Corpus, ...] = ()
    verdict: Verdict | None = None
    problem: StudioError | None = None
    """Why there is no verdict, when there is none."""
    has_data: bool = False
    states: dict[Step, StepState] = field(default_factory=dict)

    def load(self) -> None:
        """Reads the project's state anew."""
        ladder, project = self.services.ladder, self.project_id
        self.charter = self.services.charters.get(project)
        self.suite = ladder.suite(project)
        self.size = ladder.suite_size(project) if self.suite is not None else 0
        self.half_width = ladder.half_width(self.size) if self.size else None
        self.runs = tuple(ladder.all(project))
        self.estimates = {}
        for one in self.services.estimates.all(project):
            if one.subject == "rung_run":
                kept = self.estimates.get(one.subject_id, ())
                self.estimates[one.subject_id] = (*kept, one)
        self.labels = tuple(ladder.labels(project))
        self.corpora = tuple(self.services.retrieval.corpora(project))
        self.has_data = bool(self.services.datasets.all(project))
        self.verdict, self.problem = None, None
        try:
            self.verdict = ladder.verdict(project)
        except StudioError as error:
            self.problem = error
        self.states = {step: self._state(step) for step in Step}

    @property
    def empty(self) -> bool:
        """True when nothing has been done in this project."""
        return not (self.has_data or self.runs or self.suite or _begun(self.charter))

    @property
    def current(self) -> Step:
        """The step where work goes on: the first that is neither done nor measured nor blocked."""
        over = (StepKind.DONE, StepKind.MEASURED, StepKind.BLOCKED)
        waiting = (step for step in Step if self.states[step].kind not in over)
        return next(waiting, Step.VERDICT)

    def of(self, *rungs: Rung) -> list[RungRun]:
        """Returns the runs of these rungs, newest first."""
        return [run for run in self.runs if run.setup.rung in rungs]

    def best(self, *rungs: Rung) -> RungRun | None:
        """Returns the finished run of these rungs with the highest score on the present suite."""
        finished = [run for run in self.of(*rungs) if measured(run)]
        here = [run for run in finished if run.suite == self.suite]
        return max(
            here or finished, key=lambda run: run.score.value if run.score else 0.0, default=None
        )

    def blocks(self, rung: Rung) -> Fired | None:
        """Returns the rule that stops a rung; None when it may be tried."""
        for fired in self.verdict.fired if self.verdict is not None else ():
            if fired.rule.outcome is Outcome.BLOCK and rung in fired.rule.names:
                return fired
        return None

    def _state(self, step: Step) -> StepState:
        if step is Step.CHARTER:
            return self._charter_state()
        if step is Step.EVIDENCE:
            return self._evidence_state()
        if step is Step.FAILURES:
            return self._failures_state()
        if step is Step.VERDICT:
            return self._verdict_state()
        return self._rung_state(step)

    def _charter_state(self) -> StepState:
        charter = self.charter
        if charter is None or not _begun(charter):
            return StepState()
        if charter.signed is not None:
            return StepState(kind=StepKind.DONE, detail=f"version {charter.number} signed")
        return StepState(kind=StepKind.IN_PROGRESS, detail="not signed")

    def _evidence_state(self) -> StepState:
        if self.suite is None:
            return StepState()
        if self.size < MIN_EXAMPLES:
            detail = f"{self.size:,} of {MIN_EXAMPLES} examples"
            return StepState(kind=StepKind.IN_PROGRESS, detail=detail)
        return StepState(kind=StepKind.DONE, detail=figures.many(self.size, "example"))

    def _rung_state(self, step: Step) -> StepState:
        rungs = STEPS[step].rungs
        best = self.best(*rungs)
        if any(run.status in OPEN for run in self.of(*rungs)):
            return StepState(kind=StepKind.IN_PROGRESS, detail="measuring")
        if best is not None and best.score is not None:
            return StepState(kind=StepKind.MEASURED, detail=figures.share(best.score.value))
        if self.suite is None:
            return StepState(kind=StepKind.BLOCKED, detail="no evidence yet")
        blocked = [self.blocks(rung) for rung in rungs]
        first = blocked[0]
        if first is not None and all(blocked):
            return StepState(kind=StepKind.BLOCKED, detail=f"rule {first.rule.id}")
        if step is Step.RAG and self.corpora:
            return StepState(kind=StepKind.IN_PROGRESS, detail="documents are in")
        return StepState()

    def _failures_state(self) -> StepState:
        n = len(self.labels)
        if n >= MIN_EXAMPLES:
            return StepState(kind=StepKind.DONE, detail=f"{n:,} labelled")
        if n:
            return StepState(kind=StepKind.IN_PROGRESS, detail=f"{n} of {MIN_EXAMPLES}")
        if not any(measured(run) for run in self.runs):
            return StepState(kind=StepKind.BLOCKED, detail="nothing measured")
        return StepState()

    def _verdict_state(self) -> StepState:
        verdict = self.verdict
        if verdict is None or not any(measured(run) for run in self.runs):
            return StepState()
        if verdict.measured:
            return StepState(kind=StepKind.MEASURED)
        return StepState(kind=StepKind.IN_PROGRESS, detail="a prior")


def measured(run: RungRun) -> bool:
    """True when a run has a score."""
    return run.status is RunStatus.SUCCEEDED and run.score is not None


def _begun(charter: Charter | None) -> bool:
    if charter is None:
        return False
    return bool(charter.client or charter.objective or charter.metric or charter.signed)
