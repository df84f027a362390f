"""BackupKeeper: backs the database up every ten minutes while it changes, beside all other work."""

from __future__ import annotations

import logging
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path

from studio.domain.errors import StudioError
from studio.domain.values import now
from studio.store.backup import back_up, backups
from studio.store.database import Database

EVERY = timedelta(minutes=10)
"""Age from which the newest backup is too old, when something has changed since."""
LOOK = 20.0
"""Seconds between two looks."""

log = logging.getLogger(__name__)


class BackupKeeper:
    """One thread that backs up what changed; writers are not kept waiting by it."""

    def __init__(self, database: Database, *, every: timedelta = EVERY, look: float = LOOK) -> None:
        self._database, self._every, self._look = database, every, look
        self._ended = threading.Event()
        self._thread: threading.Thread | None = None
        self._not_before: datetime | None = None

    def start(self) -> None:
        """Begins; the first look is at once."""
        self._thread = threading.Thread(target=self._work, name="backup", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Ends, after the backup in progress; call it before the database is closed."""
        self._ended.set()
        if self._thread is not None:
            self._thread.join()

    def _work(self) -> None:
        while not self._ended.is_set():
            self.look()
            self._ended.wait(self._look)

    def look(self) -> None:
        """Makes a backup when one is due; one that fails is logged and tried again later."""
        if self._not_before is not None and now() < self._not_before:
            return
        try:
            folder = back_up_when_due(self._database, self._every)
        except StudioError as error:
            # It must keep nobody from work, nor fill the log.
            self._not_before = now() + self._every
            log.warning("No backup was made: %s", error)
        else:
            self._not_before = None
            if folder is not None:
                log.info("The database was backed up to %s.", folder)


def back_up_when_due(database: Database, every: timedelta = EVERY) -> Path | None:
    """Makes a backup when something changed and the newest one is older than `every`.

    A database without a backup counts from when it was made.
    """
    newest = next(iter(backups(database.backups_dir)), None)
    if now() - (_born(database) if newest is None else newest.at) < every:
        return None
    if newest is not None and _last_change(database) <= newest.at:
        return None
    return back_up(database)


def _last_change(database: Database) -> datetime:
    """Returns when the database last wrote anything: every commit goes to its log, then to it."""
    path = database.path
    if path is None:
        return now()
    found = [datetime.min.replace(tzinfo=UTC)]
    for file in (path, path.with_name(f"{path.name}.wal")):
        try:
            found.append(datetime.fromtimestamp(file.stat().st_mtime, UTC))
        except FileNotFoundError:
            continue  # the log comes and goes
    return max(found)


def _born(database: Database) -> datetime:
    with database.read() as cursor:
        moment: datetime = cursor.execute("SELECT min(applied_at) FROM migrations").scalar()
    return moment.replace(tzinfo=UTC)
