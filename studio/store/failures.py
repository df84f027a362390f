"""Failures: what DuckDB and the disk complain about, said as the studio's own errors."""

from __future__ import annotations

import duckdb

from studio.domain.errors import (
    Conflict,
    DataFolderInUse,
    InvalidInput,
    StorageFailed,
    StudioError,
    disk_full,
)

FATAL = (duckdb.FatalException, duckdb.InternalException)
"""After these every statement fails until the database is opened again."""

DISK_FULL = "The disk is full: nothing more can be kept in the data folder."
DISK_FULL_HINT = "Free some space and try again; everything saved so far is kept."

HALF_CHARACTER = "A text holds half a character (an unpaired surrogate) and cannot be kept."
HALF_CHARACTER_HINT = "Save the text as UTF-8 and bring it in again."

RULES: tuple[tuple[tuple[str, ...], type[StudioError], str, str], ...] = (
    (
        ("no space left", "not enough space", "disk full", "disk quota"),
        StorageFailed,
        DISK_FULL,
        DISK_FULL_HINT,
    ),
    (
        ("conflicting lock", "being used by another process"),
        DataFolderInUse,
        "Another studio process is already using this data folder.",
        "Use the studio that is running, stop it first, or choose another --data-dir.",
    ),
    (
        # DuckDB hands out one instance for each file and process, and ours is locked once set.
        ("configuration has been locked",),
        DataFolderInUse,
        "This process has the data folder open already.",
        "Close the first one before opening it again.",
    ),
    (
        ("corrupt", "checksum", "not a valid duckdb database", "failure while replaying wal"),
        StorageFailed,
        "The database file is damaged and cannot be opened.",
        "Run `python -m studio.store.restore`: it puts the newest backup in its place.",
    ),
    (
        ("newer version of duckdb", "different version of duckdb"),
        StorageFailed,
        "The database was written by another version of DuckDB than the one installed.",
        "Update Ladder Studio, then start it again.",
    ),
    (
        ("read-only file system", "permission denied"),
        StorageFailed,
        "The data folder cannot be written to.",
        "Give your user write access to it, or choose another --data-dir.",
    ),
    (("cannot encode str as utf-8",), InvalidInput, HALF_CHARACTER, HALF_CHARACTER_HINT),
    (
        ("constraint error",),
        Conflict,
        "This contradicts something that is already kept.",
        "Reload and look at the present state.",
    ),
    (
        ("out of memory error",),
        StorageFailed,
        "The database needs more memory than it may use for this.",
        "Narrow the question, for example with a filter, or use a smaller dataset.",
    ),
)
"""(fragments of the message, error, what to say, hint); the first rule that fits wins."""


def translated(error: duckdb.Error) -> StudioError:
    """Returns the studio's error for one of DuckDB's; raise it `from` the original."""
    text = str(error)
    folded = text.casefold()
    for fragments, kind, message, hint in RULES:
        if any(fragment in folded for fragment in fragments):
            return kind(message, hint=hint)
    first = text.splitlines()[0] if text else type(error).__name__
    return StorageFailed(
        f"The database refused the operation ({first}).",
        hint="Try again; if it happens again, restart the studio and report this sentence.",
    )


def disk_error(error: OSError, what: str) -> StorageFailed:
    """Returns the studio's error for a failed file operation; `what` continues “could not …”."""
    return disk_full(error) or StorageFailed(
        f"The studio could not {what}: {error.strerror or error}.",
        hint="Check that the data folder exists and that your user may write to it.",
    )
