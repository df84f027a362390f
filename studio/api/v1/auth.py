"""Who calls `/v1`: programs on this machine, and programs that show a key."""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request

from studio.api.v1.errors import ApiError
from studio.domain.keys import BEGINS, ApiKey, Scope
from studio.domain.values import Value, now
from studio.services.throttle import SECONDS, Throttle

if TYPE_CHECKING:
    from studio.services.container import Services

CODE = "invalid_api_key"
READS = ("GET", "HEAD")
WRITES = ("POST", "DELETE", "PUT", "PATCH")
PASSED_ON = (b"forwarded", b"x-forwarded-for", b"x-real-ip", b"via")
"""What a proxy writes: behind one, everybody seems to call from this machine."""
BROWSER = b"sec-fetch-site"
"""What a browser says of the page that asks; programs do not send it."""
OWN_PAGES = (b"same-origin", b"none")


class Need(NamedTuple):
    """Which keys may do something."""

    methods: tuple[str, ...]
    begins: str
    scopes: tuple[Scope, ...]


NEEDS: tuple[Need, ...] = (
    Need(READS, "/metrics", (Scope.READ,)),
    Need(READS, "/deployments", (Scope.READ, Scope.DEPLOY)),
    Need(WRITES, "/deployments", (Scope.DEPLOY,)),
    Need(READS, "/models", (Scope.READ, Scope.TRAIN, Scope.CHAT)),
    # A batch is a file of questions, and its answers are another.
    Need(READS, "/files", (Scope.READ, Scope.TRAIN, Scope.CHAT)),
    Need(("POST",), "/files", (Scope.TRAIN, Scope.CHAT)),
    Need(READS, "/fine_tuning", (Scope.READ, Scope.TRAIN)),
    Need(READS, "/batches", (Scope.READ, Scope.CHAT)),
    Need(WRITES, "/files", (Scope.TRAIN,)),
    Need(WRITES, "/uploads", (Scope.TRAIN, Scope.CHAT)),
    Need(WRITES, "/fine_tuning", (Scope.TRAIN,)),
    Need(WRITES, "/models", (Scope.TRAIN,)),
    Need(WRITES, "/batches", (Scope.CHAT,)),
    Need(WRITES, "/chat", (Scope.CHAT,)),
    Need(WRITES, "/completions", (Scope.CHAT,)),
    Need(WRITES, "/embeddings", (Scope.CHAT,)),
    Need(WRITES, "/moderations", (Scope.CHAT,)),
)
"""The first that fits holds; what is not here needs a key for everything. Feedback has its own."""


class Caller(Value):
    """Who sent a request."""

    project_id: str | None = None
    """Project of the key; None without a key."""
    actor: str = "api"
    """Who a change is put down to: the name of the key."""


NOBODY = Caller()
"""Who calls from this machine without a key."""


class Door:
    """Lets requests in, or says why not, before anything of their body is read."""

    def __init__(self, services: Services, throttle: Throttle | None = None) -> None:
        self._services, self._throttle = services, throttle or Throttle()

    async def admit(self, request: Request) -> Caller:
        """Returns who calls.

        Raises:
            ApiError: 401 without a good key where one is needed, 403 where it is good for other
                things only or a web page asks, 429 after too many unknown keys.
        """
        head = _head(request)
        if head.get(BROWSER, b"none") not in OWN_PAGES:
            raise ApiError(403, "Another website may not talk to the studio.", code="foreign_page")
        given, address = _given(head), request.client.host if request.client else ""
        free = _is_here(head, address) and not await self._asked_here()
        # Clients of OpenAI always send a key; what is none of ours is none.
        if free and not given.startswith(BEGINS):
            return NOBODY
        if not given:
            raise _refused(
                "You did not provide an API key. Send one of this studio's as "
                "`Authorization: Bearer ls-…`; keys are made in Settings."
            )
        key = await self._recognised(given, address)
        _check_scope(key, request)
        return Caller(project_id=key.project_id, actor=key.name)

    async def _asked_here(self) -> bool:
        keys = self._services.keys
        known = keys.access
        return await run_in_threadpool(keys.asked_here) if known is None else known.key_here

    async def _recognised(self, given: str, address: str) -> ApiKey:
        if self._throttle.wait(address):
            raise ApiError(
                429,
                f"Too many unknown API keys came from {address}. Wait a minute.",
                type="requests",
                code="rate_limit_exceeded",
                headers={"retry-after": str(int(SECONDS))},
            )
        keys = self._services.keys
        key = keys.recognised_at_once(given) or await run_in_threadpool(keys.recognise, given)
        if key is None:
            self._throttle.wrong(address)
            raise _refused("Incorrect API key provided. Keys of this studio are made in Settings.")
        if ended := key.ended(now()):
            raise _refused(f"The API key {key.prefix}… ({key.name}) {ended}.")
        return key


async def project_of(services: Services, request: Request) -> str:
    """Returns the project that a request works in: its key's, else the default one."""
    caller: Caller = request.state.caller
    if caller.project_id is not None:
        return caller.project_id
    return (await run_in_threadpool(services.projects.default)).id


def needed(method: str, path: str) -> tuple[Scope, ...]:
    """Returns the scopes of which a key needs one; a key for everything always does."""
    parts = path.strip("/").split("/")
    if parts[-1] == "feedback":
        return (Scope.FEEDBACK,)
    for need in NEEDS:
        if method in need.methods and need.begins.strip("/") == parts[0]:
            return need.scopes
    return ()


def _check_scope(key: ApiKey, request: Request) -> None:
    path = request.scope["path"].removeprefix(request.scope.get("root_path", ""))
    wanted = needed(request.method, path)
    if not key.allows(*wanted):
        names = " or ".join(f"`{scope.value}`" for scope in (*wanted, Scope.ALL))
        raise ApiError(
            403,
            f"The API key {key.prefix}… ({key.name}) is not good for {request.method} {path}: "
            f"that needs {names}.",
            code="missing_scope",
        )


def _head(request: Request) -> dict[bytes, bytes]:
    """Returns the headers by name, read once; of several with one name the first counts."""
    return dict(reversed(request.scope["headers"]))


def _given(head: Mapping[bytes, bytes]) -> str:
    kind, _, key = head.get(b"authorization", b"").decode("latin-1").partition(" ")
    return key.strip() if kind.casefold() == "bearer" else ""


def _is_here(head: Mapping[bytes, bytes], address: str) -> bool:
    """True for a program on this machine that reaches the studio without a proxy between."""
    return _is_loopback(address) and not any(name in head for name in PASSED_ON)


@lru_cache(maxsize=1024)
def _is_loopback(address: str) -> bool:
    try:
        return ipaddress.ip_address(address).is_loopback
    except ValueError:
        return False


def _refused(message: str) -> ApiError:
    return ApiError(401, message, code=CODE, headers={"www-authenticate": "Bearer"})
