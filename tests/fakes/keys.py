"""Keys: an open door for tests that are about something else."""

from __future__ import annotations

from studio.domain.keys import ApiKey


class OpenDoor:
    """No keys, and none asked for on this machine."""

    def asked_here(self) -> bool:
        return False

    def recognise(self, given: str) -> ApiKey | None:
        return None
