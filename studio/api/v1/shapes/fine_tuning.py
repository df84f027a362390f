"""Shapes of fine-tuning jobs and of what they are asked for with."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import (
    Field,
    PlainValidator,
    StringConstraints,
    ValidationError,
    field_validator,
    model_validator,
)

from studio.api.v1.shapes.shape import Asked, Shape
from studio.domain.training import Effort, Hyperparameters, Method

Key = Annotated[str, StringConstraints(min_length=1, max_length=64)]
Text = Annotated[str, StringConstraints(max_length=512)]
Metadata = Annotated[dict[Key, Text], Field(max_length=16)]


def _whole(most: int) -> Any:
    """Returns what takes `auto` or a whole number from 1 on."""

    def check(value: object) -> object:
        # 3.0 is a whole number to JSON.
        whole = isinstance(value, (int, float)) and not isinstance(value, bool)
        if value == "auto" or value is None:
            return "auto"
        if whole and 1 <= value <= most and value == int(value):  # type: ignore[operator,call-overload]
            return int(value)  # type: ignore[call-overload]
        raise ValueError(f"It is `auto` or a whole number from 1 to {most}.")

    return PlainValidator(check)


def _positive(most: float, named: str) -> Any:
    """Returns what takes `auto` or a number above 0."""

    def check(value: object) -> object:
        if value == "auto" or value is None:
            return "auto"
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            raise ValueError(f"It is `auto` or a number {named}.")
        if not 0 < value <= most:
            raise ValueError(f"It is `auto` or a number {named}.")
        return float(value)

    return PlainValidator(check)


class SupervisedAsked(Asked):
    """What can be set of supervised tuning."""

    n_epochs: Annotated[Any, _whole(50)] = "auto"
    batch_size: Annotated[Any, _whole(256)] = "auto"
    learning_rate_multiplier: Annotated[Any, _positive(1e6, "above 0")] = "auto"


class PreferenceAsked(SupervisedAsked):
    """What can be set of tuning on preferences."""

    beta: Annotated[Any, _positive(2, "above 0 and at most 2")] = "auto"


class SupervisedMethod(Asked):
    """The supervised method."""

    hyperparameters: SupervisedAsked = SupervisedAsked()


class PreferenceMethod(Asked):
    """The method for preferences."""

    hyperparameters: PreferenceAsked = PreferenceAsked()


class MethodAsked(Asked):
    """How to tune."""

    type: Literal["supervised", "dpo", "reinforcement"]
    supervised: SupervisedMethod | None = None
    dpo: PreferenceMethod | None = None
    reinforcement: dict[str, Any] | None = None

    @model_validator(mode="after")
    def _one_of_them(self) -> MethodAsked:
        if self.type == "reinforcement" or self.reinforcement is not None:
            raise ValueError("Only the methods `supervised` and `dpo` are offered here.")
        other = self.dpo if self.type == "supervised" else self.supervised
        if other is not None:
            raise ValueError(f"The method is {self.type}, but another one is described too.")
        return self

    @property
    def hyperparameters(self) -> SupervisedAsked:
        """What was asked for under the method's own name."""
        if self.type == "dpo":
            return (self.dpo or PreferenceMethod()).hyperparameters
        return (self.supervised or SupervisedMethod()).hyperparameters


class LadderAsked(Asked):
    """What the wire has no words for; it comes through the client's `extra_body`."""

    project: str | None = None
    method: Method | None = None
    effort: Effort | None = None
    hyperparameters: dict[str, Any] = {}

    @field_validator("hyperparameters")
    @classmethod
    def _ours(cls, given: dict[str, Any]) -> dict[str, Any]:
        try:
            checked = Hyperparameters.model_validate(given)
        except ValidationError as error:
            first = error.errors()[0]
            raise ValueError(f"{'.'.join(map(str, first['loc']))}: {first['msg']}") from error
        return {name: getattr(checked, name) for name in given}


class JobAsked(Asked):
    """A fine-tune that is asked for."""

    model: Annotated[str, StringConstraints(min_length=1, max_length=256)]
    training_file: str
    validation_file: str | None = None
    suffix: Annotated[str, StringConstraints(min_length=1, max_length=64)] | None = None
    seed: Annotated[int, Field(strict=True, ge=0, le=2_147_483_647)] | None = None
    metadata: Metadata | None = None
    method: MethodAsked | None = None
    hyperparameters: SupervisedAsked | None = None
    integrations: list[Any] | None = None
    ladder: LadderAsked = LadderAsked()

    @field_validator("integrations")
    @classmethod
    def _none_of_them(cls, given: list[Any] | None) -> list[Any] | None:
        if given:
            raise ValueError("Integrations are not offered here: figures stay in the studio.")
        return given

    @model_validator(mode="after")
    def _fitting(self) -> JobAsked:
        if self.hyperparameters is not None and self.method is not None:
            raise ValueError("Give hyperparameters under `method` only, not at the top as well.")
        return self

    @property
    def chosen(self) -> SupervisedAsked:
        """The hyperparameters, wherever they were given."""
        if self.method is not None:
            return self.method.hyperparameters
        return self.hyperparameters or SupervisedAsked()


class Trouble(Shape):
    """Why a job failed."""

    code: str
    message: str
    param: str | None


class JobObject(Shape):
    """A fine-tune."""

    id: str
    object: Literal["fine_tuning.job"] = "fine_tuning.job"
    model: str
    created_at: int
    finished_at: int | None
    fine_tuned_model: str | None
    organization_id: str
    result_files: list[str]
    status: str
    validation_file: str | None
    training_file: str
    hyperparameters: dict[str, Any]
    trained_tokens: int | None
    error: Trouble | None
    user_provided_suffix: str | None
    seed: int
    estimated_finish: int | None
    integrations: list[Any]
    metadata: dict[str, str] | None
    method: dict[str, Any]
    ladder: dict[str, Any]
    """What the wire has no words for: our id, status, method and hyperparameters."""


class JobList(Shape):
    """Some fine-tunes."""

    object: Literal["list"] = "list"
    data: list[JobObject]
    has_more: bool


class EventObject(Shape):
    """One piece of news."""

    id: str
    object: Literal["fine_tuning.job.event"] = "fine_tuning.job.event"
    created_at: int
    level: Literal["info", "warn", "error"]
    message: str
    type: Literal["message", "metrics"]
    data: dict[str, Any]


class EventList(Shape):
    """Some news, the newest first."""

    object: Literal["list"] = "list"
    data: list[EventObject]
    has_more: bool


class CheckpointObject(Shape):
    """A checkpoint."""

    id: str
    object: Literal["fine_tuning.job.checkpoint"] = "fine_tuning.job.checkpoint"
    created_at: int
    fine_tuned_model_checkpoint: str
    fine_tuning_job_id: str
    metrics: dict[str, float]
    step_number: int


class CheckpointList(Shape):
    """Some checkpoints, the newest first."""

    object: Literal["list"] = "list"
    data: list[CheckpointObject]
    first_id: str | None
    last_id: str | None
    has_more: bool
