"""Backup: verified copies of the database as Parquet, and the way back from one."""

from __future__ import annotations

import logging
import shutil
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

import duckdb

from studio.domain.errors import ModelRefused, NotFound, StorageFailed, StudioError
from studio.domain.values import new_id, now
from studio.store.artifacts import MANIFEST, publish, sync_folder, verify
from studio.store.cursor import Cursor
from studio.store.database import Database
from studio.store.failures import disk_error, translated
from studio.store.feedback import FeedbackStore
from studio.store.journal import STAMP
from studio.store.lock import DataFolderLock

log = logging.getLogger(__name__)

KEEP = 5
"""Backups kept; the oldest go first."""
EVERY = timedelta(days=1)


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


def back_up_when_due(database: Database, every: timedelta = EVERY) -> Path | None:
    """Makes a backup when the newest one, or the database itself, is older than `every`."""
    newest = backups(database.backups_dir)
    if now() - (newest[0].at if newest else _born(database)) < every:
        return None
    return back_up(database)


def back_up_in_background(database: Database) -> threading.Thread:
    """Does `back_up_when_due` beside other work; join the thread before closing the database.

    A backup that fails is logged and tried again at the next start: it must keep nobody from work.
    """

    def work() -> None:
        try:
            folder = back_up_when_due(database)
        except StudioError as error:
            log.warning("No backup was made: %s", error)
        else:
            if folder is not None:
                log.info("The database was backed up to %s.", folder)

    thread = threading.Thread(target=work, name="backup")
    thread.start()
    return thread


def back_up(database: Database, keep: int = KEEP) -> Path:
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
        for old in backups(database.backups_dir)[keep:]:
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


def _born(database: Database) -> datetime:
    with database.read() as cursor:
        moment: datetime = cursor.execute("SELECT min(applied_at) FROM migrations").scalar()
    return moment.replace(tzinfo=UTC)


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
