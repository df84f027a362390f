"""Endpoints: connect servers that speak the OpenAI wire, look at them, and name their models."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Sequence
from urllib.parse import urlsplit

import pydantic

from studio.domain.endpoints import (
    PREFIX,
    Connection,
    Dialect,
    Endpoint,
    EndpointState,
    named,
)
from studio.domain.errors import BackendUnavailable, Conflict, InvalidInput, NotFound, StudioError
from studio.domain.interfaces import EndpointGenerator
from studio.domain.models import ModelHandle
from studio.domain.values import new_id, now
from studio.services.secrets import KNOWN
from studio.store.endpoints import EndpointStore

SECRET = re.compile(r"[A-Z][A-Z0-9_]{2,63}")
"""How the names of secrets are written: as environment variables are."""


class EndpointService:
    """What a user can do with endpoints; their keys are `SecretService`'s."""

    def __init__(
        self,
        store: EndpointStore,
        secret: Callable[[str], str | None],
        lister: Callable[[], EndpointGenerator],
        needed_by: Callable[[str], str | None] = lambda name: None,
    ) -> None:
        """Knows where endpoints are kept.

        Args:
            store: where.
            secret: finds a key by its name.
            lister: made when the first check is asked for.
            needed_by: says in words who needs an endpoint now, None when nobody does.
        """
        self._needed_by = needed_by
        self._store, self._secret, self._lister = store, secret, lister

    def all(self) -> list[Endpoint]:
        """Returns all endpoints, by name."""
        return self._store.all()

    def get(self, name: str) -> Endpoint:
        """Returns the endpoint of that name, or raises NotFound."""
        for endpoint in self._store.all():
            if endpoint.name == name:
                return endpoint
        raise NotFound(
            f"There is no endpoint {name}.", hint="`studio endpoints list` shows them all."
        )

    def add(
        self,
        name: str,
        base_url: str,
        models: Sequence[str] = (),
        secret: str = "",
        api_version: str = "",
        dialect: Dialect = Dialect.OTHER,
        trains: Sequence[str] = (),
    ) -> Endpoint:
        """Adds an endpoint; nothing is sent anywhere.

        Args:
            name: short name for model ids: small letters, digits and dashes.
            base_url: address of the API, up to and including the version.
            models: models to offer, as the server spells them.
            secret: name of the key in keyring or environment; empty for none.
            api_version: of Azure OpenAI's dated API.
            dialect: what kind of server it is, as far as fine-tuning goes.
            trains: models that can be fine-tuned there; none: it is not offered for training.

        Raises:
            InvalidInput: when one of them cannot be right.
            Conflict: when the name is taken.
        """
        made = _checked(
            id=new_id("endpoint"),
            name=name.strip(),
            base_url=base_url.strip().rstrip("/"),
            models=_tidy(models),
            secret=secret.strip(),
            api_version=api_version.strip(),
            dialect=dialect,
            trains=_tidy(trains),
            created_at=now(),
        )
        self._store.add(made)
        return made

    def change(self, endpoint: Endpoint) -> Endpoint:
        """Writes an endpoint that was changed; raises as `add` does."""
        made = _checked(
            **dict(endpoint)
            | {
                "base_url": endpoint.base_url.strip().rstrip("/"),
                "models": _tidy(endpoint.models),
                "secret": endpoint.secret.strip(),
                "api_version": endpoint.api_version.strip(),
                "trains": _tidy(endpoint.trains),
            }
        )
        self._store.save(made)
        return made

    def remove(self, name: str) -> None:
        """Forgets an endpoint; what was measured with it stays.

        Raises:
            Conflict: while a deployment is answered by one of its models.
        """
        if (user := self._needed_by(name)) is not None:
            raise Conflict(
                f"{name} is still needed: {user}.",
                hint="Let another model answer there first.",
            )
        self._store.remove(name)

    def check(self, name: str) -> EndpointState:
        """Asks an endpoint which models it has: one request without any of the client's data."""
        endpoint = self.get(name)
        try:
            models = self._lister().models(name)
        except StudioError as error:
            return EndpointState(reachable=False, message=str(error))
        known = [model for model in endpoint.models if models and model not in models]
        missing = f" It does not list {', '.join(known)}." if known else ""
        return EndpointState(
            reachable=True,
            message=f"{endpoint.host} answers and lists {len(models)} models.{missing}",
            models=models,
        )

    def models(self) -> dict[str, str]:
        """Returns id → name of every model that an endpoint offers."""
        return {
            f"{PREFIX}{endpoint.name}/{model}": f"{model} at {endpoint.name}"
            for endpoint in self._store.all()
            for model in endpoint.models
        }

    def handle(self, model_id: str) -> ModelHandle:
        """Returns what a generator needs to answer as an endpoint's model; NotFound otherwise."""
        name, model = named(model_id)
        endpoint = self.get(name)
        if not model:
            raise NotFound(f"{model_id} names no model.", hint=f"Write {PREFIX}{name}/MODEL.")
        # Kept answers belong to this address and model; nobody can see the weights behind them.
        identity = hashlib.sha256(f"{endpoint.base_url}\n{model}".encode()).hexdigest()
        return ModelHandle(
            id=model_id,
            name=f"{model} at {name}",
            base_path="",
            base_manifest_sha256=identity,
        )

    def connection(self, name: str) -> Connection:
        """Returns address and key for the backend that asks; no face calls this."""
        endpoint = self.get(name)
        key = self._secret(endpoint.secret) if endpoint.secret else ""
        if endpoint.secret and not key:
            raise BackendUnavailable(
                f"The key {endpoint.secret} of the endpoint {name} is not there.",
                hint="Put it in under Settings, or into the environment before starting.",
            )
        return Connection(
            name=name,
            base_url=endpoint.base_url,
            key=key or "",
            api_version=endpoint.api_version,
            dialect=endpoint.dialect,
        )

    def address(self, name: str) -> str:
        """Returns the address of the endpoint of that name, empty when there is none."""
        return next((e.base_url for e in self._store.all() if e.name == name), "")

    def secrets(self) -> dict[str, str]:
        """Returns name → purpose of every key that endpoints want."""
        return {
            endpoint.secret: f"Asks {endpoint.host} in the name of the endpoint {endpoint.name}."
            for endpoint in self._store.all()
            if endpoint.secret
        }


def _tidy(models: Sequence[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(model.strip() for model in models if model.strip()))


def _checked(**fields: object) -> Endpoint:
    try:
        made = Endpoint.model_validate(fields)
    except pydantic.ValidationError as error:
        raise InvalidInput(
            f"{fields['name']!r:.60} cannot be the name of an endpoint.",
            hint="Use small letters, digits and dashes, for example `office-gpu`.",
        ) from error
    parts = urlsplit(made.base_url)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.username:
        raise InvalidInput(
            f"{made.base_url!r:.120} is no address of an API.",
            hint="It begins with http:// or https://, holds no password, and usually ends in /v1.",
        )
    if made.leaves_machine and parts.scheme != "https" and made.secret:
        raise InvalidInput(
            f"A key would travel to {made.host} without encryption.",
            hint="Use an https:// address, or leave the key out.",
        )
    if made.secret and not SECRET.fullmatch(made.secret):
        raise InvalidInput(
            f"{made.secret!r:.60} cannot be the name of a key.",
            hint="Write it as environment variables are written, for example OPENAI_API_KEY; "
            "the key itself is put in under Settings.",
        )
    if made.secret in KNOWN or made.secret.startswith("LADDER_"):
        raise InvalidInput(
            f"{made.secret} is for something else and is not sent to an endpoint.",
            hint="Give the endpoint a key under a name of its own, for example OPENAI_API_KEY.",
        )
    return made
