"""Samples: one valid value of each noun, with every field changeable."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from studio.domain.charters import Charter
from studio.domain.datasets import (
    DataFormat,
    Dataset,
    DatasetVersion,
    Example,
    Message,
    RefusedRow,
    SourceFile,
    Split,
)
from studio.domain.evaluation import Decoding, EvaluationRun, ExampleResult
from studio.domain.feedback import Feedback, Inference
from studio.domain.interfaces import Answer
from studio.domain.jobs import Event, Job
from studio.domain.ladder import (
    FailureKind,
    FailureLabel,
    Rung,
    RungResult,
    RungRun,
    RungSetup,
    Suite,
)
from studio.domain.models import BaseModel, ModelFacts, ModelSource, ModelVersion
from studio.domain.projects import Project
from studio.domain.training import TrainingSpec
from studio.domain.values import new_id, now


def project(**changes: Any) -> Project:
    id = new_id("project")
    return Project(id=id, name=f"Client {id}", created_at=now()).with_(**changes)


def source(**changes: Any) -> SourceFile:
    given = {"filename": "tickets.csv", "path": "sources/1", "size": 12, "sha256": "ab" * 32}
    return SourceFile(id=new_id("source"), **given).with_(**changes)


def dataset(**changes: Any) -> Dataset:
    return Dataset(
        id=new_id("dataset"), project_id="project_1", name="Tickets", created_at=now()
    ).with_(**changes)


def example(n: int, **changes: Any) -> Example:
    splits = (Split.TRAIN, Split.TRAIN, Split.TRAIN, Split.VALIDATION, Split.TEST)
    turns = (
        Message(role="system", content="Answer with the team's name."),
        Message(role="user", content=f"My parcel {n} is late."),
        Message(role="assistant", content=("delivery", "refunds")[n % 2]),
    )
    return Example(
        id=f"example_{n}", line=n + 1, messages=turns, prompt_hash=f"{n:064x}", split=splits[n % 5]
    ).with_(**changes)


def examples(n: int) -> list[Example]:
    return [example(at) for at in range(n)]


def version(
    dataset_id: str,
    rows: Sequence[Example],
    refused: Sequence[RefusedRow] = (),
    **changes: Any,
) -> DatasetVersion:
    return DatasetVersion(
        id=new_id("version"),
        dataset_id=dataset_id,
        number=1,
        n_examples=len(rows),
        splits={split: sum(row.split is split for row in rows) for split in Split},
        n_refused=len(refused),
        content_hash="cd" * 32,
        source_filename="tickets.csv",
        source_sha256="ab" * 32,
        format=DataFormat.CHAT,
        created_at=now(),
    ).with_(**changes)


def base_model(**changes: Any) -> BaseModel:
    facts = ModelFacts(
        architecture="LlamaForCausalLM",
        parameters=134_515_008,
        hidden_size=576,
        layers=30,
        heads=9,
        kv_heads=3,
        head_dim=64,
        intermediate_size=1536,
        vocabulary=49152,
        tied_embeddings=True,
        context_length=8192,
        has_chat_template=True,
    )
    return BaseModel(
        id="small",
        name="Publisher/Small",
        source=ModelSource.FOLDER,
        revision="1",
        path="models/small",
        licence="Apache-2.0",
        facts=facts,
        manifest_sha256="ef" * 32,
        created_at=now(),
    ).with_(**changes)


def model_version(**changes: Any) -> ModelVersion:
    return ModelVersion(
        id=new_id("model"),
        project_id="project_1",
        name="Router v1",
        base_model="small",
        job_id="job_1",
        dataset_version_id="version_1",
        path="versions/1",
        method="lora",
        manifest_sha256="ef" * 32,
        validation_loss=0.25,
        created_at=now(),
    ).with_(**changes)


def job(**changes: Any) -> Job:
    spec = TrainingSpec(
        project_id="project_1", name="Router", dataset_version_id="version_1", base_model="small"
    )
    return Job(
        id=new_id("job"),
        project_id="project_1",
        name="Router",
        backend="local",
        spec=spec,
        created_at=now(),
    ).with_(**changes)


def event(n: int, **changes: Any) -> Event:
    return Event(n=n, at=now(), kind="metrics", data={"loss": 1.5, "step": n}).with_(**changes)


def evaluation(**changes: Any) -> EvaluationRun:
    return EvaluationRun(
        id=new_id("evaluation"),
        project_id="project_1",
        dataset_version_id="version_1",
        split=Split.TEST,
        model_id="small",
        model_name="Small",
        decoding=Decoding(),
        created_at=now(),
    ).with_(**changes)


def result(n: int, **changes: Any) -> ExampleResult:
    given = {"output": "delivery", "expected": "delivery", "correct": True}
    return ExampleResult(example_id=f"example_{n}", token_f1=1.0, rouge_l=1.0, **given).with_(
        **changes
    )


def inference(**changes: Any) -> Inference:
    return Inference(
        id=new_id("inference"),
        project_id="project_1",
        model_id="small",
        model_name="Small",
        messages=example(1).prompt,
        decoding=Decoding(),
        output="delivery",
        created_at=now(),
    ).with_(**changes)


def feedback(inference_id: str, **changes: Any) -> Feedback:
    return Feedback(
        id=new_id("feedback"),
        inference_id=inference_id,
        thumb_up=True,
        rater="local user",
        created_at=now(),
    ).with_(**changes)


def answer(**changes: Any) -> Answer:
    given = {"prompt_tokens": 12, "output_tokens": 2, "seconds": 0.5, "finish_reason": "stop"}
    return Answer(text="delivery", **given).with_(**changes)


def charter(**changes: Any) -> Charter:
    return Charter(
        id=new_id("charter"), project_id="project_1", created_at=now(), changed_at=now()
    ).with_(**changes)


def suite(**changes: Any) -> Suite:
    return Suite(project_id="project_1", version_id="version_1").with_(**changes)


def rung_run(**changes: Any) -> RungRun:
    return RungRun(
        id=new_id("rung"),
        project_id="project_1",
        setup=RungSetup(rung=Rung.PROMPT, model_id="small"),
        suite=suite(),
        model_name="Small",
        metric="accuracy",
        created_at=now(),
    ).with_(**changes)


def rung_result(n: int, **changes: Any) -> RungResult:
    return RungResult(
        example_id=f"example_{n}",
        question=f"My parcel {n} is late.",
        output="delivery",
        expected="delivery",
        value=1.0,
        correct=True,
    ).with_(**changes)


def failure_label(run_id: str, **changes: Any) -> FailureLabel:
    return FailureLabel(
        id=new_id("label"),
        project_id="project_1",
        run_id=run_id,
        example_id="example_1",
        kind=FailureKind.CONTEXT,
        created_at=now(),
    ).with_(**changes)
