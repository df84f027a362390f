"""Values for the tests of pages: one of each noun, changed by keyword."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from studio.domain.datasets import (
    ColumnMapping,
    DataFormat,
    DatasetVersion,
    Example,
    Message,
    Split,
)
from studio.domain.evaluation import Decoding, EvaluationRun, ExampleResult, RunStatus, Score
from studio.domain.jobs import Job, JobStatus
from studio.domain.models import BaseModel, ModelFacts, ModelSource, ModelVersion
from studio.domain.training import Method, TrainingSpec

START = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)


def version(**changes: Any) -> DatasetVersion:
    """A dataset version with 100 examples."""
    values: dict[str, Any] = {
        "id": "dsv_1",
        "dataset_id": "ds_1",
        "number": 1,
        "n_examples": 100,
        "splits": {Split.TRAIN: 80, Split.VALIDATION: 10, Split.TEST: 10},
        "n_refused": 2,
        "content_hash": "c" * 64,
        "source_filename": "tickets.csv",
        "source_sha256": "a" * 64,
        "format": DataFormat.COLUMNS,
        "mapping": ColumnMapping(prompt="text", answer="label"),
        "system_prompt": "Name the team.",
        "created_at": START,
    }
    return DatasetVersion(**{**values, **changes})


def base_model(model_id: str = "starter") -> BaseModel:
    """A tiny base model."""
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
        id=model_id,
        name=f"Maker/{model_id}",
        source=ModelSource.WHEEL,
        revision="1",
        path="/models/starter",
        licence="Apache-2.0",
        facts=facts,
        manifest_sha256="b" * 64,
        created_at=START,
    )


def spec(**changes: Any) -> TrainingSpec:
    """A LoRA run on the first version."""
    values: dict[str, Any] = {
        "project_id": "prj_1",
        "name": "Tickets tuned",
        "dataset_version_id": "dsv_1",
        "base_model": "starter",
        "method": Method.LORA,
    }
    return TrainingSpec(**{**values, **changes})


def job(status: JobStatus = JobStatus.RUNNING, **changes: Any) -> Job:
    """A job in any status."""
    values: dict[str, Any] = {
        "id": "job_1",
        "project_id": "prj_1",
        "name": "Tickets tuned",
        "backend": "local",
        "spec": spec(),
        "status": status,
        "created_at": START,
        "started_at": START + timedelta(seconds=1),
    }
    return Job(**{**values, **changes})


def model_version(**changes: Any) -> ModelVersion:
    """The model that the first job made."""
    values: dict[str, Any] = {
        "id": "mv_1",
        "project_id": "prj_1",
        "name": "Tickets tuned",
        "base_model": "starter",
        "job_id": "job_1",
        "dataset_version_id": "dsv_1",
        "path": "/versions/mv_1",
        "method": "lora",
        "manifest_sha256": "d" * 64,
        "validation_loss": 0.4,
        "created_at": START + timedelta(minutes=9),
    }
    return ModelVersion(**{**values, **changes})


def run(run_id: str, model_id: str, value: float | None = 0.5, **changes: Any) -> EvaluationRun:
    """An evaluation on the test split, finished when it has a value."""
    score = None if value is None else Score(metric="accuracy", value=value, low=0, high=1, n=10)
    values: dict[str, Any] = {
        "id": run_id,
        "project_id": "prj_1",
        "dataset_version_id": "dsv_1",
        "split": Split.TEST,
        "model_id": model_id,
        "model_name": model_id,
        "decoding": Decoding(),
        "status": RunStatus.RUNNING if value is None else RunStatus.SUCCEEDED,
        "primary": score,
        "scores": () if score is None else (score,),
        "created_at": START + timedelta(minutes=10),
    }
    return EvaluationRun(**{**values, **changes})


def example(number: int = 1, split: Split = Split.TEST) -> Example:
    """One example with a system prompt."""
    return Example(
        id=f"ex_{number}",
        line=number,
        messages=(
            Message(role="system", content="Name the team."),
            Message(role="user", content=f"Question {number}"),
            Message(role="assistant", content="billing"),
        ),
        prompt_hash=f"h{number}",
        split=split,
    )


def result(example_id: str, output: str, correct: bool) -> ExampleResult:
    """One marked answer."""
    return ExampleResult(
        example_id=example_id,
        output=output,
        expected="billing",
        correct=correct,
        token_f1=float(correct),
        rouge_l=float(correct),
    )
