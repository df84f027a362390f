"""The advanced form, made from the fields of Hyperparameters: label, sentence, limits, check."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Literal, get_args, get_origin

import pydantic
from annotated_types import Ge, Gt, Le, Lt

from studio.domain.endpoints import Dialect
from studio.domain.training import Hyperparameters

Kind = Literal["whole", "number", "choice"]

LABELS = {
    "lora_rank": "LoRA rank",
    "lora_alpha": "LoRA alpha",
    "lora_dropout": "LoRA dropout",
    "max_grad_norm": "Longest correction",
    "sequence_length": "Longest example (tokens)",
    "warmup_ratio": "Warm-up share",
    "schedule": "Learning-rate schedule",
    "evaluations": "Validation checks",
}
"""Only where the field's own name would not read well."""


@dataclass(frozen=True, kw_only=True)
class HyperparameterField:
    """One control of the advanced form."""

    name: str
    label: str
    sentence: str
    kind: Kind
    choices: tuple[str, ...] = ()
    limits: str = ""
    """The allowed range in words, such as `1 to 256`."""

    def parse(self, text: Any) -> int | float | str:
        """Returns the value that a form's text stands for.

        Raises:
            ValueError: in words fit for the field, when the text is not a number of this kind.
        """
        if self.kind == "choice":
            return str(text)
        try:
            number = float(str(text).strip().replace(",", "."))
        except ValueError:
            raise ValueError("Give a number.") from None
        if not math.isfinite(number):
            raise ValueError("Give a number.")
        if self.kind == "whole":
            if not number.is_integer():
                raise ValueError("Give a whole number.")
            return int(number)
        return number

    def problem(self, text: Any) -> str:
        """What is wrong with this entry, empty when it is acceptable."""
        try:
            value = self.parse(text)
            Hyperparameters.model_validate({self.name: value})
        except pydantic.ValidationError:
            return f"Allowed: {self.limits}." if self.limits else "Not acceptable."
        except ValueError as error:
            return str(error)
        return ""

    def problem_elsewhere(self, text: Any, dialect: Dialect | None) -> str:
        """What is wrong with an acceptable entry for a server of that kind, empty when nothing."""
        limit = ON_THE_WIRE.get(self.name)
        if limit is None or dialect in (None, Dialect.LADDER):
            return ""
        value = self.parse(text)
        fits = isinstance(value, int | float) and 1 <= value <= limit and value == int(value)
        return "" if fits else f"Providers take whole numbers from 1 to {limit}."


ON_THE_WIRE = {"epochs": 50, "batch_size": 256}
"""Most that the OpenAI wire takes, whole numbers only."""


def hyperparameter_fields() -> tuple[HyperparameterField, ...]:
    """Every hyperparameter in the order of the model."""
    return tuple(_field(name, info) for name, info in Hyperparameters.model_fields.items())


def _field(name: str, info: pydantic.fields.FieldInfo) -> HyperparameterField:
    choices: tuple[str, ...] = ()
    if get_origin(info.annotation) is Literal:
        kind: Kind = "choice"
        choices = tuple(str(choice) for choice in get_args(info.annotation))
    else:
        kind = "whole" if info.annotation is int else "number"
    return HyperparameterField(
        name=name,
        label=LABELS.get(name, name.replace("_", " ").capitalize()),
        sentence=info.description or "",
        kind=kind,
        choices=choices,
        limits=_limits(info.metadata),
    )


def _limits(metadata: list[Any]) -> str:
    low = high = ""
    for bound in metadata:
        match bound:
            case Ge(ge=value):
                low = f"{value}"
            case Gt(gt=value):
                low = f"more than {value}"
            case Le(le=value):
                high = f"{value:,}" if isinstance(value, int) else f"{value}"
            case Lt(lt=value):
                high = f"below {value}"
            case _:
                pass
    if low and high:
        return f"{low} to {high}" if not high.startswith("below") else f"{low} or more, {high}"
    return high or low
