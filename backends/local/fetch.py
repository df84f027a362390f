"""Fetch worker: brings a repository of the model hub here; a process can be ended midway."""

from __future__ import annotations

import json
import sys
import threading
from pathlib import Path
from typing import Any

from backends.local import hub, process, wire
from studio.domain.errors import StudioError


def main() -> None:
    """Reads one line that says what is wanted; writes progress, then the origin or the failure."""
    talk = _Talk()
    wanted = json.loads(sys.stdin.readline())
    process.exit_at_end_of_input()
    try:
        origin = hub.bring(
            wanted["name"],
            Path(wanted["target"]),
            lambda what, share: talk.say({"what": what, "share": share}),
            endpoint=wanted["endpoint"],
            token=wanted["token"],
        )
    except StudioError as error:
        talk.say({"failure": wire.failure(error).model_dump(mode="json")})
    else:
        talk.say({"origin": origin.model_dump(mode="json")})


class _Talk:
    """Writes whole lines, from any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()

    def say(self, news: dict[str, Any]) -> None:
        with self._lock:
            sys.stdout.write(json.dumps(news) + "\n")
            sys.stdout.flush()


if __name__ == "__main__":
    process.die_with_parent()
    main()
