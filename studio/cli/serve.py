"""studio serve: the studio's window, in the browser or of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from studio.cli.options import AsJson, DataDir, Port, example, settings
from studio.cli.output import give_json

if TYPE_CHECKING:
    from studio.settings import Settings

EPILOG = example(
    "studio serve", "studio serve --port 9000 --no-open --json", "studio serve --native"
)


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
    as_json: AsJson = False,
    data_dir: DataDir = None,
) -> None:
    """Open the studio; Ctrl+C ends it, running trainings go on.

    With --json one line on stdout tells the link that signs in, as soon as the studio answers.
    """
    chosen = settings(data_dir, host=host, port=port)
    run(chosen, native=native, opening=opening, as_json=as_json)


def run(
    chosen: Settings, *, native: bool = False, opening: bool = True, as_json: bool = False
) -> None:
    """Serves until it is stopped."""
    from studio.server import serve as serve_until_stopped

    def ready(link: str) -> None:
        if as_json:
            give_json({"link": link, "data_dir": chosen.data_dir}, one_line=True)

    serve_until_stopped(chosen, native=native, open_browser=opening, ready=ready)
