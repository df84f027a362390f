"""Following a rung while it is measured: answers given, time left, Ctrl+C."""

from __future__ import annotations

import time
from contextlib import suppress
from typing import TYPE_CHECKING

from studio.cli import follow
from studio.cli.output import say
from studio.domain.errors import Conflict

if TYPE_CHECKING:
    from studio.domain.ladder import RungRun
    from studio.services.container import Services


def rung(services: Services, run: RungRun) -> RungRun:
    """Follows a run to its end and returns it; Ctrl+C cancels it, keeping the answers it has."""
    try:
        with follow.bar(f"Measuring {run.setup.rung} with {run.model_name}") as plain:
            report = follow.with_time_left(plain)
            while True:
                run = services.ladder.get(run.id)
                if run.status in follow.ENDED:
                    return run
                if run.message:
                    report(run.message, None)
                else:
                    share = run.done / run.total if run.total else None
                    report(f"answers to {run.total} examples", share)
                time.sleep(follow.PAUSE)
    except KeyboardInterrupt:
        with suppress(Conflict):
            services.ladder.cancel(run.id)
        say("The answers given so far are kept; the same command goes on from there.")
        raise
