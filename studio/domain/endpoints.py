"""Endpoint: a server that speaks the OpenAI wire, under a name; its key is never part of it."""

from __future__ import annotations

from datetime import datetime

from pydantic import Field

from studio.domain.values import Value

PREFIX = "endpoint:"
"""Begins a model id that names an endpoint's model: `endpoint:NAME/MODEL`."""


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
    created_at: datetime


class EndpointState(Value):
    """What a look at an endpoint showed."""

    reachable: bool
    message: str
    """In words: what answered, or why not and what to do."""
    models: tuple[str, ...] = ()
    """Models it lists, when it lists any."""
