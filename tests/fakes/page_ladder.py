"""The ladder's services in memory, for its pages: they hold and remember what a test puts in."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from studio.domain.advice import (
    Basis,
    ChecklistItem,
    Facts,
    Fired,
    Outcome,
    Question,
    Readiness,
    Rejected,
    RuleText,
    Verdict,
)
from studio.domain.charters import Charter, SignOff, Template, UseCase
from studio.domain.costing import Figure, MemoryEstimate, MethodOption
from studio.domain.datasets import Message
from studio.domain.endpoints import Endpoint
from studio.domain.errors import Conflict, NotFound
from studio.domain.evaluation import RunStatus, Score
from studio.domain.jobs import Job, JobStatus
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
from studio.domain.retrieval import (
    Added,
    Chunk,
    Corpus,
    CorpusStatus,
    Document,
    DocumentLine,
    Gold,
    Passage,
    Refusal,
    RetrievalMode,
    RetrievalScore,
)
from tests.fakes.page_values import START, job

ENDPOINT_MODEL = "endpoint:openai/gpt-small"
SUITE = Suite(project_id="prj_1", version_id="dsv_1")


def charter(**changes: Any) -> Charter:
    """An empty first version."""
    values: dict[str, Any] = {
        "id": "chr_1",
        "project_id": "prj_1",
        "created_at": START,
        "changed_at": START,
    }
    return Charter(**{**values, **changes})


def rung_run(
    run_id: str, rung: Rung = Rung.PROMPT, value: float | None = 0.412, **changes: Any
) -> RungRun:
    """A run of a rung, finished when it has a value."""
    score = None
    if value is not None:
        low, high = max(0, value - 0.1), min(1, value + 0.1)
        score = Score(metric="accuracy", value=value, low=low, high=high, n=82)
    values: dict[str, Any] = {
        "id": run_id,
        "project_id": "prj_1",
        "setup": RungSetup(rung=rung, model_id="starter", system="Name the team."),
        "suite": SUITE,
        "model_name": "Maker/starter",
        "metric": "accuracy",
        "status": RunStatus.RUNNING if value is None else RunStatus.SUCCEEDED,
        "done": 30 if value is None else 82,
        "total": 82,
        "score": score,
        "latency_p50": None if value is None else 0.42,
        "latency_p95": None if value is None else 0.61,
        "latency_n": 5,
        "prompt_tokens": 61.0,
        "output_tokens": 3.0,
        "cost_per_1000": Decimal("0.012"),
        "cost_basis": "power of this machine, a prior",
        "created_at": START,
        "finished_at": None if value is None else START + timedelta(minutes=3),
    }
    return RungRun(**{**values, **changes})


def rung_result(number: int, *, correct: bool = False, **changes: Any) -> RungResult:
    """One answer."""
    values: dict[str, Any] = {
        "example_id": f"ex_{number}",
        "question": f"Letter {number}: where is my parcel?",
        "output": "delivery" if correct else f"I would be happy to help with letter {number}.",
        "expected": "delivery",
        "value": float(correct),
        "correct": correct,
    }
    return RungResult(**{**values, **changes})


def rule(rule_id: str = "B3", outcome: Outcome = Outcome.RECOMMEND, **changes: Any) -> RuleText:
    """A rule as people read it."""
    values: dict[str, Any] = {
        "id": rule_id,
        "condition": "few-shot was not tried",
        "outcome": outcome,
        "effect": "Try solved examples in the prompt first.",
        "names": (Rung.FEW_SHOT,),
        "because": "It is the cheapest step, and often enough.",
        "source": "OpenAI, optimising LLM accuracy",
        "basis": Basis.SECONDARY,
        "needs": ("fewshot_tried",),
    }
    return RuleText(**{**values, **changes})


def fired(rule_id: str = "B3", outcome: Outcome = Outcome.RECOMMEND, **changes: Any) -> Fired:
    """A rule that applies."""
    return Fired(rule=rule(rule_id, outcome, **changes), seen={"fewshot_tried": False})


def verdict(**changes: Any) -> Verdict:
    """A verdict for the prompt, by rules alone."""
    values: dict[str, Any] = {
        "recommended": Rung.PROMPT,
        "headline": "Stay with a good prompt for now.",
        "because": ("Few-shot has not been tried yet.",),
        "measured": False,
        "confident": False,
        "next_steps": ("Measure the few-shot rung.",),
        "fired": (fired(),),
        "rejected": (Rejected(rung=Rung.FINE_TUNE, because="Cheaper rungs come first."),),
        "would_change": ("A target that few-shot does not reach.",),
        "not_verified": ("Cost of answers on the client's own machines.",),
        "facts": Facts(),
    }
    return Verdict(**{**values, **changes})


class FakeCharters:
    """One project's charter in memory."""

    def __init__(self) -> None:
        self.kept = [charter()]
        self.saves = 0

    def templates(self) -> list[Template]:
        return [
            Template(
                use_case=UseCase.SUPPORT,
                title="Customer support",
                objective="Answer the usual questions at once and pass on the rest.",
                metric="token_f1",
                target=0.7,
                system_prompt="Answer as the client's support would.",
                task_type="chat",
                watch_out="Answers sound right and are out of date.",
            )
        ]

    def get(self, project_id: str) -> Charter:
        return self.kept[-1]

    def begin(self, project_id: str, use_case: UseCase) -> Charter:
        now = self.kept[-1]
        template = next((t for t in self.templates() if t.use_case is use_case), None)
        filled: dict[str, Any] = {"use_case": use_case}
        if template is not None:
            filled |= {
                "objective": now.objective or template.objective,
                "metric": now.metric or template.metric,
                "target": template.target if now.target is None else now.target,
            }
        self.kept[-1] = now.with_(**filled)
        return self.kept[-1]

    def save(self, charter: Charter) -> Charter:
        self.saves += 1
        if charter == self.kept[-1]:
            return charter
        if self.kept[-1].signed is not None:
            n = self.kept[-1].number + 1
            self.kept.append(charter.with_(id=f"chr_{n}", number=n, signed=None))
        else:
            self.kept[-1] = charter
        return self.kept[-1]

    def sign(self, project_id: str, name: str, role: str = "") -> Charter:
        signed = SignOff(name=name, role=role, at=START)
        self.kept[-1] = self.kept[-1].with_(signed=signed)
        return self.kept[-1]

    def history(self, project_id: str) -> list[Charter]:
        return list(reversed(self.kept))


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


class FakeRetrieval:
    """One body of documents, once a test or an upload brings it in."""

    def __init__(self) -> None:
        self.bodies: list[Corpus] = []
        self.lines: list[DocumentLine] = []
        self.places: list[Gold] = []
        self.searched: list[tuple[str, RetrievalMode]] = []

    def corpora(self, project_id: str) -> list[Corpus]:
        return list(self.bodies)

    def corpus(self, corpus_id: str) -> Corpus:
        for one in self.bodies:
            if one.id == corpus_id:
                return one
        raise NotFound(f"There is no collection {corpus_id}.")

    def create(self, project_id: str, name: str) -> Corpus:
        made = Corpus(id="cor_1", project_id=project_id, name=name, created_at=START)
        self.bodies.append(made)
        return made

    def add(self, corpus_id: str, path: str | Path, name: str | None = None) -> Added:
        shown = name or Path(path).name
        if shown.endswith(".exe"):
            return Added(refused=(Refusal(name=shown, reason="This kind is not understood."),))
        line = DocumentLine(
            id=f"doc_{len(self.lines) + 1}",
            corpus_id=corpus_id,
            key=shown,
            title=shown,
            kind="md",
            n_words=len(Path(path).read_text(encoding="utf-8").split()),
            created_at=START,
        )
        self.lines.append(line)
        self.become(CorpusStatus.STALE, n_documents=len(self.lines), n_words=900)
        return Added(documents=(line,))

    def become(self, status: CorpusStatus, **changes: Any) -> None:
        """Puts the first collection into a state."""
        self.bodies[0] = self.bodies[0].with_(status=status, **changes)

    def documents(self, corpus_id: str) -> list[DocumentLine]:
        self.corpus(corpus_id)
        return list(self.lines)

    def document(self, document_id: str) -> Document:
        line = next(one for one in self.lines if one.id == document_id)
        return Document(**dict(line), sha256="e" * 64, text=f"All about {line.title}.")

    def remove_document(self, document_id: str) -> None:
        self.lines = [one for one in self.lines if one.id != document_id]

    def start_index(self, corpus_id: str) -> Corpus:
        self.become(CorpusStatus.INDEXING, message="Cutting documents", progress=0.4)
        return self.bodies[0]

    def cancel_index(self, corpus_id: str) -> Corpus:
        self.become(CorpusStatus.STALE, message="", progress=None)
        return self.bodies[0]

    def search(
        self,
        corpus_id: str,
        question: str,
        k: int = 4,
        mode: RetrievalMode = RetrievalMode.HYBRID,
    ) -> list[Passage]:
        if self.bodies[0].status is not CorpusStatus.READY:
            raise Conflict("The documents have not been indexed.")
        self.searched.append((question, mode))
        chunk = self.chunks(corpus_id, ["chk_1"])[0]
        return [
            Passage(
                chunk=chunk,
                document_key="handbook.md",
                title="Handbook",
                rank=1,
                score=0.5,
                keyword_rank=1,
                meaning_rank=2,
            )
        ]

    def chunks(self, corpus_id: str, ids: Sequence[str]) -> list[Chunk]:
        return [
            Chunk(
                id=one,
                document_id="doc_1",
                position=0,
                start=0,
                end=40,
                text="Goods can be returned within 14 days.",
                heading="Returns",
            )
            for one in ids
        ]

    def gold(self, corpus_id: str) -> list[Gold]:
        return self.places

    def measure(
        self,
        corpus_id: str,
        questions: Sequence[tuple[str, str]] | None = None,
        modes: Sequence[RetrievalMode] = tuple(RetrievalMode),
        *,
        progress: Callable[[str, float | None], None] | None = None,
    ) -> list[RetrievalScore]:
        return [
            RetrievalScore(
                mode=mode,
                n=40,
                hit_at_1=0.55,
                hit_at_5=0.85,
                hit_at_10=0.9,
                mrr=0.67,
                ndcg_at_10=0.72,
            )
            for mode in modes
        ]

    def tokens(self, corpus_id: str) -> int:
        return 1200


class FakeEstimates:
    """Two ways to tune: one here, one at a provider that ends soon."""

    def methods(self, project_id: str, model_id: str | None = None) -> list[MethodOption]:
        memory = MemoryEstimate(
            terms=(), total=1_400_000_000, context=0, verdict="fits", available=8_000_000_000
        )
        unknown = Figure(unit="USD", basis="nobody knows")
        return [
            MethodOption(
                backend="local",
                method="lora",
                model=model_id or "starter",
                device="CPU, 2 cores",
                memory=memory,
                duration=Figure(low=300, mid=420, high=600, unit="s", basis="a prior"),
                training_cost=Figure(low=0.01, mid=0.02, high=0.03, unit="USD", basis="power"),
                serving_cost_month=unknown,
            ),
            MethodOption(
                backend="openai",
                method="full",
                model="gpt-4.1-mini",
                device="hosted",
                duration=unknown,
                training_cost=Figure(low=1, mid=1.2, high=1.5, unit="USD", basis="a price"),
                serving_cost_month=Figure(low=4, mid=5, high=6, unit="USD", basis="a price"),
                shutdown_date=date(2027, 1, 14),
                blocked_because="It ends before your horizon.",
            ),
        ]


class FakeEndpoints:
    """One endpoint on another machine."""

    def all(self) -> list[Endpoint]:
        return [
            Endpoint(
                id="end_1",
                name="openai",
                base_url="https://api.example.com/v1",
                models=("gpt-small",),
                created_at=START,
            )
        ]


def comparison(**changes: Any) -> RungComparison:
    """Few-shot against prompt, sure of itself."""
    values: dict[str, Any] = {
        "baseline_id": "rr_1",
        "candidate_id": "rr_2",
        "n": 82,
        "difference": 0.2,
        "low": 0.09,
        "high": 0.31,
        "p_value": 0.0004,
        "p_holm": 0.0008,
        "test": "exact McNemar, two-sided",
    }
    return RungComparison(**{**values, **changes})


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
