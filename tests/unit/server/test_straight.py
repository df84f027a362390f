"""Calls of programs go to their part at once, and arrive there as if they had been mounted."""

from __future__ import annotations

from typing import Any

import pytest

from studio.server.straight import Straight


@pytest.mark.parametrize(
    "path, kind, arrived",
    [
        ("/v1/feedback", "http", ("wire", "/v1")),
        ("/v1/", "websocket", ("wire", "/v1")),
        ("/v1", "http", ("pages", "")),
        ("/v12/feedback", "http", ("pages", "")),
        ("/", "http", ("pages", "")),
        ("/v1/feedback", "lifespan", ("pages", "")),
    ],
)
async def test_each_request_reaches_whose_it_is(
    path: str, kind: str, arrived: tuple[str, str]
) -> None:
    seen: list[tuple[str, str]] = []

    def taker(name: str) -> Any:
        async def take(scope: Any, receive: Any, send: Any) -> None:
            seen.append((name, scope.get("root_path", "")))

        return take

    nothing: Any = None
    scope = {"type": kind} if kind == "lifespan" else {"type": kind, "path": path}
    await Straight(taker("pages"), below="/v1", to=taker("wire"))(scope, nothing, nothing)
    assert seen == [arrived]
