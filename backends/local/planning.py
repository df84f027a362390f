"""Planning: the rows a run reads and how long they are, and what preferences ask of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from backends.local import lengths
from backends.local.estimate import Sizes
from backends.local.lengths import Counted, Lengths
from backends.local.trainer.pairs import worse
from studio.domain.datasets import Example
from studio.domain.models import BaseModel
from studio.domain.training import Blocker, Objective, TrainingSpec

FORWARD = 0.5
"""Share of a token's training work that only reading it takes: the forward half."""
ONLY_BETTER = (
    "The rows are pairs of answers, but the objective is to give answers: only the better ones are "
    "learnt. Choose preferences to learn from both."
)


class Rows(NamedTuple):
    """What counting gave."""

    counted: list[Counted]
    """The longest row of each example, in order."""
    size: Sizes
    """Of the training examples."""
    worked: float
    """Tokens trained on over the whole run, those that are only read by their share."""


def rows(
    kept: Lengths,
    spec: TrainingSpec,
    model: BaseModel,
    train: Sequence[Example],
    validation: Sequence[Example],
) -> Rows:
    """Counts every row that the run would read."""
    examples = [*train, *validation]
    epochs = spec.hyperparameters.epochs
    if spec.objective is not Objective.DPO:
        counted, prefix = kept.count(model, examples)
        size = lengths.sizes(counted[: len(train)], prefix)
        return Rows(counted, size, size.train_tokens * epochs)
    # Rows without a worse answer block the run; until then they count as they are.
    other = [worse(e) if e.rejected is not None else e for e in examples]
    both, prefix = kept.count(model, [*examples, *other])
    better, worst = both[: len(examples)], both[len(examples) :]
    n = len(train)
    size = lengths.sizes([*better[:n], *worst[:n]], prefix, together=2)
    read = sum(row.total for row in both)
    counted = [max(two) for two in zip(better, worst, strict=True)]
    return Rows(counted, size, size.train_tokens * epochs + FORWARD * read)


def blocker(spec: TrainingSpec, examples: Sequence[Example]) -> Blocker | None:
    """Returns why preferences cannot be learnt from these rows, None when they can."""
    if spec.objective is not Objective.DPO:
        return None
    alone = tuple(example.id for example in examples if example.rejected is None)
    if not alone:
        return None
    if len(alone) == len(examples):
        return Blocker(
            what="These rows have one answer each; preferences are learnt from pairs of answers.",
            remedy="Choose a dataset of preference pairs, or train on answers.",
        )
    return Blocker(
        what=f"{len(alone)} of {len(examples)} rows have no worse answer to compare with.",
        remedy="Leave these rows out, or train on answers.",
        example_ids=alone,
    )


def warnings(spec: TrainingSpec, train: Sequence[Example]) -> tuple[str, ...]:
    """Returns what should be known about the objective before the run."""
    answers = spec.objective is Objective.SFT
    pairs = any(example.rejected is not None for example in train)
    return (ONLY_BETTER,) if answers and pairs else ()
