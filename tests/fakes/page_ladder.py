"""The ladder's service in memory, for its pages: it measures when a test says so."""

from __future__ import annotations

import math
from typing import Any

from studio.domain.advice import (
    Basis,
    ChecklistItem,
    Facts,
    Outcome,
    Question,
    Readiness,
    RuleText,
    Verdict,
)
from studio.domain.datasets import Message
from studio.domain.evaluation import RunStatus
from studio.domain.jobs import Job, JobStatus
from studio.domain.ladder import (
    Failure,
    FailureKind,
    FailureLabel,
    Rung,
    RungResult,
    RungRun,
    RungSetup,
    Suite,
)
from tests.fakes.ladder_values import (
    SUITE,
    comparison,
    fired,
    rule,
    rung_result,
    rung_run,
    verdict,
)
from tests.fakes.page_values import START, job

ENDPOINT_MODEL = "endpoint:openai/gpt-small"


class FakeLadder:
    """Rungs that are measured when a test says so."""

    def __init__(self, training: Any = None) -> None:
        self.training = training
        self.chosen: Suite | None = SUITE
        self.size = 82
        self.runs: list[RungRun] = []
        self.answered: dict[str, Any] = {}
        self.given: dict[str, list[RungResult]] = {}
        self.said: list[FailureLabel] = []
        self.piloted: list[RungSetup] = []
        self.said_verdict = verdict()
        self.asked = [
            Question(
                fact="needs_citation",
                text="Must every answer name its source?",
                why="Only passages that were looked up can be cited.",
                kind="yes_no",
                step="rag",
            ),
            Question(
                fact="unseen_share",
                text="How much of what is asked is unlike your examples?",
                why="Tuned models are weak on what they have not seen.",
                kind="share",
                default=0.1,
                step="fine_tune",
            ),
            Question(
                fact="fact_change_days",
                text="After how many days is a typical fact out of date?",
                why="A model that has learnt facts by heart goes stale with them.",
                kind="number",
                step="charter",
            ),
        ]
        self.points = [
            ChecklistItem(id="split", phase="before", text="Test split frozen", why="Or it leaks."),
            ChecklistItem(
                id="watch",
                phase="after",
                text="Score watched every month",
                why="Inputs drift.",
                done=True,
                by="studio",
                evidence="an evaluation of this month",
                at=START,
            ),
        ]
        self.ready = Readiness(
            task_type="classification",
            n_labelled=80,
            pilot=100,
            target_low=500,
            target_high=None,
            basis="Vertex, 100 for a pilot; the rest is our judgement",
            level="red_flag",
            flags=("80 examples are fewer than the 100 a pilot needs.",),
        )

    def rules(self) -> list[RuleText]:
        return [rule(), rule("S1", Outcome.WARN, effect="Keep a person in the loop.")]

    def questions(self) -> list[Question]:
        return self.asked

    def answers(self, project_id: str) -> Facts:
        return Facts(**self.answered)

    def answer(self, project_id: str, fact: str, value: Any) -> Facts:
        self.answered[fact] = value
        return Facts(**self.answered)

    def suite(self, project_id: str) -> Suite | None:
        return self.chosen

    def choose_suite(self, suite: Suite) -> Suite:
        self.chosen = suite
        self.size = min(82, suite.limit or 82)
        return suite

    def suite_size(self, project_id: str) -> int:
        return self.size if self.chosen is not None else 0

    def half_width(self, n: int, share: float = 0.8) -> float:
        return 1.96 * math.sqrt(share * (1 - share) / n)

    def models(self, project_id: str) -> dict[str, str]:
        return {"starter": "Maker/starter", ENDPOINT_MODEL: "gpt-small at openai"}

    def proposed(self, project_id: str, rung: Rung, model_id: str | None = None) -> RungSetup:
        passages = rung in (Rung.RAG, Rung.LONG_CONTEXT, Rung.RAG_FINE_TUNE)
        return RungSetup(
            rung=rung,
            model_id=model_id or "starter",
            system="Name the team.",
            template="{passages}\n\n{question}" if passages else "{question}",
            shots=8 if rung is Rung.FEW_SHOT else 0,
            corpus_id="cor_1" if passages else None,
        )

    def preview(self, project_id: str, setup: RungSetup, index: int = 0) -> tuple[Message, ...]:
        return (
            Message(role="system", content=setup.system),
            Message(role="user", content=f"Letter {index + 1}: where is my parcel?"),
        )

    def start(self, project_id: str, setup: RungSetup) -> RungRun:
        made = rung_run(f"rr_{len(self.runs) + 1}", setup.rung, None, setup=setup, done=0)
        self.runs.insert(0, made)
        return made

    def finish(self, run_id: str, value: float, n: int = 30) -> None:
        """Ends a run with as many answers, those right coming last."""
        right = round(n * value)
        self.runs = [
            rung_run(r.id, r.setup.rung, value, setup=r.setup) if r.id == run_id else r
            for r in self.runs
        ]
        self.given[run_id] = [rung_result(i, correct=i >= n - right) for i in range(n)]

    def get(self, run_id: str) -> RungRun:
        return next(run for run in self.runs if run.id == run_id)

    def all(self, project_id: str) -> list[RungRun]:
        return list(self.runs)

    def cancel(self, run_id: str) -> RungRun:
        self.runs = [
            run.with_(status=RunStatus.CANCELLED) if run.id == run_id else run for run in self.runs
        ]
        return self.get(run_id)

    def results(self, run_id: str) -> list[RungResult]:
        return self.given.get(run_id, [])

    def failures(self, run_id: str) -> list[Failure]:
        labels = {one.example_id: one for one in self.said if one.run_id == run_id}
        return [
            Failure(result=one, label=labels.get(one.example_id))
            for one in self.results(run_id)
            if not one.correct
        ]

    def label(
        self, run_id: str, example_id: str, kind: FailureKind, note: str = "", rater: str = ""
    ) -> FailureLabel:
        self.unlabel(run_id, example_id)
        made = FailureLabel(
            id=f"lab_{example_id}",
            project_id="prj_1",
            run_id=run_id,
            example_id=example_id,
            kind=kind,
            note=note,
            created_at=START,
        )
        self.said.append(made)
        return made

    def unlabel(self, run_id: str, example_id: str) -> None:
        self.said = [
            one for one in self.said if (one.run_id, one.example_id) != (run_id, example_id)
        ]

    def labels(self, project_id: str) -> list[FailureLabel]:
        return list(self.said)

    def readiness(self, project_id: str) -> Readiness:
        return self.ready

    def checklist(self, project_id: str) -> list[ChecklistItem]:
        return list(self.points)

    def tick(self, project_id: str, item_id: str, done: bool) -> list[ChecklistItem]:
        self.points = [
            one.with_(done=done, by="person" if done else "") if one.id == item_id else one
            for one in self.points
        ]
        return self.checklist(project_id)

    def verdict(self, project_id: str) -> Verdict:
        return self.said_verdict

    def pilot(self, project_id: str, setup: RungSetup) -> Job:
        self.piloted.append(setup)
        made = job(JobStatus.RUNNING, id="job_7", name="Pilot", step=3, total_steps=30)
        if self.training is not None:
            self.training.jobs[made.id] = made
        return made


def climbed(ladder: FakeLadder) -> None:
    """A ladder with two measured rungs, some sorted failures and a verdict that rests on them."""
    ladder.runs = [
        rung_run("rr_2", Rung.FEW_SHOT, 0.61),
        rung_run("rr_1", Rung.PROMPT, 0.41),
    ]
    ladder.finish("rr_1", 0.41)
    ladder.finish("rr_2", 0.61)
    ladder.said = []
    for number in range(5):
        ladder.label("rr_2", f"ex_{number}", FailureKind.BEHAVIOUR)
    ladder.said_verdict = verdict(
        recommended=Rung.FEW_SHOT,
        run_id="rr_2",
        headline="Eight examples in the prompt do the job. Do not fine-tune.",
        because=("Few-shot is right in 61 of 100 cases, 20 points more than the prompt alone.",),
        measured=True,
        confident=True,
        fired=(
            fired(),
            fired(
                "W2",
                Outcome.WARN,
                effect="Read every score with its interval.",
                basis=Basis.JUDGEMENT,
                names=(),
                threshold="200 examples",
            ),
        ),
        comparisons=(comparison(),),
    )
