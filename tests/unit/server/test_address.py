"""The studio listens on this machine unless a password is set, and finds a free port."""

from __future__ import annotations

import socket

import pytest

from studio.domain.errors import InvalidInput
from studio.server import address


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "::1", "127.9.9.9"])
def test_this_machine_needs_no_password(host: str) -> None:
    address.check(host, "")


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.7", "studio.lan", ""])
def test_other_addresses_need_a_password(host: str) -> None:
    with pytest.raises(InvalidInput, match="without a password") as refused:
        address.check(host, "")
    assert "LADDER_PASSWORD" in refused.value.hint
    address.check(host, "long enough")


def test_a_short_password_is_no_password() -> None:
    with pytest.raises(InvalidInput, match="fewer than 8"):
        address.check("0.0.0.0", "1234567")


def test_a_taken_port_leads_to_the_next_free_one() -> None:
    with address.bind("127.0.0.1", 0) as first:
        first.listen()
        taken = first.getsockname()[1]
        with address.bind("127.0.0.1", taken) as second:
            assert second.getsockname()[1] != taken


def test_an_address_of_another_machine_is_told_plainly() -> None:
    with pytest.raises(InvalidInput, match="cannot listen on 192.0.2.1"):
        address.bind("192.0.2.1", 0)


def test_names_can_be_added_from_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LADDER_HOSTS", "studio.example,other.example")
    found = address.names("0.0.0.0")
    assert {"studio.example", "other.example", socket.gethostname()} <= found
