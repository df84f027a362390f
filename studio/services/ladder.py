"""Ladder: rungs set up, measured, compared and judged on a project's own examples."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

from studio.domain.advice import ChecklistItem, Facts, Question, Readiness, RuleText, Verdict
from studio.domain.charters import Metric
from studio.domain.datasets import Message
from studio.domain.errors import Conflict, InvalidInput, NotFound
from studio.domain.jobs import Job
from studio.domain.ladder import (
    Failure,
    FailureKind,
    FailureLabel,
    Rung,
    RungComparison,
    RungResult,
    RungRun,
    RungSetup,
    Suite,
)
from studio.domain.values import new_id, now
from studio.services.ladder_advice import LadderAdvice
from studio.services.ladder_facts import FactFinder
from studio.services.ladder_pilot import Pilots
from studio.services.ladder_prompts import PromptMaker
from studio.services.ladder_queue import RungQueue
from studio.services.ladder_run import RungMeasurement
from studio.services.ladder_setups import Setups
from studio.store.ladder import LadderStore


class LadderService:
    """What a user can do on the ladder; runs take turns on one background thread.

    A run left over from an earlier studio goes on after `open`, from its last kept answer.
    """

    def __init__(
        self,
        ladder: LadderStore,
        maker: PromptMaker,
        setups: Setups,
        measurement: RungMeasurement,
        facts: FactFinder,
        advice: LadderAdvice,
        pilots: Pilots,
        changed: Callable[[], None] = lambda: None,
    ) -> None:
        """`changed` is called whenever anything of a ladder is not what it was, from any thread."""
        self._ladder, self._maker = ladder, maker
        self._setups, self._facts, self._advice, self._pilots = setups, facts, advice, pilots
        self._tell = changed
        self._queue = RungQueue(ladder, measurement, pilots, self._changed)
        self._counting = threading.Lock()
        self._revision = 0

    def open(self) -> None:
        """Begins to work on waiting runs, leftovers of an earlier studio first."""
        self._queue.open()

    def close(self) -> None:
        """Stops after the answer in progress; unfinished runs go on when opened again."""
        self._queue.close()

    def revision(self) -> int:
        """Returns a number that grows whenever anything of a ladder has changed."""
        return self._revision

    def rules(self) -> list[RuleText]:
        """Returns every rule as people read it, in the order they are looked at."""
        return self._advice.rules()

    def questions(self) -> list[Question]:
        """Returns what only people can say, in the order it is asked."""
        return self._advice.questions()

    def answers(self, project_id: str) -> Facts:
        """Returns what people answered."""
        return self._facts.answers(project_id)

    def answer(self, project_id: str, fact: str, value: Any) -> Facts:
        """Keeps one answered fact; None takes it back. InvalidInput for what cannot be one."""
        said = self._facts.answer(project_id, fact, value)
        self._changed()
        return said

    def suite(self, project_id: str) -> Suite | None:
        """Returns what the project is measured on, None until somebody has chosen."""
        return self._ladder.suite(project_id)

    def choose_suite(self, suite: Suite) -> Suite:
        """Keeps what the project is measured on; runs on another suite no longer count.

        Raises:
            NotFound: when there is no such dataset version.
            InvalidInput: when that split has no examples.
        """
        if not self._maker.examples(suite):
            raise InvalidInput(
                f"The {suite.split} split of this dataset version has no examples.",
                hint="Choose another split, or import more rows.",
            )
        self._ladder.choose_suite(suite)
        self._changed()
        return suite

    def suite_size(self, project_id: str) -> int:
        """Returns how many examples the suite has, 0 while none is chosen."""
        suite = self._ladder.suite(project_id)
        return 0 if suite is None else len(self._maker.examples(suite))

    def default_metric(self, project_id: str) -> Metric:
        """Returns the metric that suits the suite's expected answers; Conflict without a suite."""
        return self._setups.default_metric(self._suite(project_id))

    def half_width(self, n: int, share: float = 0.8) -> float:
        """Returns half the width of the 95 % interval that so many examples can give."""
        return self._advice.half_width(n, share)

    def models(self, project_id: str) -> dict[str, str]:
        """Returns id → name of everything that can answer on the ladder."""
        return self._setups.models(project_id)

    def proposed(self, project_id: str, rung: Rung, model_id: str | None = None) -> RungSetup:
        """Returns what to begin a rung with; what was measured on lower rungs goes on."""
        return self._setups.proposed(project_id, rung, model_id)

    def preview(self, project_id: str, setup: RungSetup, index: int = 0) -> tuple[Message, ...]:
        """Returns the exact prompt of one example of the suite.

        Raises:
            InvalidInput: when the setup cannot be measured, or the suite has no such example.
            Conflict: when no suite is chosen.
        """
        suite = self._suite(project_id)
        self._setups.check(project_id, setup)
        examples = self._maker.examples(suite)
        if not 0 <= index < len(examples):
            raise InvalidInput(f"The suite has {len(examples)} examples; {index} is none of them.")
        return self._maker.prompts(suite, setup, only=[examples[index]]).prompts[0]

    def start(self, project_id: str, setup: RungSetup) -> RungRun:
        """Queues a run and returns it; the same run still under way is returned, not repeated.

        Raises:
            Conflict: when no suite is chosen, or a rule blocks this rung, naming the rule.
            InvalidInput, NotFound: when the setup cannot be measured.
        """
        self._setups.check(project_id, setup)
        self._refuse_blocked(project_id, setup.rung)
        self._maker.refuse_overflow(setup)
        return self._lined_up(project_id, setup, job_id=self._setups.job_of(setup.model_id))

    def pilot(self, project_id: str, setup: RungSetup) -> Job:
        """Starts the fine-tune a setup asks for; its run is queued now and begins when it is done.

        A fine-tune of the same model on the same data that is there or under way is used again.

        Raises:
            Conflict, InvalidInput, NotFound: as `start`.
            DoesNotFit, BackendUnavailable: when it cannot be trained here.
        """
        suite = self._suite(project_id)
        self._refuse_blocked(project_id, setup.rung)
        job = self._pilots.job(project_id, suite, setup)
        self._lined_up(project_id, setup, job_id=job.id)
        return job

    def get(self, run_id: str) -> RungRun:
        """Returns a run, or raises NotFound."""
        return self._ladder.get(run_id)

    def all(self, project_id: str) -> list[RungRun]:
        """Returns the project's runs, newest first."""
        return self._ladder.all(project_id)

    def cancel(self, run_id: str) -> RungRun:
        """Asks a run to stop, keeping the answers it has; Conflict when it has ended otherwise."""
        return self._queue.cancel(run_id)

    def results(self, run_id: str) -> list[RungResult]:
        """Returns the answer to each example of a finished run, by example id."""
        self._ladder.get(run_id)
        return self._ladder.results(run_id)

    def failures(self, run_id: str) -> list[Failure]:
        """Returns the wrong answers of a run with their labels, the worst first."""
        run = self._ladder.get(run_id)
        labels = {
            one.example_id: one
            for one in self._ladder.labels(run.project_id)
            if one.run_id == run_id
        }
        wrong = [result for result in self._ladder.results(run_id) if not result.correct]
        return [
            Failure(result=result, label=labels.get(result.example_id))
            for result in sorted(wrong, key=lambda result: (result.value, result.example_id))
        ]

    def label(
        self, run_id: str, example_id: str, kind: FailureKind, note: str = "", rater: str = ""
    ) -> FailureLabel:
        """Keeps why an answer is wrong, in place of what was said before; NotFound without one."""
        run = self._ladder.get(run_id)
        if all(result.example_id != example_id for result in self._ladder.results(run_id)):
            raise NotFound(f"The run has no answer to {example_id}.", hint="Reload the page.")
        label = FailureLabel(
            id=new_id("label"),
            project_id=run.project_id,
            run_id=run_id,
            example_id=example_id,
            kind=kind,
            note=note.strip(),
            rater=rater.strip(),
            created_at=now(),
        )
        self._ladder.label(label)
        self._changed()
        return label

    def unlabel(self, run_id: str, example_id: str) -> None:
        """Takes a label back; without one nothing changes."""
        self._ladder.unlabel(run_id, example_id)
        self._changed()

    def labels(self, project_id: str) -> list[FailureLabel]:
        """Returns every label of a project, oldest first."""
        return self._ladder.labels(project_id)

    def compare(self, project_id: str) -> list[RungComparison]:
        """Returns the best run of each rung against those below it, corrected after Holm."""
        return self._advice.compare(project_id)

    def readiness(self, project_id: str) -> Readiness:
        """Says whether there is enough to tune on, by the kind of task."""
        return self._advice.readiness(project_id)

    def checklist(self, project_id: str) -> list[ChecklistItem]:
        """Returns the checklists, ticked by people or by what the studio knows."""
        return self._advice.checklist(project_id)

    def tick(self, project_id: str, item_id: str, done: bool) -> list[ChecklistItem]:
        """Ticks or unticks a point and returns the checklists; NotFound without such a point."""
        items = self._advice.tick(project_id, item_id, done)
        self._changed()
        return items

    def facts(self, project_id: str) -> Facts:
        """Returns every fact that is known, measured or answered."""
        return self._facts.facts(project_id)

    def verdict(self, project_id: str) -> Verdict:
        """Returns what the ladder says, with the rules that fired and what is against the rest."""
        return self._advice.verdict(project_id)

    def _lined_up(self, project_id: str, setup: RungSetup, job_id: str | None) -> RungRun:
        suite = self._suite(project_id)
        return self._queue.add(
            RungRun(
                id=new_id("rung"),
                project_id=project_id,
                setup=setup,
                suite=suite,
                model_name=self._setups.name(setup.model_id),
                metric=self._setups.metric(project_id, suite),
                total=len(self._maker.examples(suite)),
                job_id=job_id,
                created_at=now(),
            )
        )

    def _suite(self, project_id: str) -> Suite:
        suite = self._ladder.suite(project_id)
        if suite is None:
            raise Conflict(
                "No evaluation suite is chosen.",
                hint="Choose the dataset and split that every rung is measured on.",
            )
        return suite

    def _refuse_blocked(self, project_id: str, rung: Rung) -> None:
        blocked = self._advice.blocked(project_id, rung)
        if blocked is not None:
            raise Conflict(
                f"Rule {blocked.rule.id} blocks the rung {rung}: {blocked.rule.effect}",
                hint=blocked.rule.because,
            )

    def _changed(self) -> None:
        with self._counting:
            self._revision += 1
        self._tell()
