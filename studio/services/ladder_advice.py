"""What follows from facts and runs: rules, comparisons, readiness, checklists, the verdict."""

from __future__ import annotations

from functools import lru_cache

from studio.core.ladder.advise import advise
from studio.core.ladder.comparisons import compare_rungs
from studio.core.ladder.questions import QUESTIONS
from studio.core.ladder.readiness import ready
from studio.core.ladder.resolution import half_width
from studio.core.ladder.rules import texts
from studio.core.ladder.verdict import verdict
from studio.domain.advice import ChecklistItem, Fired, Question, Readiness, RuleText, Verdict
from studio.domain.ladder import Rung, RungComparison, RungRun
from studio.services.charters import CharterService
from studio.services.ladder_checklist import Checklists
from studio.services.ladder_facts import FactFinder
from studio.services.thresholds import ThresholdService
from studio.store.ladder import LadderStore

KEPT_COMPARISONS = 64
"""Ladders whose comparisons are remembered: a permutation test takes about a second."""


class LadderAdvice:
    """Applies the rules to a project."""

    def __init__(
        self,
        ladder: LadderStore,
        charters: CharterService,
        facts: FactFinder,
        checklists: Checklists,
        thresholds: ThresholdService,
    ) -> None:
        self._ladder, self._charters = ladder, charters
        self._facts, self._checklists, self._thresholds = facts, checklists, thresholds
        # Finished runs never change, so their ids say everything about a comparison.
        self._compared = lru_cache(maxsize=KEPT_COMPARISONS)(self._compare)

    def rules(self) -> list[RuleText]:
        """Returns every rule as people read it."""
        return list(texts())

    def questions(self) -> list[Question]:
        """Returns what only people can say."""
        return list(QUESTIONS)

    def half_width(self, n: int, share: float = 0.8) -> float:
        """Returns half the width of the 95 % interval that so many examples can give."""
        return half_width(n, share)

    def blocked(self, project_id: str, rung: Rung) -> Fired | None:
        """Returns the rule that stops a rung, None when nothing does."""
        advice = advise(self._facts.facts(project_id), self._thresholds.of(project_id))
        rule_id = advice.blocked.get(rung)
        return next((one for one in advice.fired if one.rule.id == rule_id), None)

    def compare(self, project_id: str) -> list[RungComparison]:
        """Returns the best run of each rung against those below it."""
        return list(self._compared(tuple(run.id for run in self._runs(project_id))))

    def readiness(self, project_id: str) -> Readiness:
        """Says whether there is enough to tune on."""
        facts = self._facts.facts(project_id)
        return ready(
            facts.task_type or "other",
            facts.n_labelled or 0,
            facts.labels,
            self._thresholds.of(project_id),
        )

    def checklist(self, project_id: str) -> list[ChecklistItem]:
        """Returns the checklists, ticked by people or by what the studio knows."""
        known = self._checklists.known(
            self._charters.get(project_id),
            self._ladder.suite(project_id),
            self._facts.facts(project_id),
            self._runs(project_id),
            self.compare(project_id),
        )
        return self._checklists.items(project_id, known, self._thresholds.of(project_id))

    def tick(self, project_id: str, item_id: str, done: bool) -> list[ChecklistItem]:
        """Ticks or unticks a point; NotFound without such a point."""
        self._checklists.tick(project_id, item_id, done)
        return self.checklist(project_id)

    def verdict(self, project_id: str) -> Verdict:
        """Returns what the ladder says."""
        runs = self._runs(project_id)
        return verdict(
            self._facts.facts(project_id),
            runs,
            tuple(self.compare(project_id)),
            self._thresholds.of(project_id),
        )

    def _runs(self, project_id: str) -> list[RungRun]:
        return self._facts.runs(project_id, self._ladder.suite(project_id))

    def _compare(self, run_ids: tuple[str, ...]) -> tuple[RungComparison, ...]:
        runs = [self._ladder.get(id) for id in run_ids]
        return compare_rungs(runs, {id: self._ladder.results(id) for id in run_ids})
