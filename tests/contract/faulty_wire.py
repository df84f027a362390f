"""Faulty wire: a seeded way between client and server on which everything goes wrong at times."""

from __future__ import annotations

import random
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx2

from backends.openai_api.remote import Remote
from backends.openai_api.run_folder import RunFolder
from tests.fakes.openai_server.carrier import AppCarrier

FAULTS = (
    "dropped before",
    "dropped after",
    "slow",
    "500 before",
    "500 after",
    "delivered twice",
    "torn",
    "killed before",
    "killed after",
    "killed meanwhile",
)
MOST_FAULTS = 8
LIKELY, LIKELY_POST, LIKELY_CREATE = 0.1, 0.3, 0.75
"""Share of requests that meet a fault; what makes a job matters most."""
SOON, LATEST = 40.0, 400.0
"""Seconds until a request arrives on which the client gave up: at times longer than it waits."""


class Killed(BaseException):
    """The studio was ended here, between two acts."""


class Clock:
    """Time that passes only when somebody lets it."""

    def __init__(self) -> None:
        self.at = datetime(2026, 11, 24, 12, tzinfo=UTC)

    def now(self) -> datetime:
        return self.at

    def seconds(self) -> float:
        return self.at.timestamp()

    def pass_(self, seconds: float) -> None:
        self.at += timedelta(seconds=seconds)


class FaultyWire(httpx2.BaseTransport):
    """Carries requests to an app, or does not."""

    def __init__(self, app: object, clock: Clock, dice: random.Random) -> None:
        self._inside, self._clock, self._dice = AppCarrier(app), clock, dice
        self._late: list[tuple[float, httpx2.Request]] = []
        self.faults: Counter[tuple[str, str]] = Counter()
        self.latest = 0.0
        """Seconds by which the latest request came late."""

    def close(self) -> None:
        """The wire outlives the clients that use it."""

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        self.deliver()
        fault = self._fault(request)
        if fault in ("slow", "killed meanwhile"):
            self._send_late(request)
        if fault in ("killed before", "killed meanwhile"):
            raise Killed
        if fault == "dropped before":
            raise httpx2.ConnectError("connection refused", request=request)
        if fault == "500 before":
            return self._broken()
        if fault == "slow":
            self._clock.pass_(self._dice.uniform(1, 120))
            raise httpx2.ReadTimeout("no answer in time", request=request)
        return self._brought(request, fault)

    def _brought(self, request: httpx2.Request, fault: str) -> httpx2.Response:
        """Has the server act, and loses its answer at times."""
        if fault == "delivered twice":
            request.read()
            self._inside.handle_request(request)
        answer = self._inside.handle_request(request)
        if fault == "killed after":
            raise Killed
        if fault == "dropped after":
            raise httpx2.ReadError("connection reset", request=request)
        if fault == "500 after":
            return self._broken()
        if fault == "torn":
            half = answer.content[: len(answer.content) // 2]
            headers = {"content-type": answer.headers.get("content-type", "")}
            return httpx2.Response(answer.status_code, headers=headers, content=half)
        return answer

    def deliver(self) -> None:
        """Lets requests arrive whose time has come."""
        due = [one for one in self._late if one[0] <= self._clock.seconds()]
        for one in due:
            self._late.remove(one)
            self._inside.handle_request(one[1])

    def happened(self, path: str, *faults: str) -> bool:
        """Says whether one of these faults hit a POST to that path."""
        return any(self.faults[fault, f"POST {path}"] > 0 for fault in faults)

    def _send_late(self, request: httpx2.Request) -> None:
        request.read()
        late = self._dice.uniform(1, self._dice.choice((SOON, LATEST)))
        self.latest = max(self.latest, late)
        self._late.append((self._clock.seconds() + late, request))

    def _fault(self, request: httpx2.Request) -> str:
        most = sum(self.faults.values()) >= MOST_FAULTS
        path = request.url.path.removeprefix("/v1")
        likely = LIKELY_POST if request.method == "POST" else LIKELY
        if request.method == "POST" and path == "/fine_tuning/jobs":
            likely = LIKELY_CREATE
        if most or self._dice.random() > likely:
            return ""
        fault = self._dice.choice(FAULTS)
        self.faults[fault, f"{request.method} {path}"] += 1
        return fault

    def _broken(self) -> httpx2.Response:
        error = {"message": "trouble", "type": "server_error", "param": None, "code": None}
        return httpx2.Response(500, json={"error": error})


class MortalFolder(RunFolder):
    """A run folder in whose writing the studio may be ended, before or after."""

    def __init__(self, path: Path, dice: random.Random) -> None:
        super().__init__(path)
        self._dice = dice
        self.deaths = 0

    def keep(self, remote: Remote) -> None:
        dies = self.deaths < 3 and self._dice.random() < 0.06
        self.deaths += dies
        before = dies and self._dice.random() < 0.5
        if before:
            raise Killed
        super().keep(remote)
        if dies:
            raise Killed
