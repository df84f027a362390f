"""A reader whose rows the test names, for services that only need some."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path

from studio.domain.datasets import RawRow


class FakeReader:
    """Yields the same rows for every file, numbered from 1; a text stands for an unreadable row."""

    def __init__(self, rows: Sequence[dict[str, object] | str]) -> None:
        self.rows = rows

    def read(self, path: Path) -> Iterator[RawRow]:
        """Yields the rows."""
        for line, row in enumerate(self.rows, start=1):
            if isinstance(row, str):
                yield RawRow(line=line, error=row, excerpt="…")
            else:
                yield RawRow(line=line, values=row)


class LinesReader:
    """Reads JSON Lines in this process."""

    def read(self, path: Path) -> Iterator[RawRow]:
        """Yields the rows."""
        for line, text in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
            try:
                values = json.loads(text)
            except ValueError:
                yield RawRow(line=line, error="This is not valid JSON.", excerpt=text[:80])
            else:
                yield RawRow(line=line, values=values)
