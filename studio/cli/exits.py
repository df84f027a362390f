"""Exit codes, and the one place where errors become a message on stderr and a code."""

from __future__ import annotations

from typing import Any

import typer
from typer.core import TyperGroup

from studio.cli.output import say
from studio.domain.errors import StudioError

OK, ERROR, USAGE, REFUSED, FAILED, CANCELLED = 0, 1, 2, 3, 4, 130

EXIT_CODES: dict[int, str] = {
    OK: "Everything asked for was done.",
    ERROR: "The studio could not do it; stderr says what happened and what to do.",
    USAGE: "The command line itself is wrong: an unknown option, a missing argument.",
    REFUSED: "Nothing was started: rows were refused or the plan has blockers; stderr lists them.",
    FAILED: "A training job or an evaluation was started and did not succeed.",
    CANCELLED: "Stopped with Ctrl+C or cancelled from elsewhere; running it again goes on.",
}
"""Every code the command line can end with, and what it means."""


class GuardedGroup(TyperGroup):
    """Runs a command; ends with the right code and a plain sentence when it cannot be done."""

    def invoke(self, ctx: Any) -> Any:
        """Runs the command, translating errors into exit codes."""
        try:
            return super().invoke(ctx)
        except StudioError as error:
            say(f"Error: {error.message}")
            if error.hint:
                say(f"What to do: {error.hint}")
            raise typer.Exit(ERROR) from error
        except KeyboardInterrupt as stop:
            say("Stopped.")
            raise typer.Exit(CANCELLED) from stop
