"""Pairs of answers for tests of the gate."""

from __future__ import annotations

from studio.core.feedback.gate_pairs import Outcome, Paired

RIGHT, WRONG = (Outcome(value, bool(value), True, 1.0, 0.01) for value in (1.0, 0.0))


def paired(candidate: Outcome = RIGHT, champion: Outcome = RIGHT, **more: object) -> Paired:
    return Paired("example", "refunds", champion, candidate)._replace(**more)


def golden(
    n: int, gained: int = 0, lost: int = 0, right: float = 0.8, **more: object
) -> list[Paired]:
    """Reference questions: the champion has a share right, the candidate gains and loses some."""
    both = round(n * right) - lost
    cells = [
        *[(RIGHT, RIGHT)] * both,
        *[(RIGHT, WRONG)] * gained,
        *[(WRONG, RIGHT)] * lost,
        *[(WRONG, WRONG)] * (n - both - gained - lost),
    ]
    return [paired(one, other, **more) for one, other in cells]


def holdout(n: int, wins: int, losses: int) -> list[Paired]:
    """Held-out corrections: closer on some, less close on some, the same on the rest."""
    near, far = RIGHT._replace(value=0.9), WRONG._replace(value=0.2)
    return [
        *[paired(near, far)] * wins,
        *[paired(far, near)] * losses,
        *[paired(near, near)] * (n - wins - losses),
    ]


def seen_by(
    pairs: list[Paired], n: int, *, candidate: Outcome = RIGHT, champion: Outcome = RIGHT
) -> list[Paired]:
    """Returns the pairs with the first `n` of them answered so."""
    return [paired(candidate, champion)] * n + pairs[n:]
