"""Dialects: which hyperparameters a server that tunes takes, and which it can choose by itself."""

from __future__ import annotations

from studio.domain.endpoints import Dialect
from studio.domain.training import Hyperparameters, Objective

CHOSEN_THERE = ("epochs", "learning_rate", "batch_size", "beta")
"""What the OpenAI wire lets a server decide (`auto`), in the order of a form."""
LEFT_BY_DIAL = ("learning_rate", "beta")
"""What stays the server's when the dial is turned: its own scale is known to it alone."""
ON_THE_WIRE = (*CHOSEN_THERE, "seed")
"""What the OpenAI wire can carry at all."""
SETTABLE: dict[Dialect, tuple[str, ...]] = {
    Dialect.OPENAI: ON_THE_WIRE,
    Dialect.AZURE: ON_THE_WIRE,
    Dialect.NEBIUS: ON_THE_WIRE,
    Dialect.LADDER: tuple(Hyperparameters.model_fields),
    Dialect.OTHER: ON_THE_WIRE,
}
"""What means something on a server; nothing else is sent to it, so nothing else is asked for."""


def settable(dialect: Dialect | None, objective: Objective) -> tuple[str, ...]:
    """Returns the hyperparameters that mean something there; None stands for this machine."""
    names = tuple(Hyperparameters.model_fields) if dialect is None else SETTABLE[dialect]
    return tuple(name for name in names if name != "beta" or objective is Objective.DPO)


def automatic(dialect: Dialect | None, objective: Objective) -> tuple[str, ...]:
    """Returns those of them that the server chooses unless somebody sets them.

    Another Ladder Studio is told what the dial here says, as this machine would be.
    """
    if dialect is None or dialect is Dialect.LADDER:
        return ()
    known = settable(dialect, objective)
    return tuple(name for name in CHOSEN_THERE if name in known)
