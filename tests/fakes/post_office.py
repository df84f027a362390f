"""A web server and a mail server on this machine that write down what they are sent."""

from __future__ import annotations

import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass
class Received:
    """One request."""

    path: str
    headers: dict[str, str]
    body: bytes


@dataclass
class WebOffice:
    """Requests so far; `answers` says with which statuses the next ones are answered."""

    url: str = ""
    got: list[Received] = field(default_factory=list)
    answers: list[int] = field(default_factory=list)
    arrived: threading.Event = field(default_factory=threading.Event)


@dataclass
class MailOffice:
    """Letters so far."""

    port: int = 0
    letters: list[str] = field(default_factory=list)
    refuses: bool = False


@contextmanager
def web_office() -> Iterator[WebOffice]:
    office = WebOffice()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length", 0)))
            headers = {name.lower(): text for name, text in self.headers.items()}
            office.got.append(Received(self.path, headers, body))
            office.arrived.set()
            status = office.answers.pop(0) if office.answers else 200
            self.send_response(status)
            if status in (301, 302, 307):
                self.send_header("location", f"{office.url}elsewhere")
            self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: Any) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    office.url = f"http://127.0.0.1:{server.server_address[1]}/"
    with served(server):
        yield office


@contextmanager
def mail_office() -> Iterator[MailOffice]:
    office = MailOffice()

    class Handler(socketserver.StreamRequestHandler):
        def say(self, line: str) -> None:
            self.wfile.write(f"{line}\r\n".encode())

        def handle(self) -> None:
            self.say("220 here")
            while line := self.rfile.readline().decode().strip():
                word = line.split()[0].upper()
                if word == "DATA":
                    self.say("354 go on")
                    self.letter()
                elif word == "RCPT" and office.refuses:
                    self.say("550 nobody of that name")
                elif word == "QUIT":
                    self.say("221 bye")
                    return
                else:
                    self.say("250 fine")

        def letter(self) -> None:
            lines = []
            while (line := self.rfile.readline().decode().rstrip("\r\n")) != ".":
                lines.append(line)
            office.letters.append("\n".join(lines))
            self.say("250 kept")

    server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler)
    office.port = server.server_address[1]
    with served(server):
        yield office


@contextmanager
def served(server: socketserver.BaseServer) -> Iterator[None]:
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
