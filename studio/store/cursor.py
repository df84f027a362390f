"""Cursor: the statements of one operation, remembered to run again after a fatal error."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any, Protocol, Self, TypeVar

import duckdb

from studio.domain.errors import InvalidInput, StudioError
from studio.store.failures import FATAL, HALF_CHARACTER, HALF_CHARACTER_HINT, translated

if TYPE_CHECKING:
    import pyarrow as pa

T = TypeVar("T")
Row = tuple[Any, ...]


class Lender(Protocol):
    """Who lends connections to cursors: `studio.store.database.Database`, or a test."""

    def borrow(self) -> duckdb.DuckDBPyConnection:
        """Lends a connection of this operation's own."""

    def give_back(self, connection: duckdb.DuckDBPyConnection) -> None:
        """Takes a lent connection back."""

    def revive(self, connection: duckdb.DuckDBPyConnection) -> duckdb.DuckDBPyConnection | None:
        """Takes a dead connection back and lends one to the reopened database, if it can be."""


class Cursor:
    """Runs SQL for one operation; every statement must be harmless when it is run a second time.

    A fatal error (a checkpoint on a full disk, for instance) leaves DuckDB unusable until it is
    opened again, and leaves open whether the last COMMIT took. The cursor then reopens the database
    once, runs what it had run, and goes on.
    """

    def __init__(self, lender: Lender) -> None:
        self._lender = lender
        self._connection: duckdb.DuckDBPyConnection | None = lender.borrow()
        self._done: list[Callable[[duckdb.DuckDBPyConnection], None]] = []
        self._names: list[str] = []
        self._types: list[str] = []
        self._rows: list[Row] = []
        self._revived = False

    def execute(self, sql: str, parameters: Sequence[object] = ()) -> Self:
        """Runs one statement and holds its rows."""

        def step(connection: duckdb.DuckDBPyConnection) -> None:
            result = connection.execute(sql, list(parameters))
            self._names = [column[0] for column in result.description or ()]
            self._types = [str(column[1]) for column in result.description or ()]
            self._rows = result.fetchall() if result.description else []

        self._run(step)
        return self

    def insert_batches(self, sql: str, batches: Iterable[Callable[[], pa.Table]]) -> None:
        """Runs `sql`, which selects from `incoming`, once for each Arrow table.

        Tables are made when needed, and made again should the operation be repeated, so that only
        one of them is in memory at a time.
        """
        for make in batches:

            def step(
                connection: duckdb.DuckDBPyConnection, make: Callable[[], pa.Table] = make
            ) -> None:
                connection.register("incoming", make())
                try:
                    connection.execute(sql)
                finally:
                    connection.unregister("incoming")

            self._run(step)

    @property
    def columns(self) -> list[tuple[str, str]]:
        """Name and DuckDB type of each column of the rows held."""
        return list(zip(self._names, self._types, strict=True))

    def fetchall(self) -> list[Row]:
        """Returns the rows of the last statement that were not fetched yet."""
        rows, self._rows = self._rows, []
        return rows

    def fetchone(self) -> Row | None:
        """Returns the next row of the last statement, or None."""
        return self._rows.pop(0) if self._rows else None

    def scalar(self) -> Any:
        """Returns the first column of the next row, or None when there is no row."""
        row = self.fetchone()
        return None if row is None else row[0]

    def rollback(self) -> None:
        """Undoes the transaction as far as one is open."""
        if self._connection is not None:
            try:
                self._connection.execute("ROLLBACK")
            except duckdb.Error:
                return  # A failed COMMIT has already rolled back; a dead database holds nothing.

    def close(self) -> None:
        """Gives the connection back."""
        if self._connection is not None:
            self._lender.give_back(self._connection)
            self._connection = None

    def _run(self, step: Callable[[duckdb.DuckDBPyConnection], None]) -> None:
        try:
            self._attempt(step)
        except FATAL as error:
            self._revive(error)
            try:
                for earlier in self._done:
                    self._attempt(earlier)
                self._attempt(step)
            except FATAL as again:
                self._abandon()
                raise translated(again) from again
        self._done.append(step)

    def _attempt(self, step: Callable[[duckdb.DuckDBPyConnection], None]) -> None:
        if self._connection is None:
            raise RuntimeError("This operation has ended.")
        try:
            step(self._connection)
        except FATAL:
            raise
        except duckdb.Error as error:
            raise translated(error) from error
        except UnicodeError as error:
            raise InvalidInput(HALF_CHARACTER, hint=HALF_CHARACTER_HINT) from error

    def _revive(self, error: duckdb.Error) -> None:
        dead, self._connection = self._connection, None
        if dead is None:
            raise RuntimeError("This operation has ended.")
        if self._revived:
            self._lender.give_back(dead)
            raise translated(error) from error
        self._revived = True
        self._connection = self._lender.revive(dead)
        if self._connection is None:
            raise translated(error) from error

    def _abandon(self) -> None:
        dead, self._connection = self._connection, None
        if dead is None:
            return
        try:
            alive = self._lender.revive(dead)
        except StudioError:
            return  # The next operation opens the database again, or says why it cannot.
        if alive is not None:
            self._lender.give_back(alive)
