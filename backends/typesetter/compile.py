"""The typesetting process: `python -m backends.typesetter.compile FOLDER` makes its PDF."""

from __future__ import annotations

import sys
from pathlib import Path

import typst


def main() -> None:
    """Sets FOLDER/report.typ with the fonts inside the library, never those of the machine."""
    folder = Path(sys.argv[1])
    typst.compile(
        folder / "report.typ",
        output=folder / "report.pdf",
        # Files outside are out of reach, so that a template can include nothing else.
        root=folder,
        ignore_system_fonts=True,
    )


if __name__ == "__main__":
    main()
