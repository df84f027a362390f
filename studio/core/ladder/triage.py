"""Shares of each kind of failure, from what people said about wrong answers."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from studio.domain.ladder import FailureKind, FailureLabel


class Shares(NamedTuple):
    """How failures divide; shares are None when none was labelled."""

    n: int
    context: float | None
    behaviour: float | None
    capability: float | None


def shares(labels: Iterable[FailureLabel]) -> Shares:
    """Returns the shares over examples labelled as failures.

    An example that was labelled for several runs counts once, as it was labelled last. Those found
    to be right after all are no failures and do not count.
    """
    latest: dict[str, FailureLabel] = {}
    for label in sorted(labels, key=lambda label: label.created_at):
        latest[label.example_id] = label
    kinds = [label.kind for label in latest.values() if label.kind is not FailureKind.FINE]
    n = len(kinds)
    if n == 0:
        return Shares(0, None, None, None)
    return Shares(
        n,
        kinds.count(FailureKind.CONTEXT) / n,
        kinds.count(FailureKind.BEHAVIOUR) / n,
        kinds.count(FailureKind.CAPABILITY) / n,
    )
