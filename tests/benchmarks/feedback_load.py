"""Load of `feedback_ingest`: clients that each say one thing of an answer after the other.

`python -m tests.benchmarks.feedback_load PORT ANSWERS CLIENTS SECONDS` writes JSON to stdout when
the time is over or the server is gone: what was acknowledged, and how long each took.
"""

from __future__ import annotations

import asyncio
import json
import random
import sys
import time

CORRECTED, COMMENTED = 0.2, 0.1
"""Shares of what is said; the rest are thumbs."""


class Client(asyncio.Protocol):
    """Sends the next request when the last one is answered; keeps its connection."""

    def __init__(self, load: Load, number: int) -> None:
        self._load, self._number = load, number
        self._buffer = b""
        self._sent = 0.0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._send()

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        head, found, body = self._buffer.partition(b"\r\n\r\n")
        if not found:
            return
        length = int(head.lower().partition(b"content-length:")[2].split(b"\r\n", 1)[0])
        if len(body) < length:
            return
        self._buffer = b""
        self._load.answered(head, body, time.perf_counter() - self._sent)
        self._send()

    def connection_lost(self, error: Exception | None) -> None:
        self._load.gone()

    def _send(self) -> None:
        if self._load.over():
            self._transport.close()
            return
        self._sent = time.perf_counter()
        self._transport.write(self._load.request(self._number))


class Load:
    """All clients together."""

    def __init__(self, port: int, answers: int, clients: int, seconds: float) -> None:
        self._port, self._answers, self._clients = port, answers, clients
        self._ends = time.perf_counter() + seconds
        self._open = clients
        self._random = random.Random(7)
        self._all_gone = asyncio.Event()
        self.acknowledged: list[tuple[float, float, bytes]] = []
        self.refused: list[str] = []

    async def run(self) -> None:
        loop = asyncio.get_running_loop()
        for number in range(self._clients):
            await loop.create_connection(
                lambda number=number: Client(self, number),  # type: ignore[misc]
                "127.0.0.1",
                self._port,
            )
        await self._all_gone.wait()

    def over(self) -> bool:
        return time.perf_counter() >= self._ends

    def gone(self) -> None:
        self._open -= 1
        if not self._open:
            self._all_gone.set()

    def answered(self, head: bytes, body: bytes, seconds: float) -> None:
        if head.startswith(b"HTTP/1.1 201"):
            self.acknowledged.append((time.perf_counter(), seconds, body))
        else:
            self.refused.append(f"{head[:80].decode()} {body[:200].decode()}")

    def request(self, client: int) -> bytes:
        said: dict[str, object] = {
            "completion_id": f"chatcmpl-{self._random.randrange(self._answers):016x}",
            "rater": f"client-{client}",
        }
        drawn = self._random.random()
        if drawn < CORRECTED:
            said["correction"] = f"The desk for returns, room {self._random.randrange(10**6)}."
        elif drawn < CORRECTED + COMMENTED:
            said["comment"] = "It took two readings to see what was meant."
        else:
            said["thumb"] = "up" if self._random.random() < 0.8 else "down"
        body = json.dumps(said).encode()
        return (
            b"POST /v1/feedback HTTP/1.1\r\nHost: 127.0.0.1:%d\r\n"
            b"Content-Type: application/json\r\nContent-Length: %d\r\n\r\n%b"
        ) % (self._port, len(body), body)


async def main() -> None:
    port, answers, clients, seconds = (int(word) for word in sys.argv[1:])
    load = Load(port, answers, clients, seconds)
    await load.run()
    told = {
        "acknowledged": [
            (at, took, json.loads(body)["id"]) for at, took, body in load.acknowledged
        ],
        "refused": load.refused,
    }
    sys.stdout.write(json.dumps(told))


if __name__ == "__main__":
    asyncio.run(main())
