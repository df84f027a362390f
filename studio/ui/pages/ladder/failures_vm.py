"""Triage of wrong answers: one at a time, four kinds, undo, and how far one is."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from studio.domain.ladder import MIN_EXAMPLES, Failure, FailureKind, Rung, RungRun
from studio.ui.pages import figures
from studio.ui.pages.ladder.overview import Overview, measured
from studio.ui.pages.ladder.results_vm import passages_of
from studio.ui.pages.ladder.words import FAILURE_WORDS

if TYPE_CHECKING:
    from studio.services.container import Services


@dataclass(kw_only=True)
class TriagePage:
    """The wrong answers of one run and what was said about them."""

    services: Services
    project_id: str
    overview: Overview
    run_id: str = ""
    failures: list[Failure] = field(default_factory=list)
    position: int = 0
    note: str = ""
    """Goes with the next label."""
    steps: list[tuple[str, FailureKind | None, str]] = field(default_factory=list)
    """What can be taken back: example, the kind it had before, its note."""

    def load(self) -> None:
        """Reads the wrong answers of the chosen run, or of the best prompted one."""
        known = {run.id for run in self.runs}
        if self.run_id not in known:
            best = self.overview.best(Rung.FEW_SHOT, Rung.PROMPT)
            first = next(iter(self.runs), None)
            self.run_id = best.id if best else (first.id if first else "")
        self.read()

    def read(self) -> None:
        """Reads the failures of the chosen run; goes to the first without a label."""
        self.failures = list(self.services.ladder.failures(self.run_id)) if self.run_id else []
        self.steps = []
        self.position = self._next_open(0)

    def choose(self, run_id: str) -> None:
        """Takes the failures of another run."""
        self.run_id = run_id
        self.read()

    @property
    def runs(self) -> list[RungRun]:
        """Every finished run, prompted ones first."""
        prompted = (Rung.PROMPT, Rung.FEW_SHOT)
        finished = [run for run in self.overview.runs if measured(run)]
        return sorted(finished, key=lambda run: run.setup.rung not in prompted)

    @property
    def run(self) -> RungRun | None:
        """The run whose answers are sorted."""
        return next((run for run in self.runs if run.id == self.run_id), None)

    @property
    def goal(self) -> int:
        """How many are to be sorted: twenty, or all there are."""
        return min(MIN_EXAMPLES, len(self.failures))

    @property
    def n_labelled(self) -> int:
        """How many of this run are sorted."""
        return sum(one.label is not None for one in self.failures)

    @property
    def progress(self) -> str:
        """How far one is."""
        if not self.failures:
            return "No wrong answers"
        more = f" ({len(self.failures):,} wrong answers in all)"
        return f"{self.n_labelled} of {self.goal} sorted{more}"

    @property
    def share(self) -> float:
        """Share of the goal that is reached."""
        return min(1.0, self.n_labelled / self.goal) if self.goal else 0.0

    @property
    def finished(self) -> bool:
        """True when the rules have enough to go by."""
        return bool(self.goal) and self.n_labelled >= self.goal

    @property
    def current(self) -> Failure | None:
        """The wrong answer being looked at."""
        inside = 0 <= self.position < len(self.failures)
        return self.failures[self.position] if inside else None

    @property
    def place(self) -> str:
        """Where one is among all wrong answers."""
        n = len(self.failures)
        return f"Answer {self.position + 1:,} of {n:,}" if n else ""

    def parts(self) -> list[tuple[str, int]]:
        """How many there are of each kind."""
        kinds = [one.label.kind for one in self.failures if one.label is not None]
        return [(words.title, kinds.count(kind)) for kind, words in FAILURE_WORDS.items()]

    @property
    def conclusion(self) -> str:
        """What the kinds say so far, in a sentence; empty while nothing is sorted."""
        kinds = [one.label.kind for one in self.failures if one.label is not None]
        if not kinds:
            return ""
        top = max(FailureKind, key=kinds.count)
        n = kinds.count(top)
        words = FAILURE_WORDS[top]
        early = "" if self.finished else " That may change with more of them."
        times = figures.many(n, "answer")
        return f"Most often so far: “{words.title}” ({times}). {words.helps}{early}"

    def move(self, by: int) -> None:
        """Goes forward or back."""
        self.position = max(0, min(self.position + by, len(self.failures) - 1))
        self.note = self._note_here()

    def label(self, kind: FailureKind) -> None:
        """Says why the present answer is wrong, and goes to the next that is open."""
        now = self.current
        if now is None:
            return
        before = now.label
        made = self.services.ladder.label(
            self.run_id, now.result.example_id, kind, self.note.strip()
        )
        self.steps.append(
            (
                now.result.example_id,
                before.kind if before is not None else None,
                before.note if before is not None else "",
            )
        )
        self.failures[self.position] = Failure(result=now.result, label=made)
        self.position = self._next_open(self.position + 1)
        self.note = self._note_here()

    def undo(self) -> bool:
        """Takes the newest label back and returns to its answer; False when there is none."""
        if not self.steps:
            return False
        example_id, kind, note = self.steps.pop()
        label = None
        if kind is None:
            self.services.ladder.unlabel(self.run_id, example_id)
        else:
            label = self.services.ladder.label(self.run_id, example_id, kind, note)
        for index, one in enumerate(self.failures):
            if one.result.example_id == example_id:
                self.failures[index] = Failure(result=one.result, label=label)
                self.position = index
        self.note = self._note_here()
        return True

    def passages(self) -> list[tuple[str, str]]:
        """The passages that went with the present question."""
        now, run = self.current, self.run
        if now is None or run is None or run.setup.corpus_id is None or not now.result.passages:
            return []
        return passages_of(self.services, run.setup.corpus_id, now.result)

    def _next_open(self, start: int) -> int:
        order = [*range(start, len(self.failures)), *range(min(start, len(self.failures)))]
        found = (index for index in order if self.failures[index].label is None)
        return next(found, min(start, max(0, len(self.failures) - 1)))

    def _note_here(self) -> str:
        now = self.current
        return now.label.note if now is not None and now.label is not None else ""
