"""studio serve: the studio's window, in the browser or of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from studio.cli.options import DataDir, Port, example, settings

if TYPE_CHECKING:
    from studio.settings import Settings

EPILOG = example("studio serve", "studio serve --port 9000 --no-open", "studio serve --native")


def serve(
    host: Annotated[
        str | None,
        typer.Option(help="Address to listen on; beyond this machine set LADDER_PASSWORD."),
    ] = None,
    port: Port = None,
    native: Annotated[
        bool, typer.Option("--native", help="Open a window of its own (needs pywebview).")
    ] = False,
    opening: Annotated[
        bool, typer.Option("--open/--no-open", help="Open the browser on it.")
    ] = True,
    data_dir: DataDir = None,
) -> None:
    """Open the studio; Ctrl+C ends it, running trainings go on."""
    run(settings(data_dir, host=host, port=port), native=native, opening=opening)


def run(chosen: Settings, *, native: bool = False, opening: bool = True) -> None:
    """Serves until it is stopped."""
    from studio.server import serve as serve_until_stopped

    serve_until_stopped(chosen, native=native, open_browser=opening)
