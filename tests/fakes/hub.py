"""A model hub on this machine that serves one repository from a folder."""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

COMMIT = "0123456789abcdef0123456789abcdef01234567"


class FakeHub:
    """What the hub offers and how it behaves."""

    def __init__(self, name: str, folder: Path) -> None:
        self.name = name
        self.folder = folder
        self.refuses: dict[str, tuple[int, str]] = {}
        """Repository → HTTP status and error code it is answered with."""
        self.lies: dict[str, bytes] = {}
        """File → other content of the same length than the listing promises."""
        self.served: list[str] = []
        self.stalls = ""
        """File of which only half is sent until `go_on` is set."""
        self.stalled, self.go_on = threading.Event(), threading.Event()
        self.shown: set[str] = set()
        """What was given as proof of who asks."""
        self.endpoint = ""

    def listing(self) -> list[dict[str, Any]]:
        """Returns every file as the hub describes it, weights with their hash."""
        files = []
        for path in sorted(self.folder.rglob("*")):
            if not path.is_file():
                continue
            name, content = path.relative_to(self.folder).as_posix(), path.read_bytes()
            oid = hashlib.sha1(content).hexdigest()
            file = {"path": name, "size": len(content), "oid": oid}
            if path.suffix == ".safetensors":
                digest = hashlib.sha256(content).hexdigest()
                file["lfs"] = {"oid": digest, "size": len(content), "pointerSize": 130}
            files.append(file)
        return files

    def info(self) -> dict[str, Any]:
        """Returns the repository as the hub describes it."""
        siblings = [
            {"rfilename": file["path"], "size": file["size"], "blobId": file["oid"]}
            | ({"lfs": {**file["lfs"], "sha256": file["lfs"]["oid"]}} if "lfs" in file else {})
            for file in self.listing()
        ]
        card = {"license": "apache-2.0"}
        return {"id": self.name, "sha": COMMIT, "siblings": siblings, "cardData": card}


class Handler(BaseHTTPRequestHandler):
    """Answers the few addresses that fetching a model asks for."""

    protocol_version = "HTTP/1.1"
    hub: FakeHub

    def log_message(self, format: str, *arguments: Any) -> None:
        pass

    def do_HEAD(self) -> None:
        self._serve(body=False)

    def do_GET(self) -> None:
        self._serve(body=True)

    def _serve(self, *, body: bool) -> None:
        hub, path = self.hub, unquote(urlsplit(self.path).path)
        hub.shown |= {self.headers["Authorization"]} - {None}
        refusal = next((hub.refuses[name] for name in hub.refuses if name in path), None)
        if refusal is not None:
            self._send(refusal[0], b"{}", {"X-Error-Code": refusal[1]}, body=body)
        elif path == f"/api/models/{hub.name}":
            self._send(200, json.dumps(hub.info()).encode(), {}, body=body)
        elif path.startswith(f"/api/models/{hub.name}/tree/"):
            files = [{"type": "file", **file} for file in hub.listing()]
            self._send(200, json.dumps(files).encode(), {}, body=body)
        elif path.startswith(f"/{hub.name}/resolve/{COMMIT}/"):
            self._send_file(path.split(f"/{COMMIT}/")[1], body=body)
        else:
            self._send(404, b"{}", {"X-Error-Code": "RepoNotFound"}, body=body)

    def _send_file(self, name: str, *, body: bool) -> None:
        if body:
            self.hub.served.append(name)
        content = self.hub.lies.get(name) or (self.hub.folder / name).read_bytes()
        known = next(file for file in self.hub.listing() if file["path"] == name)
        tag = known["lfs"]["oid"] if "lfs" in known else known["oid"]
        headers = {"ETag": f'"{tag}"', "X-Repo-Commit": COMMIT}
        if body and name == self.hub.stalls:
            self._send(200, content, headers, body=False)
            half = len(content) // 2
            self.wfile.write(content[:half])
            self.wfile.flush()
            self.hub.stalled.set()
            self.hub.go_on.wait(60)
            with suppress(OSError):  # nobody may be there any more
                self.wfile.write(content[half:])
                self.wfile.flush()
        else:
            self._send(200, content, headers, body=body)

    def _send(self, status: int, content: bytes, headers: dict[str, str], *, body: bool) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        if body:
            self.wfile.write(content)


@contextmanager
def running(hub: FakeHub) -> Iterator[FakeHub]:
    """Serves the hub on a free port of the loopback address."""
    handler = type("HandlerOfOneHub", (Handler,), {"hub": hub})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    hub.endpoint = f"http://127.0.0.1:{server.server_port}"
    # The loop looks for the end of its work this often, and every test waits for it.
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield hub
    finally:
        hub.go_on.set()
        server.shutdown()
        server.server_close()
        thread.join()
