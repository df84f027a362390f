"""Ready-made examples, runs and results for tests of measuring."""

from __future__ import annotations

from studio.domain.datasets import Example, Message, Split
from studio.domain.evaluation import Decoding, EvaluationRun, ExampleResult, RunStatus, Score
from studio.domain.values import now


def make_example(number: int, answer: str, *, split: Split = Split.TEST) -> Example:
    """Returns an example whose question names its number."""
    return Example(
        id=f"example_{number}",
        line=number,
        messages=(
            Message(role="user", content=f"Question {number}"),
            Message(role="assistant", content=answer),
        ),
        prompt_hash=f"{number:064x}",
        split=split,
    )


def make_run(name: str, **changes: object) -> EvaluationRun:
    """Returns a finished run of a model of that name."""
    finished = EvaluationRun(
        id=f"evaluation_{name}",
        project_id="project_1",
        dataset_version_id="version_1",
        split=Split.TEST,
        model_id=name,
        model_name=name.title(),
        decoding=Decoding(),
        status=RunStatus.SUCCEEDED,
        primary=Score(metric="accuracy", value=0.5, n=1),
        created_at=now(),
    )
    return finished.with_(**changes)


def make_results(rights: str, f1: float = 0.0) -> list[ExampleResult]:
    """Returns one result per character; `x` is right."""
    return [
        ExampleResult(
            example_id=f"example_{number}",
            output="",
            expected="",
            correct=right == "x",
            token_f1=f1,
            rouge_l=f1,
        )
        for number, right in enumerate(rights)
    ]
