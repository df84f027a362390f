"""The door from the shell: `studio …` and `python -m studio …`."""

from __future__ import annotations


def main() -> None:
    """Runs the command line."""
    from studio.cli.main import app

    app(prog_name="studio")


if __name__ == "__main__":
    main()
