"""Tasks: how many tokens a project's training would see, counted on a sample of its examples."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from statistics import mean
from typing import Any, NamedTuple, Protocol

from studio.core.costing.options import Task
from studio.core.ladder.advise import advise
from studio.domain.advice import Facts
from studio.domain.charters import Charter
from studio.domain.datasets import DatasetVersion, Example, Split
from studio.store.datasets import DatasetStore

EPOCHS = 3.0
"""Passes over the examples where nobody said otherwise; the form's own default."""
STAYS = "O1"
"""The rule by which data stays on the client's own machines."""
SAMPLE = 200
"""Examples whose tokens are counted; the rest are taken to be like them."""
UNKNOWN = Task(
    tokens=2_400_000.0,
    longest=1024,
    basis="No dataset yet: reckoned with 1,000 examples of 800 tokens, three times.",
)


class Charters(Protocol):
    """The part of the charter service that estimates use."""

    def get(self, project_id: str) -> Charter:
        """Returns the newest version."""


class Counted(NamedTuple):
    """What a sample of the training examples showed."""

    examples: int
    prompt: float
    """Mean tokens."""
    answer: float
    longest: int


class Tasks:
    """Counts once for each dataset version and model."""

    def __init__(
        self,
        datasets: DatasetStore,
        charters: Charters,
        count: Callable[[Sequence[str], str], list[int]],
        answers: Callable[[str], Mapping[str, Any]] = lambda project_id: {},
    ) -> None:
        """`answers` gives what people said of a project, by fact."""
        self._datasets, self._charters, self._count = datasets, charters, count
        self._answers = answers
        self._known: dict[tuple[str, str], Counted] = {}

    def confined(self, project_id: str) -> str:
        """Returns why data may not leave the client's machines; empty where it may."""
        said = self._answers(project_id)
        told = {name: said.get(name) for name in ("pii_in_data", "export_allowed")}
        residency = self._charters.get(project_id).residency
        advice = advise(Facts.model_validate({**told, "residency": residency.value}))
        why = (one.rule for one in advice.fired if one.rule.id == STAYS)
        return next((f"{rule.because} (rule {rule.id})" for rule in why), "")

    def of(self, project_id: str, model: str) -> Task:
        """Returns what a fine-tune on the project's newest data would train on."""
        found = self._counted(project_id, model)
        if found is None:
            return UNKNOWN
        tokens = EPOCHS * found.examples * (found.prompt + found.answer)
        return Task(tokens=tokens, longest=found.longest, basis="")

    def request(self, project_id: str, model: str) -> tuple[float | None, float | None]:
        """Returns the tokens of one request and its answer, the charter's figures first."""
        charter, found = self._charters.get(project_id), self._counted(project_id, model)
        into = None if found is None else found.prompt
        out = None if found is None else found.answer
        return charter.tokens_in or into, charter.tokens_out or out

    def _counted(self, project_id: str, model: str) -> Counted | None:
        version = self._newest(project_id)
        if version is None:
            return None
        key = (version.id, model)
        if key not in self._known:
            rows = self._datasets.examples(version.id, Split.TRAIN)
            if not rows:
                return None
            self._known[key] = self._measure(rows, model)
        return self._known[key]

    def _measure(self, rows: Sequence[Example], model: str) -> Counted:
        step = max(1, len(rows) // SAMPLE)
        chosen = rows[::step]
        prompts = ["\n".join(m.content for m in row.messages[:-1]) for row in chosen]
        counts = self._count([*prompts, *(row.messages[-1].content for row in chosen)], model)
        # Each message brings a few tokens of the chat template.
        into = [n + 5 * len(row.messages) for n, row in zip(counts, chosen, strict=False)]
        out = counts[len(chosen) :]
        return Counted(
            examples=len(rows),
            prompt=mean(into),
            answer=mean(out),
            longest=max(a + b for a, b in zip(into, out, strict=True)),
        )

    def _newest(self, project_id: str) -> DatasetVersion | None:
        versions = [
            version
            for dataset in self._datasets.datasets(project_id)
            for version in self._datasets.versions(dataset.id)
        ]
        return max(versions, key=lambda version: version.created_at, default=None)
