"""Client: the official one, told to send nothing but what the endpoint is meant to get."""

from __future__ import annotations

import threading

import httpx2
import openai

from backends.openai_api.errors import NO_CREDIT
from studio.domain.endpoints import Connection
from studio.domain.errors import Conflict

SECONDS = 120.0
"""Longest silence while waiting for an answer."""
CONNECT_SECONDS = 10.0
"""Longest wait for the server to pick up."""
TRIES = 4
"""Further attempts after trouble that may pass (429, 5xx, time-outs); asking twice changes
nothing, and the client waits as long as the server says."""
NO_KEY = "none"
"""The client insists on a key; servers that want none ignore this one."""


def client_for(
    connection: Connection,
    called_off: threading.Event | None = None,
    transport: httpx2.BaseTransport | None = None,
) -> openai.OpenAI:
    """Returns a client; close it after use.

    Once `called_off` is set it sends nothing more, not even another attempt: Conflict.
    `transport` carries the requests in place of the network.
    """

    def still_wanted(request: httpx2.Request) -> None:
        if called_off is not None and called_off.is_set():
            raise Conflict("The answers were cancelled.")

    sender = openai.DefaultHttpx2Client(
        timeout=httpx2.Timeout(SECONDS, connect=CONNECT_SECONDS),
        # What is sent goes to the host that was named to the user: a redirect or a proxy would
        # hand questions for this machine to another one.
        follow_redirects=False,
        trust_env=connection.leaves_machine,
        event_hooks={"request": [still_wanted], "response": [_credit_is_final]},
        transport=transport,
    )
    key = connection.key or NO_KEY
    made: openai.OpenAI
    if connection.api_version:
        made = openai.AzureOpenAI(
            base_url=connection.base_url,
            api_key=key,
            api_version=connection.api_version,
            max_retries=TRIES,
            http_client=sender,
        )
    else:
        made = openai.OpenAI(
            base_url=connection.base_url, api_key=key, max_retries=TRIES, http_client=sender
        )
    # The environment may name these for OpenAI; no other server has a use for them.
    if connection.host != "api.openai.com":
        made.organization = made.project = None
    return made


def _credit_is_final(response: httpx2.Response) -> None:
    # Used-up credit comes as a 429, which the client would ask again and again.
    if response.status_code == httpx2.codes.TOO_MANY_REQUESTS:
        response.read()
        if any(code in response.text for code in NO_CREDIT):
            response.headers["x-should-retry"] = "false"
