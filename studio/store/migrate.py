"""Migrate: brings the layout up to date with numbered, append-only SQL files."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from importlib import resources
from typing import NamedTuple

from studio.domain.errors import StorageFailed
from studio.domain.values import now
from studio.store.cursor import Cursor

NAME = re.compile(r"(\d{4})_[a-z0-9_]+\.sql")

LEDGER = """
CREATE TABLE IF NOT EXISTS migrations (
    number INTEGER PRIMARY KEY,
    name VARCHAR NOT NULL,
    sha256 VARCHAR NOT NULL,
    applied_at TIMESTAMP NOT NULL
)
"""


class Migration(NamedTuple):
    """One step from a layout to the next."""

    number: int
    name: str
    sql: str

    @property
    def sha256(self) -> str:
        """Hash of the file, kept beside the fact that it was applied."""
        return hashlib.sha256(self.sql.encode()).hexdigest()


def shipped() -> list[Migration]:
    """Returns the steps that this studio carries, in order."""
    found = []
    for file in resources.files("studio.store").joinpath("migrations").iterdir():
        match = NAME.fullmatch(file.name)
        if match:
            # Some checkouts turn line ends into CRLF; the hash must not see that.
            sql = file.read_text(encoding="utf-8").replace("\r\n", "\n")
            found.append(Migration(int(match[1]), file.name, sql))
    return sorted(found)


def migrate(cursor: Cursor, steps: Sequence[Migration] | None = None) -> None:
    """Applies what is missing, inside the caller's transaction: all of it or nothing.

    Raises:
        StorageFailed: when the database was made by a newer studio, or by altered files.
    """
    steps = shipped() if steps is None else steps
    cursor.execute(LEDGER)
    cursor.execute("SELECT number, sha256 FROM migrations")
    applied: dict[int, str] = dict(cursor.fetchall())
    known = {step.number: step for step in steps}
    newer = [number for number in applied if number not in known]
    if newer:
        raise StorageFailed(
            f"This data folder was made by a newer Ladder Studio (layout {max(newer)}, "
            f"this one knows {max(known, default=0)}).",
            hint="Update Ladder Studio, or choose another --data-dir.",
        )
    for step in steps:
        if step.number not in applied:
            cursor.execute(step.sql)
            cursor.execute(
                "INSERT INTO migrations VALUES (?, ?, ?, ?)",
                [step.number, step.name, step.sha256, now().replace(tzinfo=None)],
            )
        elif applied[step.number] != step.sha256:
            raise StorageFailed(
                f"The layout of this data folder differs from {step.name} as it is shipped.",
                hint="Use the Ladder Studio that made the folder, or choose another --data-dir.",
            )
