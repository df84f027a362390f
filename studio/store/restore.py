"""Restore: `python -m studio.store.restore` puts a backup in the place of a damaged database."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from studio.domain.errors import StudioError
from studio.settings import from_environment
from studio.store.backup import restore


def main(arguments: Sequence[str] | None = None) -> int:
    """Restores and says what was done; returns 0, or 1 when it could not."""
    parser = argparse.ArgumentParser(prog="python -m studio.store.restore", description=__doc__)
    parser.add_argument("--data-dir", type=Path, help="data folder, as for `studio serve`")
    parser.add_argument("--backup", type=Path, help="a folder in backups/; the newest if not given")
    given = parser.parse_args(arguments)
    try:
        aside = restore(from_environment(given.data_dir).database_path, given.backup)
    except StudioError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    sys.stderr.write("The backup is in place, with all feedback given since.\n")
    if aside is not None:
        sys.stderr.write(f"The files it replaced are in {aside}.\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
