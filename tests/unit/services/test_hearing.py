from __future__ import annotations

import pytest

from studio.domain.errors import InvalidInput
from studio.services.cycle_machine import TOLD
from studio.services.hearing import EVENTS, check


@pytest.mark.parametrize(
    ("channel", "address"),
    [
        ("webhook", "https://hooks.example.org/a?b=c"),
        ("webhook", "http://127.0.0.1:9000/"),
        ("email", "ada.lovelace+alerts@example.org"),
    ],
)
def test_addresses_that_can_hear(channel: str, address: str) -> None:
    check(channel, address, list(EVENTS))


@pytest.mark.parametrize(
    ("channel", "address"),
    [
        ("webhook", ""),
        ("webhook", "ftp://example.org"),
        ("webhook", "https://"),
        ("webhook", "https://ada:secret@example.org/"),
        ("webhook", "https://example.org/\r\nx: y"),
        ("webhook", "https://example.org:99999/"),
        ("webhook", "file:///etc/passwd"),
        ("email", "nobody"),
        ("email", "a@b.org, c@d.org"),
        ("email", "a@b.org\nBcc: c@d.org"),
    ],
)
def test_addresses_that_cannot(channel: str, address: str) -> None:
    with pytest.raises(InvalidInput):
        check(channel, address, ())


def test_what_becomes_of_a_cycle_can_be_heard_of() -> None:
    assert {*TOLD.values(), "ready", "paused", "rollback_failed"} <= EVENTS.keys()


def test_an_unknown_event_is_named() -> None:
    with pytest.raises(InvalidInput, match="nonsense"):
        check("email", "a@b.org", ["drift", "nonsense"])
