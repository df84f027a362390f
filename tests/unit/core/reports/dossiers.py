"""A dossier with a little of everything, for the tests of the report."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from studio.domain.advice import (
    Basis,
    ChecklistItem,
    Facts,
    Fired,
    Outcome,
    Rejected,
    RuleText,
    Verdict,
)
from studio.domain.charters import Charter, SignOff, Stakeholder
from studio.domain.costing import Case, Price, TornadoBar
from studio.domain.evaluation import RunStatus, Score
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
from studio.domain.projects import Project
from studio.domain.reports import Dossier
from studio.domain.retrieval import RetrievalMode, RetrievalScore
from tests.fakes import money

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
SUITE = Suite(project_id="project_1", version_id="version_1")
HOSTILE = "<script>alert(1)</script> #[*bold*] $x$ \"'&"


def run(rung: Rung, value: float, id: str, **changes: Any) -> RungRun:
    fields: dict[str, Any] = {
        "id": id,
        "project_id": "project_1",
        "setup": RungSetup(rung=rung, model_id="smol", system="Name the desk."),
        "suite": SUITE,
        "model_name": "SmolLM2-135M-Instruct",
        "metric": "accuracy",
        "status": RunStatus.SUCCEEDED,
        "score": Score(metric="accuracy", value=value, low=value / 2, high=(1 + value) / 2, n=74),
        "created_at": NOW,
        "finished_at": NOW,
    }
    return RungRun(**fields | changes)


def failure(kind: FailureKind | None, number: int = 1) -> Failure:
    result = RungResult(
        example_id=f"example_{number}",
        question=HOSTILE,
        output="I am sorry",
        expected="Wren",
        value=0.0,
        correct=False,
    )
    if kind is None:
        return Failure(result=result)
    label = FailureLabel(
        id=f"label_{number}",
        project_id="project_1",
        run_id="run_prompt",
        example_id=result.example_id,
        kind=kind,
        created_at=NOW,
    )
    return Failure(result=result, label=label)


def case(**changes: Any) -> Case:
    day = money.assumption(
        "labour.day", title="A day's work", value=600, low=400, high=800, unit="EUR"
    )
    fields: dict[str, Any] = {
        "currency": "EUR",
        "break_even_accuracy": 0.8148,
        "tornado": (
            TornadoBar(key="labour.day", title="A day's work", low_npv=900.0, high_npv=200.0),
        ),
        "correlated": money.case().simulation.with_(correlation=0.6, p10=-400.0, histogram=()),
        "warnings": (),
    }
    return money.case(day, **fields | changes)


def price(**changes: Any) -> Price:
    fields: dict[str, Any] = {
        "id": "ft_training/openai/gpt",
        "kind": "ft_training",
        "provider": "OpenAI",
        "item": "gpt-4.1-mini",
        "unit": "1M training tokens",
        "usd": Decimal(5),
        "price_date": "2026",
        "age_days": 327,
        "shutdown_date": date(2027, 1, 6),
        "source": "price list",
    }
    return Price(**fields | changes)


def dossier(**changes: Any) -> Dossier:
    rule = RuleText(
        id="F3",
        condition="behaviour failures",
        outcome=Outcome.RECOMMEND,
        effect="Pilot a fine-tune",
        because="The model knows but does not do as asked.",
        source="a published guide",
        basis=Basis.SECONDARY,
        needs=("pct_behaviour",),
        threshold="50 %",
    )
    verdict = Verdict(
        recommended=Rung.FINE_TUNE,
        run_id="run_tune",
        headline="Fine-tune.",
        because=("It is better.",),
        measured=True,
        confident=True,
        fired=(Fired(rule=rule, seen={"pct_behaviour": 0.6}),),
        rejected=(Rejected(rung=Rung.RAG, because="Nothing is missing.", rule_ids=("C2",)),),
        comparisons=(
            RungComparison(
                baseline_id="run_prompt",
                candidate_id="run_tune",
                n=74,
                difference=0.68,
                low=0.55,
                high=0.77,
                p_value=1e-12,
                p_holm=2e-12,
                test="exact McNemar",
            ),
        ),
        would_change=("A larger model that passes.",),
        not_verified=("Live traffic.",),
        facts=Facts(),
    )
    found = RetrievalScore(
        mode=RetrievalMode.HYBRID,
        n=70,
        hit_at_1=0.5,
        hit_at_5=0.8,
        hit_at_10=0.9,
        mrr=0.6,
        ndcg_at_10=0.66,
    )
    fields: dict[str, Any] = {
        "project": Project(id="project_1", name="Quern's post", created_at=NOW),
        "charter": Charter(
            id="charter_1",
            project_id="project_1",
            client="Quern",
            objective=HOSTILE,
            metric="accuracy",
            target=0.75,
            success_value=Decimal("2.5"),
            stakeholders=(Stakeholder(name="Ada", role="Post room"),),
            created_at=NOW,
            changed_at=NOW,
        ),
        "verdict": verdict,
        "suite": SUITE,
        "suite_size": 74,
        "runs": (
            run(Rung.FINE_TUNE, 0.73, "run_tune"),
            run(Rung.RAG, 0.2, "run_rag", retrieval=found),
            run(Rung.PROMPT, 0.05, "run_prompt", cost_per_1000=Decimal("0.02"), latency_p95=0.8),
            run(Rung.PROMPT, 0.01, "run_prompt_old"),
        ),
        "failures": (failure(FailureKind.BEHAVIOUR), failure(None, 2)),
        "case": case(),
        "prices": (price(),),
        "checklist": (
            ChecklistItem(id="a", phase="before", text="Metric agreed", why="", done=True),
            ChecklistItem(id="b", phase="after", text="Model card written", why=""),
        ),
        "surroundings": (("torch", "2.13"),),
        "made_at": NOW,
    }
    return Dossier(**fields | changes)


def signed(name: str) -> Charter:
    return dossier().charter.with_(signed=SignOff(name=name, role="Owner", at=NOW))
