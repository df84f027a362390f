"""Backup: verified copies of the database as Parquet, and the way back from one."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, NamedTuple

import duckdb

from studio.domain.errors import ModelRefused, NotFound, StorageFailed
from studio.domain.values import new_id, now
from studio.store.artifacts import MANIFEST, publish, sync_folder, verify
from studio.store.cursor import Cursor
from studio.store.database import Database
from studio.store.failures import disk_error, translated
from studio.store.feedback import FeedbackStore
from studio.store.journal import STAMP
from studio.store.lock import DataFolderLock

KEEP = 3
"""Newest backups that are always kept."""
SPARE = 200_000_000
"""Bytes that a backup leaves free on the disk."""
KEEP_DAYS = 7
"""Days of which the last backup is kept as well."""


class Backup(NamedTuple):
    """One finished copy."""

    at: datetime
    folder: Path


def backups(folder: Path) -> list[Backup]:
    """Returns the finished backups in a folder, newest first."""
    found = []
    for inner in folder.glob(f"*/{MANIFEST}"):
        try:
            at = datetime.strptime(inner.parent.name, STAMP).replace(tzinfo=UTC)
        except ValueError:
            continue  # A folder of somebody else's, or a copy that was never finished.
        found.append(Backup(at, inner.parent))
    return sorted(found, reverse=True)


def back_up(database: Database, keep: int = KEEP, days: int = KEEP_DAYS) -> Path:
    """Copies the database while it is in use, checks the copy against it, and returns its folder.

    Raises:
        StorageFailed: when the disk refuses or the copy differs; then there is no new backup.
    """
    journal = FeedbackStore(database).journal
    at = now()
    final = database.backups_dir / at.strftime(STAMP)
    partial = database.backups_dir / f".{new_id('partial')}"
    try:
        _clear_partials(database.backups_dir)
        _require_space(database)
        if journal is not None:
            journal.close_segment()
        with database.read() as cursor:
            # One transaction, so that the sums and the copy see the same moment.
            cursor.execute("BEGIN TRANSACTION")
            sums = _sums(cursor)
            cursor.execute(f"EXPORT DATABASE {_quoted(partial)} (FORMAT parquet)")
            cursor.execute("COMMIT")
        _compare(partial, sums)
        publish(partial)
        partial.rename(final)
        sync_folder(final.parent)
        for old in superseded(backups(database.backups_dir), keep, days):
            shutil.rmtree(old.folder)
        if journal is not None:
            journal.drop_segments(closed_before=backups(database.backups_dir)[-1].at)
    except OSError as error:
        raise disk_error(error, "make a backup") from error
    finally:
        shutil.rmtree(partial, ignore_errors=True)
    return final


def restore(database_path: Path, folder: Path | None = None) -> Path | None:
    """Puts a backup in the place of a damaged database, then adds the feedback given since.

    Args:
        database_path: the database file.
        folder: the backup; the newest whole one when None.

    Returns:
        Where the damaged files were put aside, or None when there were none.

    Raises:
        DataFolderInUse: when a studio is running on the folder.
        NotFound: when there is no whole backup.
        StorageFailed: when the disk refuses; then everything is as it was.
    """
    path = database_path.expanduser().resolve()
    with DataFolderLock(path.parent):
        return _restore(path, folder or _newest_whole(path.parent / "backups"))


def _restore(path: Path, chosen: Path) -> Path | None:
    fresh = path.with_name(f".{new_id('restored')}.duckdb")
    try:
        _load(chosen, fresh)
        aside = _put_aside(path)
        fresh.rename(path)
        sync_folder(path.parent)
    except OSError as error:
        raise disk_error(error, f"restore {chosen}") from error
    finally:
        fresh.unlink(missing_ok=True)
    with Database(path) as database:
        FeedbackStore(database).replay()
    return aside


def superseded(found: Sequence[Backup], keep: int = KEEP, days: int = KEEP_DAYS) -> list[Backup]:
    """Returns the backups to remove: neither among the newest, nor the last of a recent day.

    Args:
        found: all of them, newest first.
        keep: how many of the newest stay.
        days: of how many days, counting those with a backup, the last one stays.
    """
    last_of_day: dict[date, Backup] = {}
    for backup in found:
        last_of_day.setdefault(backup.at.date(), backup)
    kept = {*found[:keep], *list(last_of_day.values())[:days]}
    return [backup for backup in found if backup not in kept]


def _require_space(database: Database) -> None:
    """Raises StorageFailed where a copy would take the last room from those who work."""
    size = database.path.stat().st_size if database.path is not None else 0
    if shutil.disk_usage(database.backups_dir).free < size + SPARE:
        raise StorageFailed(
            "There is too little room on the disk for a backup.",
            hint="Free some space; until then a damaged database costs what is newer than the "
            "last backup.",
        )


def _sums(cursor: Cursor) -> dict[str, Any]:
    tables = [
        row[0]
        for row in cursor.execute("SELECT table_name FROM duckdb_tables() ORDER BY 1").fetchall()
    ]
    return {
        table: cursor.execute(f"SELECT count(*), sum(hash(t)) FROM {table} t").fetchone()
        for table in tables
    }


def _compare(partial: Path, sums: dict[str, Any]) -> None:
    """Opens the copy on its own and compares number and contents of the rows of every table."""

    def read(connection: duckdb.DuckDBPyConnection) -> None:
        connection.execute((partial / "schema.sql").read_text(encoding="utf-8"))
        for table, expected in sums.items():
            rows = f"read_parquet({_quoted(partial / f'{table}.parquet')}) t"
            found = connection.execute(f"SELECT count(*), sum(hash(t)) FROM {rows}").fetchone()
            if found != expected:
                raise StorageFailed(
                    f"The backup of {table} differs from the database; it was thrown away.",
                    hint="Check the disk; the studio tries again at its next start.",
                )

    _alone(":memory:", partial, read)


def _load(folder: Path, fresh: Path) -> None:
    try:
        verify(folder)
    except ModelRefused as error:
        raise StorageFailed(
            f"The backup {folder.name} is not whole.", hint="Choose an older one."
        ) from error

    def read(connection: duckdb.DuckDBPyConnection) -> None:
        connection.execute(f"IMPORT DATABASE {_quoted(folder)}")
        connection.execute("CHECKPOINT")

    _alone(str(fresh), folder, read)


def _alone(where: str, folder: Path, work: Callable[[duckdb.DuckDBPyConnection], None]) -> None:
    try:
        with duckdb.connect(where) as connection:
            connection.execute(f"SET allowed_directories = [{_quoted(folder)}]")
            connection.execute("SET enable_external_access = false")
            work(connection)
    except duckdb.Error as error:
        raise translated(error) from error


def _newest_whole(folder: Path) -> Path:
    for backup in backups(folder):
        try:
            verify(backup.folder)
        except ModelRefused:
            continue
        return backup.folder
    raise NotFound(f"There is no whole backup in {folder}.")


def _put_aside(path: Path) -> Path | None:
    there = [file for file in (path, path.with_name(f"{path.name}.wal")) if file.exists()]
    if not there:
        return None
    aside = path.parent / f"damaged-{now().strftime(STAMP)}"
    aside.mkdir()
    # The write-ahead log first: left alone it would be replayed into the restored file.
    for file in reversed(there):
        file.rename(aside / file.name)
    return aside


def _clear_partials(folder: Path) -> None:
    for partial in folder.glob(".partial_*"):
        shutil.rmtree(partial, ignore_errors=True)


def _quoted(path: Path) -> str:
    return "'" + str(path).replace("'", "''") + "'"
