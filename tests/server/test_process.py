"""A studio in a process of its own, over bare HTTP: who gets in, how it starts and ends."""

from __future__ import annotations

import http.client
import json
import os
import signal
import socket
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from tests.fakes.running_studio import RunningStudio, running_studio

KEYED = {"CI": "", "LADDER_PASSWORD": ""}


@pytest.fixture(scope="module")
def studio() -> Iterator[RunningStudio]:
    with running_studio(environment=KEYED) as running:
        yield running


def ask(
    studio: RunningStudio,
    method: str,
    path: str,
    *,
    body: bytes | None = None,
    **headers: str,
) -> tuple[int, dict[str, str], bytes]:
    """Sends one request exactly as given."""
    connection = http.client.HTTPConnection("127.0.0.1", studio.port, timeout=10)
    named = {name.replace("_", "-"): text for name, text in headers.items()}
    connection.request(method, path, body=body, headers=named)
    answer = connection.getresponse()
    found = answer.read()
    connection.close()
    return answer.status, {k.lower(): v for k, v in answer.getheaders()}, found


@pytest.fixture(scope="module")
def cookie(studio: RunningStudio) -> str:
    status, headers, _ = ask(studio, "GET", studio.link.removeprefix(studio.origin))
    assert status == 303
    return headers["set-cookie"].partition(";")[0]


def test_the_first_page_costs_less_than_three_seconds_of_work(
    studio: RunningStudio, cookie: str
) -> None:
    """Processor time, not the clock's: the machine that runs the tests has other work as well."""
    status, _, page = ask(studio, "GET", "/", Cookie=cookie)
    assert (status, b"Ladder Studio" in page) == (200, True)
    spent = psutil.Process(studio.process.pid).cpu_times()
    assert spent.user + spent.system < 3


def test_a_stranger_gets_nothing(studio: RunningStudio) -> None:
    for path in ("/", "/models", "/ui-data/datasets/dsv_1/rows", "/_nicegui/3/static/x", "/login"):
        status, _, text = ask(studio, "GET", path)
        assert (path, status) == (path, 403)
        assert b"private" in text


def test_a_foreign_name_and_a_foreign_page_get_nothing(studio: RunningStudio, cookie: str) -> None:
    assert ask(studio, "GET", "/", Cookie=cookie, Host="evil.example")[0] == 400
    assert ask(studio, "GET", "/", Cookie=cookie, Origin="http://evil.example")[0] == 403
    assert ask(studio, "POST", "/api/projects/all", Origin="http://evil.example")[0] == 403


@pytest.mark.parametrize("extra", ["", "Origin: http://evil.example\r\nCookie: {cookie}\r\n"])
def test_a_strangers_websocket_never_opens(studio: RunningStudio, cookie: str, extra: str) -> None:
    request = (
        "GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\n"
        f"Host: 127.0.0.1:{studio.port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n"
        f"{extra.format(cookie=cookie)}\r\n"
    )
    with socket.create_connection(("127.0.0.1", studio.port), timeout=10) as line:
        line.sendall(request.encode())
        assert line.recv(100).startswith(b"HTTP/1.1 403")


def test_the_command_line_needs_its_token(studio: RunningStudio, cookie: str) -> None:
    wanted = "/api/projects/all"
    assert ask(studio, "POST", wanted, body=b"{}")[0] == 401
    assert ask(studio, "POST", wanted, body=b"{}", Cookie=cookie)[0] == 401
    assert ask(studio, "POST", wanted, body=b"{}", Authorization="Bearer wrong")[0] == 401
    status, _, text = ask(
        studio, "POST", wanted, body=b"{}", Authorization=f"Bearer {studio.token}"
    )
    assert (status, json.loads(text)[0]["name"]) == (200, "Wrenfield Nurseries")


def test_no_answer_is_kept_or_framed_by_others(studio: RunningStudio, cookie: str) -> None:
    _, headers, _ = ask(studio, "GET", "/ui-data/datasets/dsv_1/rows", Cookie=cookie)
    assert headers["cache-control"] == "no-store"
    assert "frame-ancestors 'none'" in headers["content-security-policy"]
    assert headers["x-content-type-options"] == "nosniff"
    assert "server" not in headers


def test_a_body_over_the_limit_is_cut_off(studio: RunningStudio) -> None:
    """Sent piece by piece without a length, far beyond what the studio takes of a call."""
    head = (
        "POST /api/projects/all HTTP/1.1\r\n"
        f"Host: 127.0.0.1:{studio.port}\r\nAuthorization: Bearer {studio.token}\r\n"
        "Transfer-Encoding: chunked\r\n\r\n"
    )
    piece, sent, wanted = b"x" * 65_536, 0, 60_000_000
    with socket.create_connection(("127.0.0.1", studio.port), timeout=10) as line:
        line.sendall(head.encode())
        try:
            while sent < wanted:
                line.sendall(b"%x\r\n%s\r\n" % (len(piece), piece))
                sent += len(piece)
        except OSError:
            pass  # the studio has closed the connection, as it should
        assert sent < wanted


def test_an_uploaded_file_is_staged_and_nothing_is_left_behind(
    studio: RunningStudio, cookie: str
) -> None:
    status, _, text = ask(
        studio, "PUT", "/ui-data/uploads?filename=a.csv", body=b"text,label\n", Cookie=cookie
    )
    assert (status, json.loads(text)) == (200, {"id": "src_1", "filename": "a.csv", "size": 9})
    assert list((studio.folder / "incoming").iterdir()) == []


def test_whoever_is_signed_in_stays_so_when_the_studio_starts_again(tmp_path: Path) -> None:
    with running_studio(folder=tmp_path) as first:
        _, headers, _ = ask(first, "GET", first.link.removeprefix(first.origin))
        crumb, port = headers["set-cookie"].partition(";")[0], first.port
    with running_studio(folder=tmp_path, port=port) as second:
        assert second.port == port
        assert ask(second, "GET", "/", Cookie=crumb)[0] == 200


def test_a_taken_port_is_told_and_the_next_one_used(studio: RunningStudio) -> None:
    with running_studio(port=studio.port) as other:
        assert other.port != studio.port


@pytest.mark.skipif(os.name != "posix", reason="there are no signals of this kind")
@pytest.mark.parametrize("kind", [signal.SIGTERM, signal.SIGINT])
def test_a_stopped_studio_ends_within_five_seconds_whoever_is_connected(
    kind: signal.Signals,
) -> None:
    with running_studio() as running:
        _, headers, _ = ask(running, "GET", running.link.removeprefix(running.origin))
        crumb = headers["set-cookie"].partition(";")[0]
        half = (
            f"POST / HTTP/1.1\r\nHost: 127.0.0.1\r\nCookie: {crumb}\r\nContent-Length: 9\r\n\r\nx"
        )
        with socket.create_connection(("127.0.0.1", running.port), timeout=10) as line:
            line.sendall(half.encode())  # a request that never ends
            began = time.monotonic()
            running.process.send_signal(kind)
            assert running.process.wait(8) == 0
            assert time.monotonic() - began < 6
        assert "Traceback" not in running.log()


def test_a_studio_for_others_asks_for_the_password() -> None:
    secret = {"LADDER_PASSWORD": "quite a long one"}
    with running_studio(environment=secret, host="0.0.0.0") as running:
        assert ask(running, "GET", "/", Accept="text/html")[1]["location"] == "/login"
        status, headers, _ = ask(
            running,
            "POST",
            "/login",
            body=b"password=quite+a+long+one",
            Content_Type="application/x-www-form-urlencoded",
        )
        assert status == 303
        crumb = headers["set-cookie"].partition(";")[0]
        assert ask(running, "GET", "/", Cookie=crumb)[0] == 200
        assert ask(running, "GET", "/", Cookie=crumb, Host="evil.example")[0] == 400


def test_the_log_holds_no_key_and_no_client(studio: RunningStudio, cookie: str) -> None:
    text = studio.log()
    assert studio.link.partition("key=")[2] not in text
    assert cookie.partition("=")[2] not in text
    assert "client_id" not in text
