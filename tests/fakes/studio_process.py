"""A studio with services in memory: `python -m tests.fakes.studio_process FOLDER full`."""

from __future__ import annotations

import sys
from pathlib import Path

from studio.api.rpc import create_api
from studio.server.serving import serve_services
from studio.settings import from_environment
from tests.fakes.services import FakeServices

METHODS = {"projects": ("all", "get", "create", "default")}


def main() -> None:
    folder, state = Path(sys.argv[1]), sys.argv[2]
    options = dict(option.split("=", 1) for option in sys.argv[3:])
    services = FakeServices(folder)
    if state == "empty":
        services.emptied()
    serve_services(
        services,
        from_environment(folder, port=int(options.get("port", "0")), host=options.get("host")),
        announce=lambda port, token: (folder / "token").write_text(token, encoding="ascii"),
        api=lambda made, token: create_api(made, token, methods=METHODS),
        open_browser=False,
    )


if __name__ == "__main__":
    main()
