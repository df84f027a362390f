"""Database: the one door to DuckDB; a cursor per operation, one writer at a time, self-healing."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from types import TracebackType
from typing import Self

import duckdb

from studio.domain.errors import StorageFailed
from studio.store.cursor import Cursor
from studio.store.failures import disk_error, translated
from studio.store.migrate import migrate

MEMORY_LIMIT = "1GB"
"""Enough to import a million examples; beyond it DuckDB spills to disk beside the database."""


class Database:
    """The studio's database: a file, or memory for tests.

    `with db.read() as cursor` and `with db.write() as cursor` are the only ways in. Operations do
    not nest. What a `write` block did is on disk when the block has ended without an error.
    """

    def __init__(self, path: Path | None) -> None:
        """Opens the database, makes it where there is none, and brings its layout up to date.

        Raises:
            DataFolderInUse: when another process has it open.
            StorageFailed: when it is damaged, unwritable or made by a newer studio.
        """
        # DuckDB opens a second instance on the same file when it is reached through a link.
        self.path = None if path is None else path.expanduser().resolve()
        self._writer = threading.Lock()
        self._changed = threading.Condition()
        self._lent: dict[int, tuple[duckdb.DuckDBPyConnection, int]] = {}
        self._generation = 0
        self._reviving = False
        self._closed = False
        self._mine = threading.local()
        if self.path is not None:
            try:
                self.backups_dir.mkdir(parents=True, exist_ok=True)
            except OSError as error:
                raise disk_error(error, f"make the folder {self.path.parent}") from error
        self._root: duckdb.DuckDBPyConnection | None = self._open()
        with ExitStack() as otherwise:
            otherwise.callback(self.close)
            with self.write() as cursor:
                migrate(cursor)
            otherwise.pop_all()

    @property
    def backups_dir(self) -> Path:
        """The only folder that SQL may read from and write to."""
        if self.path is None:
            raise StorageFailed("A database in memory has no backups.")
        return self.path.parent / "backups"

    @contextmanager
    def read(self) -> Iterator[Cursor]:
        """Opens one reading operation; runs beside other readers and the writer."""
        with self._operation() as cursor:
            yield cursor

    @contextmanager
    def write(self) -> Iterator[Cursor]:
        """Opens the one writing operation: committed at the end, undone on any error."""
        self._refuse_nesting()
        with self._writer, self._operation() as cursor:
            cursor.execute("BEGIN TRANSACTION")
            with ExitStack() as otherwise:
                otherwise.callback(cursor.rollback)
                yield cursor
                cursor.execute("COMMIT")
                otherwise.pop_all()

    def close(self) -> None:
        """Ends every use and closes the file; calling it again changes nothing."""
        with self._changed:
            self._closed = True
            self._changed.wait_for(lambda: not self._lent)
            if self._root is not None:
                self._root.close()
                self._root = None

    def __enter__(self) -> Self:
        """Returns the open database."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Closes the database."""
        self.close()

    @contextmanager
    def _operation(self) -> Iterator[Cursor]:
        self._refuse_nesting()
        cursor = Cursor(self)
        self._mine.busy = True
        try:
            yield cursor
        finally:
            self._mine.busy = False
            cursor.close()

    def _refuse_nesting(self) -> None:
        # Reviving waits for all operations to end; one inside another would wait for itself.
        if getattr(self._mine, "busy", False):
            raise RuntimeError("Operations on the database do not nest.")

    def borrow(self) -> duckdb.DuckDBPyConnection:
        """Lends a connection of one operation's own; for `Cursor` only."""
        with self._changed:
            self._changed.wait_for(lambda: not self._reviving)
            if self._closed:
                raise StorageFailed("The studio is shutting down.", hint="Start it again.")
            if self._root is None:
                self._root = self._open()
            connection = self._root.cursor()
            self._lent[id(connection)] = (connection, self._generation)
            return connection

    def give_back(self, connection: duckdb.DuckDBPyConnection) -> None:
        """Takes a lent connection back; for `Cursor` only."""
        with self._changed:
            self._lent.pop(id(connection), None)
            connection.close()
            self._changed.notify_all()

    def revive(self, connection: duckdb.DuckDBPyConnection) -> duckdb.DuckDBPyConnection | None:
        """Reopens the database after a fatal error, once for all who saw it; for `Cursor` only.

        Returns None for a database in memory, which is lost with its connection.
        """
        with self._changed:
            _, generation = self._lent.pop(id(connection))
            connection.close()
            self._changed.notify_all()
            if self.path is None:
                return None
            if generation == self._generation:
                self._reopen(generation)
        return self.borrow()

    def _reopen(self, generation: int) -> None:
        # The dead instance lives as long as any connection to it, so all must be given back first.
        self._reviving = True
        self._changed.wait_for(lambda: not self._lent or self._generation != generation)
        if self._generation != generation:
            return
        if self._root is not None:
            self._root.close()
        self._root = None
        self._generation += 1
        self._reviving = False
        self._changed.notify_all()

    def _open(self) -> duckdb.DuckDBPyConnection:
        try:
            connection = duckdb.connect(":memory:" if self.path is None else str(self.path))
        except duckdb.Error as error:
            raise translated(error) from error
        try:
            for statement in self._settings():
                connection.execute(statement)
        except duckdb.Error as error:
            connection.close()
            raise translated(error) from error
        return connection

    def _settings(self) -> list[str]:
        """What is set at every opening, in this order; the last one forbids changes."""
        folders = [] if self.path is None else [str(self.backups_dir)]
        listed = ", ".join("'" + folder.replace("'", "''") + "'" for folder in folders)
        return [
            f"SET memory_limit = '{MEMORY_LIMIT}'",
            "SET TimeZone = 'UTC'",
            f"SET allowed_directories = [{listed}]",
            "SET enable_external_access = false",
            "SET autoload_known_extensions = false",
            "SET autoinstall_known_extensions = false",
            "SET allow_community_extensions = false",
            "SET python_enable_replacements = false",
            "SET lock_configuration = true",
        ]
