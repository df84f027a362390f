"""Secrets: kept in the operating system's keyring, written and never read out again."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from typing import Any

from studio.domain.errors import BackendUnavailable, InvalidInput, NotFound
from studio.domain.values import Value

SERVICE = "ladder-studio"
KNOWN = {
    "HF_TOKEN": "Fetches models from the model hub that ask for an account.",
    "ALERT_WEBHOOK_SECRET": "Signs alerts to webhooks, so that their receiver knows they are ours.",
    "SMTP_PASSWORD": "Signs in at the mail server that alerts are sent by.",
}
"""Name → what it is for."""


class SecretState(Value):
    """What may be told about a secret."""

    name: str
    purpose: str
    source: str | None
    """`environment` or `keyring`; None when there is none."""
    ending: str = ""
    """Its last four characters, when it is long enough to stay secret nevertheless."""


class SecretService:
    """What a user can do with secrets. The environment wins over the keyring."""

    def __init__(
        self,
        keyring: Callable[[], Any],
        environment: Mapping[str, str] = os.environ,
        further: Callable[[], Mapping[str, str]] = lambda: {},
    ) -> None:
        """`further` names the secrets that endpoints want, each with what it is for."""
        self._keyring, self._environment, self._further = keyring, environment, further

    def all(self) -> list[SecretState]:
        """Returns what is known of every secret the studio can use, never a secret itself."""
        return [self._state(name) for name in self._known()]

    def keep(self, name: str, value: str) -> SecretState:
        """Writes a secret into the keyring; BackendUnavailable where the system has none."""
        self._check(name)
        value = value.strip()
        if not value or any(not letter.isprintable() for letter in value):
            raise InvalidInput("A secret is one line of printable characters.")
        self._call(lambda ring: ring.set_password(SERVICE, name, value))
        return self._state(name)

    def forget(self, name: str) -> None:
        """Removes a secret from the keyring; removing what is not there changes nothing."""
        self._check(name)
        if self._call(lambda ring: ring.get_password(SERVICE, name)) is not None:
            self._call(lambda ring: ring.delete_password(SERVICE, name))

    def value(self, name: str) -> str | None:
        """Returns a secret to the backend that needs it; no face calls this."""
        self._check(name)
        given = self._environment.get(name)
        if given:
            return given
        try:
            kept = self._call(lambda ring: ring.get_password(SERVICE, name))
        except BackendUnavailable:
            return None
        return str(kept) if kept else None

    def _state(self, name: str) -> SecretState:
        value = self.value(name)
        source = None if value is None else "keyring"
        if self._environment.get(name):
            source = "environment"
        ending = value[-4:] if value is not None and len(value) >= 16 else ""
        return SecretState(name=name, purpose=self._known()[name], source=source, ending=ending)

    def _check(self, name: str) -> None:
        known = self._known()
        if name not in known:
            raise NotFound(f"There is no secret {name}.", hint=f"Known: {', '.join(known)}.")

    def _known(self) -> dict[str, str]:
        return {**self._further(), **KNOWN}

    def _call(self, use: Callable[[Any], Any]) -> Any:
        import keyring.errors

        try:
            return use(self._keyring())
        except keyring.errors.KeyringError as error:
            raise BackendUnavailable(
                "This system offers no keyring to keep secrets in.",
                hint="Set the secret as an environment variable before starting the studio.",
            ) from error
