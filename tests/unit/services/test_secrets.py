"""Secrets go into the keyring and never come out through a face."""

from __future__ import annotations

import keyring.errors
import pytest

from studio.domain.errors import BackendUnavailable, InvalidInput, NotFound
from studio.services.secrets import SecretService
from tests.fakes.studio_parts import FakeKeyring

NAME, LONG = "HF_TOKEN", "hf_abcdefghijklmnop1234"


class NoKeyring:
    """A system without a keyring."""

    def get_password(self, *given: str) -> str | None:
        raise keyring.errors.NoKeyringError("none")

    set_password = delete_password = get_password


@pytest.fixture
def ring() -> FakeKeyring:
    return FakeKeyring()


def test_only_the_ending_of_a_long_secret_is_told(ring: FakeKeyring) -> None:
    secrets = SecretService(lambda: ring, {})
    state = secrets.keep(NAME, f"  {LONG} ")
    assert (state.source, state.ending) == ("keyring", "1234")
    assert LONG not in repr(secrets.all())
    assert secrets.value(NAME) == LONG


def test_nothing_of_a_short_secret_is_told(ring: FakeKeyring) -> None:
    assert SecretService(lambda: ring, {}).keep(NAME, "short").ending == ""


def test_the_environment_wins(ring: FakeKeyring) -> None:
    secrets = SecretService(lambda: ring, {NAME: "from the environment"})
    secrets.keep(NAME, LONG)
    assert secrets.value(NAME) == "from the environment"
    assert secrets.all()[0].source == "environment"


def test_a_forgotten_secret_is_gone_and_can_be_forgotten_again(ring: FakeKeyring) -> None:
    secrets = SecretService(lambda: ring, {})
    secrets.keep(NAME, LONG)
    secrets.forget(NAME)
    secrets.forget(NAME)
    assert secrets.all()[0].source is None


def test_a_system_without_a_keyring_is_told_plainly() -> None:
    secrets = SecretService(NoKeyring, {})
    assert secrets.all()[0].source is None
    with pytest.raises(BackendUnavailable, match="no keyring"):
        secrets.keep(NAME, LONG)


@pytest.mark.parametrize("value", ["", "  ", "two\nlines", "nul\x00"])
def test_what_is_no_secret_is_refused(ring: FakeKeyring, value: str) -> None:
    with pytest.raises(InvalidInput):
        SecretService(lambda: ring, {}).keep(NAME, value)


def test_an_unknown_secret_is_not_kept(ring: FakeKeyring) -> None:
    with pytest.raises(NotFound):
        SecretService(lambda: ring, {}).keep("OTHER", LONG)
