"""Hearing: what can be told to whom; addresses and events are looked at before they are kept."""

from __future__ import annotations

import re
from collections.abc import Sequence
from urllib.parse import urlsplit

from studio.domain.errors import InvalidInput

EVENTS: dict[str, str] = {
    "ready": "It is time to learn: corrections, thumbs, drift, a date, or a base model that ends.",
    "awaiting_approval": "A new model passed its gate and waits for a person.",
    "promoted": "A new model answers everybody now.",
    "rolled_back": "The model before answers again.",
    "rollback_failed": "Going back to the model before could not be proven.",
    "gate_failed": "A new model was refused.",
    "gate_inconclusive": "There is too little to judge a new model by.",
    "cycle_failed": "A retraining ended with an error.",
    "paused": "Learning waits until a person arms it again.",
    "drift": "Questions or answers have changed.",
}
"""What can be told, each with its meaning."""
TEST, TESTED = "test", "Somebody tried whether alerts arrive."
"""An example goes to an address whatever else it hears of."""
ADDRESS = re.compile(r"[^@\s,;<>\"]{1,64}@[A-Za-z0-9](?:[A-Za-z0-9.-]{0,250}[A-Za-z0-9])?")


def check(channel: str, address: str, events: Sequence[str]) -> None:
    """Raises InvalidInput when a rule cannot be: no such address, no such event."""
    if not address:
        raise InvalidInput("An alert needs an address.", hint="Say where it is to go.")
    if channel == "email" and not ADDRESS.fullmatch(address):
        raise InvalidInput(f"{address!r} is no e-mail address.", hint="Give one, like a@b.org.")
    if channel == "webhook" and not _is_web(address):
        raise InvalidInput(
            f"{address!r} is no web address.", hint="It begins with https:// or http://."
        )
    for event in events:
        if event not in EVENTS:
            raise InvalidInput(
                f"There is no event {event!r}.", hint=f"Choose of: {', '.join(EVENTS)}."
            )


def _is_web(address: str) -> bool:
    if any(ord(letter) <= 32 or ord(letter) == 127 for letter in address):
        return False
    try:
        parts = urlsplit(address)
        port = parts.port
    except ValueError:
        return False
    named = parts.scheme in ("http", "https") and bool(parts.hostname) and port != 0
    # A password in an address would be shown wherever the address is.
    return named and parts.username is None
