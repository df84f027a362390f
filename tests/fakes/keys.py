"""Keys: an open door for tests that are about something else."""

from __future__ import annotations

from studio.domain.keys import Access, ApiKey


class OpenDoor:
    """No keys, and none asked for on this machine."""

    access = Access(key_here=False)

    def asked_here(self) -> bool:
        return False

    def recognised_at_once(self, given: str) -> ApiKey | None:
        return None

    def recognise(self, given: str) -> ApiKey | None:
        return None
