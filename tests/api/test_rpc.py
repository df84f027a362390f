"""The wire between a command line and a running studio, over real HTTP."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI

from studio.api.rpc import LARGEST_BODY, create_api
from studio.cli.remote import WAIT, RemoteServices
from studio.domain.datasets import Message, Split
from studio.domain.errors import (
    BackendUnavailable,
    Conflict,
    InvalidDataset,
    InvalidInput,
    StorageFailed,
    StudioError,
)
from studio.domain.projects import Project
from studio.domain.training import Hyperparameters
from tests.api.served import served
from tests.fakes.remote_services import METHODS, Echo, EchoServices

TOKEN = "t" * 32


@pytest.fixture
def services() -> EchoServices:
    return EchoServices()


@pytest.fixture
def client(services: EchoServices) -> Iterator[httpx.Client]:
    app = FastAPI()
    app.mount("/api", create_api(services, TOKEN, methods=METHODS))
    with (
        served(app) as port,
        httpx.Client(
            base_url=f"http://127.0.0.1:{port}",
            headers={"Authorization": f"Bearer {TOKEN}"},
            timeout=WAIT,
            trust_env=False,
        ) as client,
    ):
        yield client


@pytest.fixture
def echo(client: httpx.Client) -> Echo:
    return RemoteServices(client, EchoServices, METHODS).echo


def test_values_come_back_as_what_they_were(echo: Echo) -> None:
    project = echo.project("Ünïcode <b>", description="two\nlines")
    assert isinstance(project, Project)
    assert (project.name, project.description) == ("Ünïcode <b>", "two\nlines")
    assert project.created_at.tzinfo is not None


def test_keys_and_defaults_of_fixed_sets_survive(echo: Echo) -> None:
    assert echo.splits({Split.TEST: 3, Split.TRAIN: 9}) == {Split.TEST: 3, Split.TRAIN: 9}
    assert echo.splits({Split.TEST: 3, Split.TRAIN: 9}, part=Split.TEST) == {Split.TEST: 3}


def test_pairs_of_values_survive(echo: Echo) -> None:
    messages = (Message(role="user", content="Hello"), Message(role="assistant", content="Hi"))
    assert echo.pair(messages) == (list(messages), 2)


def test_numbers_and_paths_survive(echo: Echo) -> None:
    given = Hyperparameters(learning_rate=1.2345678901234567e-5, epochs=0.1)
    assert echo.hyperparameters(given) == given
    assert echo.place(Path("/a b/ü")) == str(Path("/a b/ü"))
    assert echo.nothing() is None


@pytest.mark.parametrize(("kind", "error"), [("conflict", Conflict), ("data", InvalidDataset)])
def test_the_same_error_is_raised_here(echo: Echo, kind: str, error: type[StudioError]) -> None:
    with pytest.raises(error) as raised:
        echo.refuse(kind)
    assert (raised.value.message, raised.value.hint) == ("No.", "Do that.")


def test_an_unforeseen_error_tells_its_kind_and_no_detail(
    echo: Echo, caplog: pytest.LogCaptureFixture
) -> None:
    with pytest.raises(StudioError, match="RuntimeError") as raised:
        echo.break_down()
    assert "secret" not in str(raised.value)
    assert "secret detail" in caplog.text


def test_a_full_disk_is_told_as_one(client: httpx.Client, echo: Echo) -> None:
    assert client.post("/api/echo/fill_the_disk", json={}).status_code == 507
    with pytest.raises(StorageFailed, match="The disk is full"):
        echo.fill_the_disk()


def test_items_arrive_in_order_and_the_last_as_a_value(echo: Echo) -> None:
    *words, whole = echo.pieces(["a", "", "b\nc"])
    assert words == ["a", "", "b\nc"]
    assert isinstance(whole, Project)


def test_an_error_in_the_middle_of_items_is_raised_after_them(echo: Echo) -> None:
    received = []
    with pytest.raises(Conflict, match="In the middle"):
        for word in echo.pieces(["a", "fail"]):
            received.append(word)
    assert received == ["a"]


def test_leaving_in_the_middle_of_items_ends_the_work(echo: Echo, services: EchoServices) -> None:
    items = echo.endless()
    assert next(items).startswith("x")
    items.close()
    assert services.echo.closed.wait(20)


def test_progress_arrives_while_the_work_goes_on(echo: Echo, services: EchoServices) -> None:
    told: list[tuple[str, float | None]] = []

    def progress(what: str, share: float | None) -> None:
        told.append((what, share))
        # Only now may the work go on: the line came through before the result existed.
        services.echo.go_on.set()

    assert echo.pull("model", progress=progress) == "MODEL"
    assert told == [("half", 0.5), ("done", None)]


def test_an_error_after_progress_is_raised_here(echo: Echo, services: EchoServices) -> None:
    services.echo.go_on.set()
    with pytest.raises(StudioError, match="Not there") as raised:
        echo.pull("bad")
    assert raised.value.hint == "Another name."


def test_the_work_goes_on_when_the_caller_leaves(
    client: httpx.Client, services: EchoServices
) -> None:
    with client.stream("POST", "/api/echo/pull", json={"name": "model"}) as answer:
        next(answer.iter_lines())
    services.echo.go_on.set()
    assert services.echo.finished.wait(20)


def test_work_that_can_be_stopped_is_when_the_caller_leaves(
    client: httpx.Client, services: EchoServices
) -> None:
    with client.stream("POST", "/api/echo/fetch", json={"name": "model"}) as answer:
        next(answer.iter_lines())
    assert services.echo.finished.wait(20)


def test_work_that_can_be_stopped_ends_well_when_the_caller_stays(
    echo: Echo, services: EchoServices
) -> None:
    told: list[str] = []

    def progress(what: str, share: float | None) -> None:
        told.append(what)
        services.echo.go_on.set()

    assert echo.fetch("model", progress=progress, cancelled=lambda: True) == "MODEL"
    assert told == ["half"]


def test_whom_to_ask_whether_to_stop_cannot_be_given_from_outside(client: httpx.Client) -> None:
    answer = client.post("/api/echo/fetch", json={"name": "model", "cancelled": True})
    assert answer.status_code == 422


def test_a_method_that_is_not_listed_cannot_be_named(echo: Echo, client: httpx.Client) -> None:
    with pytest.raises(AttributeError, match="hidden"):
        echo.hidden()
    for path in ("echo/hidden", "echo/__init__", "echo/go_on", "other/project", "", "echo"):
        assert client.post(f"/api/{path}", json={}).status_code == 404


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "PATCH", "OPTIONS", "HEAD"])
def test_only_post_is_answered(client: httpx.Client, method: str) -> None:
    assert client.request(method, "/api/echo/nothing").status_code == 405


def test_no_page_describes_the_wire(client: httpx.Client) -> None:
    for path in ("docs", "redoc", "openapi.json"):
        assert client.get(f"/api/{path}").status_code == 404


@pytest.mark.parametrize(
    "given",
    [
        "",
        "Bearer",
        f"bearer {TOKEN}",
        f"Bearer {TOKEN}x",
        f"Basic {TOKEN}",
        TOKEN,
        "Bearer é",
    ],
)
def test_nothing_is_reached_without_the_token(client: httpx.Client, given: str) -> None:
    for path in ("echo/nothing", "echo/hidden", "openapi.json"):
        answer = client.post(f"/api/{path}", headers={"Authorization": given.encode()})
        assert answer.status_code == 401
        assert answer.json()["error"]["hint"]


def test_a_short_token_is_refused_at_the_start() -> None:
    with pytest.raises(ValueError, match="16"):
        TestedApi = create_api(EchoServices(), "short", methods=METHODS)
        TestedApi.build_middleware_stack()


HOSTILE = [
    b"{",
    b"[]",
    b"null",
    b'"text"',
    b'{"name": NaN}',
    b'{"name": 1e999}',
    b"\xff\xfe",
    b'{"name": "\xed\xa0\x80"}',
    b"[" * 100_000,
    b'{"a":' * 50_000,
    b'{"name": {"$ref": "x"}}',
    b'{"name": "a", "self": 1}',
    b'{"name": "a", "__class__": "x"}',
    b"{}",
    b'{"name": ["a"]}',
]


@pytest.mark.parametrize("body", HOSTILE, ids=lambda body: body[:24].decode("latin-1"))
def test_hostile_arguments_are_refused_in_words(client: httpx.Client, body: bytes) -> None:
    answer = client.post("/api/echo/project", content=body)
    assert answer.status_code == 422
    assert answer.json()["error"]["type"] == "InvalidInput"


def test_too_much_is_refused_whatever_length_is_claimed(client: httpx.Client) -> None:
    def chunks() -> Iterator[bytes]:
        yield b'{"name": "'
        for _ in range(LARGEST_BODY // 65_536 + 2):
            yield b"x" * 65_536
        yield b'"}'

    answer = client.post("/api/echo/project", content=chunks())
    assert answer.status_code == 422
    assert "exceed" in answer.json()["error"]["message"]


def test_a_studio_that_is_gone_is_said_so() -> None:
    with httpx.Client(base_url="http://127.0.0.1:9", trust_env=False) as client:
        gone = RemoteServices(client, EchoServices, METHODS).echo
        with pytest.raises(BackendUnavailable, match="does not answer"):
            gone.nothing()


def test_an_answer_without_its_last_line_is_an_error() -> None:
    cut = httpx.MockTransport(lambda request: httpx.Response(200, text='{"item": "a"}\n'))
    with httpx.Client(transport=cut, base_url="http://studio") as client:
        items = RemoteServices(client, EchoServices, METHODS).echo.pieces(["a"])
        assert next(items) == "a"
        with pytest.raises(BackendUnavailable, match="middle"):
            next(items)


def test_an_answer_of_something_else_is_not_trusted() -> None:
    other = httpx.MockTransport(lambda request: httpx.Response(502, text="<html>"))
    with httpx.Client(transport=other, base_url="http://studio") as client:
        echo = RemoteServices(client, EchoServices, METHODS).echo
        with pytest.raises(StudioError, match="not understood"):
            echo.nothing()


def test_arguments_that_do_not_fit_are_refused_before_they_travel(echo: Echo) -> None:
    with pytest.raises(TypeError):
        echo.project("a", "b")
    with pytest.raises(InvalidInput):
        echo.splits({"nowhere": 1})
