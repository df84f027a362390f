"""Endpoint: a server that speaks the OpenAI wire, under a name; its key is never part of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from ipaddress import ip_address

from pydantic import Field
from pydantic_core import Url

from studio.domain.values import Value

PREFIX = "endpoint:"
"""Begins a model id that names an endpoint's model: `endpoint:NAME/MODEL`."""


class Dialect(StrEnum):
    """How a server's fine-tuning differs from the wire that OpenAI publishes."""

    OPENAI = "openai"
    AZURE = "azure"
    NEBIUS = "nebius"
    """`learning_rate_multiplier` is an absolute learning rate; LoRA fields are accepted."""
    LADDER = "ladder"
    """Another Ladder Studio: every hyperparameter can be given."""
    OTHER = "other"
    """Nothing is assumed beyond what the server answers."""


class Endpoint(Value):
    """Where and how to ask."""

    id: str
    name: str = Field(pattern=r"^[a-z0-9][a-z0-9-]{0,39}$")
    """Short name used in model ids, for example `openai` or `office-gpu`."""
    base_url: str
    """Up to and including the version, for example `https://api.openai.com/v1`."""
    models: tuple[str, ...] = ()
    """Models to offer in forms, as the server spells them."""
    secret: str = ""
    """Name of the keyring entry or environment variable that holds the key; empty: no key."""
    api_version: str = ""
    """For Azure OpenAI's dated API; empty otherwise."""
    dialect: Dialect = Dialect.OTHER
    trains: tuple[str, ...] = ()
    """Models that can be fine-tuned there; empty: it is not offered for training."""
    created_at: datetime

    @property
    def host(self) -> str:
        """Machine that is asked, as the address names it."""
        return _host(self.base_url)

    @property
    def leaves_machine(self) -> bool:
        """True when requests go to another machine."""
        return _elsewhere(self.host)


@dataclass(frozen=True, kw_only=True)
class Connection:
    """What a backend needs to ask an endpoint; made for one call and never kept or shown."""

    name: str
    base_url: str
    key: str = field(repr=False)
    """Empty where the server wants none."""
    api_version: str = ""
    dialect: Dialect = Dialect.OTHER

    @property
    def host(self) -> str:
        """Machine that is asked, as the address names it."""
        return _host(self.base_url)

    @property
    def leaves_machine(self) -> bool:
        """True when requests go to another machine."""
        return _elsewhere(self.host)


def named(model_id: str) -> tuple[str, str]:
    """Returns the endpoint's name and the model of `endpoint:NAME/MODEL`; both empty for others."""
    if not model_id.startswith(PREFIX):
        return "", ""
    name, _, model = model_id.removeprefix(PREFIX).partition("/")
    return name, model


class EndpointState(Value):
    """What a look at an endpoint showed."""

    reachable: bool
    message: str
    """In words: what answered, or why not and what to do."""
    models: tuple[str, ...] = ()
    """Models it lists, when it lists any."""


def _host(base_url: str) -> str:
    try:
        host = Url(base_url).host
    except ValueError:
        host = None
    return (host or base_url).strip("[]")


def _elsewhere(host: str) -> bool:
    if host == "localhost":
        return False
    try:
        return not ip_address(host).is_loopback
    except ValueError:
        return True
