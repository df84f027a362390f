"""Reference: loss and adapter gradients as transformers and peft give them, one row at a time."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor
from torch.nn.functional import cross_entropy

from backends.local.trainer import adapters
from backends.local.trainer.encoding import Encoded
from backends.local.trainer.scoring import Scorer


def plain_loss(tuned: Any, row: Encoded) -> Tensor:
    """Returns the summed loss of one row through the library's own forward pass."""
    ids = torch.tensor([row.ids], device=next(tuned.parameters()).device)
    scores = tuned(input_ids=ids).logits[0].float()
    return cross_entropy(
        scores[row.answer_start - 1 : -1], ids[0, row.answer_start :], reduction="sum"
    )


def expected(tuned: Any, rows: Sequence[Encoded]) -> tuple[float, dict[str, Tensor]]:
    """Returns loss and adapter gradients of the rows, none sharing anything with another."""
    loss = 0.0
    for row in rows:
        part = plain_loss(tuned, row)
        part.backward()
        loss += part.item()
    return loss, taken(tuned)


def computed(scorer: Scorer, tuned: Any, rows: Sequence[Encoded]) -> Any:
    """Returns loss and adapter gradients of the rows as one micro-batch of ours."""
    loss = scorer.scored(rows).losses.sum()
    loss.backward()
    return loss.item(), taken(tuned)


def taken(tuned: Any) -> dict[str, Tensor]:
    """Takes the adapter's gradients away, by name."""
    parameters = adapters.trainable(tuned)
    gradients = {}
    for name, parameter in parameters.items():
        assert parameter.grad is not None, name
        gradients[name] = parameter.grad
        parameter.grad = None
    return gradients


def distance(ours: dict[str, Tensor], theirs: dict[str, Tensor]) -> float:
    """Returns the largest error of any gradient, relative to its length."""
    assert ours.keys() == theirs.keys()
    assert all(theirs[name].norm() > 0 for name in theirs)
    return max(float((ours[n] - theirs[n]).norm() / theirs[n].norm()) for n in theirs)


def cosines(ours: dict[str, Tensor], theirs: dict[str, Tensor]) -> list[float]:
    """Returns the cosine between the two gradients of each parameter, smallest first."""
    assert ours.keys() == theirs.keys()
    return sorted(
        float(torch.cosine_similarity(ours[n].flatten(), theirs[n].flatten(), dim=0))
        for n in theirs
    )
