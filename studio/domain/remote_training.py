"""RemoteTraining: the Protocol of places elsewhere, whose runs are followed in the background."""

from __future__ import annotations

from typing import Protocol

from studio.domain.interfaces import TrainingBackend


class RemoteTraining(TrainingBackend, Protocol):
    """A training backend on somebody else's machine."""

    def close(self) -> None:
        """Stops following; what was begun there goes on."""
