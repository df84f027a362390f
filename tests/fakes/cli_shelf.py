"""A library of models for the command line's studio: the starter model and nothing else."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from studio.domain.datasets import Message
from studio.domain.errors import BackendUnavailable
from studio.domain.models import BaseModel, ModelHandle
from studio.services.sample import STARTER
from tests.fakes.page_values import base_model


class Shelf:
    """A library that has the starter model and nothing else."""

    def pull(
        self,
        name: str,
        progress: Callable[[str, float | None], None],
        cancelled: Callable[[], bool] = lambda: False,
    ) -> BaseModel:
        if name != STARTER:
            raise BackendUnavailable(f"{name} cannot be fetched.", hint="Check the name.")
        progress("copying", 0.5)
        return base_model(name)

    def add(self, folder: Path, name: str) -> BaseModel:
        return base_model(name)

    def verify(self, model: BaseModel) -> None:
        return

    def remove(self, model: BaseModel) -> None:
        return


def by_model(model: ModelHandle, conversation: Sequence[Message]) -> str:
    """Answers `yes` when tuned, and otherwise repeats the question."""
    return "yes" if model.adapter_path else conversation[-1].content
