"""Paces: how much one address, and everybody with one link, may ask and say."""

from __future__ import annotations

from typing import NamedTuple

from studio.services.pace import Pace

MINUTE = 60.0


class Most(NamedTuple):
    """How often in a minute."""

    address: int
    link: int


ALLOWED = {"look": Most(120, 1200), "ask": Most(12, 120), "say": Most(60, 600)}
"""Questions cost the machine most. People behind one router share an address."""


class Paces:
    """Counts by address and by link."""

    def __init__(self, allowed: dict[str, Most] = ALLOWED) -> None:
        self._by_address = {does: Pace(most.address, MINUTE) for does, most in allowed.items()}
        self._by_link = {does: Pace(most.link, MINUTE) for does, most in allowed.items()}

    def take(self, does: str, address: str, link: str) -> float:
        """Returns 0 when somebody may, else the seconds until then."""
        return self._by_address[does].take(address) or self._by_link[does].take(link)
