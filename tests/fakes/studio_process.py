"""A studio with services in memory: `python -m tests.fakes.studio_process FOLDER full`."""

from __future__ import annotations

import sys
import threading
from pathlib import Path

from studio.api.rpc import create_api
from studio.domain.jobs import Event
from studio.domain.values import now
from studio.server.serving import serve_services
from studio.settings import from_environment
from tests.fakes.services import FakeServices

METHODS = {"projects": ("all", "get", "create", "default")}


def train(services: FakeServices) -> None:
    """Goes on with the running job, step by step, until the process ends."""
    pause = threading.Event()
    for step in range(43, 121):
        pause.wait(0.3)
        kind = Event(
            n=step,
            at=now(),
            kind="metrics",
            data={"step": step, "total_steps": 120, "loss": 2.4 / (1 + step / 12)},
        )
        services.training.news.append(kind)
        services.monitor.changed(services.training.jobs["job_2"].with_(step=step))


def main() -> None:
    folder, state = Path(sys.argv[1]), sys.argv[2]
    options = dict(option.split("=", 1) for option in sys.argv[3:])
    services = FakeServices(folder)
    if state == "empty":
        services.emptied()
    if state == "training":
        threading.Thread(target=train, args=(services,), daemon=True).start()
    serve_services(
        services,
        from_environment(folder, port=int(options.get("port", "0")), host=options.get("host")),
        announce=lambda port, token: (folder / "token").write_text(token, encoding="ascii"),
        api=lambda made, token: create_api(made, token, methods=METHODS),
        open_browser=False,
    )


if __name__ == "__main__":
    main()
