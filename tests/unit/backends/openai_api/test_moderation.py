"""Texts are looked over by the server that was named, and its words are passed on whole."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from fastapi.responses import JSONResponse, PlainTextResponse

from backends.openai_api.moderation import EndpointModerator
from studio.domain.endpoints import Connection
from studio.domain.errors import BackendUnavailable, NotFound
from tests.fakes.wire_server import WireServer, refused, wire_server


@pytest.fixture
def server() -> Iterator[WireServer]:
    with wire_server() as running:
        yield running


@pytest.fixture
def moderator(server: WireServer) -> EndpointModerator:
    return EndpointModerator(lambda name: Connection(name=name, base_url=server.url, key="k" * 20))


def test_what_the_server_says_is_passed_on_whole(
    server: WireServer, moderator: EndpointModerator
) -> None:
    told = moderator.moderate("office", "strict", "a loud text")
    assert told["results"][0] == {
        "flagged": True,
        "categories": {},
        "category_scores": {},
        "own": 1,
    }
    assert server.asked == [{"input": "a loud text", "model": "strict"}]


def test_trouble_becomes_a_sentence(server: WireServer, moderator: EndpointModerator) -> None:
    server.trouble = lambda asked: refused(404, "no such model")
    with pytest.raises(NotFound, match="no such model"):
        moderator.moderate("office", "strict", "text")
    for instead in (PlainTextResponse("<html>"), JSONResponse([1])):
        server.trouble = lambda asked, instead=instead: instead  # type: ignore[misc]
        with pytest.raises(BackendUnavailable, match="nobody understands"):
            moderator.moderate("office", "strict", "text")
