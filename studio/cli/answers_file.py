"""Answers file of `studio ladder run`: the wizard's fields as YAML or JSON."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any, Literal

import pydantic

from studio.domain.charters import Metric, Residency, Stakeholder, UseCase
from studio.domain.errors import InvalidInput
from studio.domain.ladder import Rung
from studio.domain.values import Value

LARGEST = 1_000_000
"""Bytes; what people write by hand is far smaller."""


class CharterAnswers(Value):
    """Fields of the charter; those left out stay as they are."""

    client: str | None = None
    use_case: UseCase | None = None
    objective: str | None = None
    metric: Metric | None = None
    target: float | None = pydantic.Field(default=None, ge=0, le=1)
    currency: str | None = None
    success_value: Decimal | None = None
    escalation_cost: Decimal | None = None
    churn_cost: Decimal | None = None
    churn_probability: float | None = None
    requests_month: int | None = None
    tokens_in: int | None = None
    tokens_out: int | None = None
    gdpr: bool | None = None
    hipaa: bool | None = None
    residency: Residency | None = None
    p95_ms: int | None = None
    budget: Decimal | None = None
    deadline: date | None = None
    horizon_months: int | None = None
    stakeholders: tuple[Stakeholder, ...] | None = None


class SuiteAnswers(Value):
    """What every rung is measured on."""

    dataset: str | None = None
    """By name (its newest version), by `name@2`, or by id."""
    split: Literal["train", "validation", "test"] = "test"
    limit: int | None = pydantic.Field(default=None, ge=1)


class PromptAnswers(Value):
    """Words of the prompted rungs; those left out are proposed by the studio."""

    system: str | None = None
    template: str | None = None
    passages_template: str | None = None
    """User turn of the retrieval rungs, with {passages} and {question}."""
    passages: int | None = pydantic.Field(default=None, ge=1, le=64)
    shots: int | None = pydantic.Field(default=None, ge=1, le=64)
    max_new_tokens: int | None = pydantic.Field(default=None, ge=1, le=32768)


class Answers(Value):
    """Everything the file may say."""

    charter: CharterAnswers = CharterAnswers()
    facts: dict[str, Any] = {}
    """As `studio ladder questions` names them."""
    suite: SuiteAnswers = SuiteAnswers()
    models: tuple[str, ...] = ()
    documents: tuple[Path, ...] = ()
    """Files, relative to the answers file."""
    rungs: tuple[Rung, ...] = ()
    prompt: PromptAnswers = PromptAnswers()


def read(path: Path | None) -> Answers:
    """Returns what the file says, nothing for None.

    Raises:
        InvalidInput: when it cannot be read, naming the place.
    """
    if path is None:
        return Answers()
    try:
        if path.stat().st_size > LARGEST:
            raise InvalidInput(f"{path.name} is larger than {LARGEST:,} bytes.")
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeError) as error:
        raise InvalidInput(f"{path} cannot be read: {error}.") from error
    said = _parsed(path, text)
    try:
        answers = Answers.model_validate(said)
    except pydantic.ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        place = ".".join(map(str, first["loc"]))
        raise InvalidInput(
            f"{path.name}: {place}: {first['msg']}.",
            hint=f"Known at the top: {', '.join(Answers.model_fields)}.",
        ) from error
    documents = tuple(_beside(path, document) for document in answers.documents)
    return answers.with_(documents=documents)


def _parsed(path: Path, text: str) -> Mapping[str, Any]:
    import yaml

    try:
        # JSON is YAML too, and the safe loader makes plain values only.
        said = yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise InvalidInput(f"{path.name} is neither YAML nor JSON: {error}.") from error
    if said is None:
        return {}
    if not isinstance(said, Mapping):
        raise InvalidInput(f"{path.name} is no list of names with values.")
    return said


def _beside(path: Path, document: Path) -> Path:
    found = (path.parent / document.expanduser()).resolve()
    if not found.is_file():
        raise InvalidInput(f"{path.name} names {document}, which is not there.")
    return found
