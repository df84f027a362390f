"""The door to DuckDB: transactions, what SQL may not reach, second processes, fatal errors."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import duckdb
import pytest

from studio.domain.errors import DataFolderInUse, InvalidInput, StorageFailed, StudioError
from studio.store.cursor import Cursor
from studio.store.database import Database
from studio.store.projects import ProjectStore
from tests.unit.store import samples


def count(database: Database) -> int:
    with database.read() as cursor:
        return int(cursor.execute("SELECT count(*) FROM projects").scalar())


def insert(cursor: Cursor, id: str) -> None:
    cursor.execute("INSERT INTO projects VALUES (?, 'n', '', now()) ON CONFLICT DO NOTHING", [id])


def test_a_write_is_kept_when_its_block_ends(database: Database) -> None:
    with database.write() as cursor:
        insert(cursor, "a")
    assert count(database) == 1


def test_a_write_is_undone_when_its_block_raises(database: Database) -> None:
    with pytest.raises(ZeroDivisionError), database.write() as cursor:
        insert(cursor, "a")
        raise ZeroDivisionError
    assert count(database) == 0


def test_a_statement_that_fails_undoes_the_whole_write(database: Database) -> None:
    with pytest.raises(StudioError), database.write() as cursor:
        insert(cursor, "a")
        cursor.execute("INSERT INTO projects VALUES (NULL, 'n', '', now())")
    assert count(database) == 0
    with database.write() as cursor:
        insert(cursor, "b")
    assert count(database) == 1


def test_operations_do_not_nest(database: Database) -> None:
    with database.write(), pytest.raises(RuntimeError, match="nest"), database.read():
        pass
    with database.read(), pytest.raises(RuntimeError, match="nest"), database.write():
        pass
    assert count(database) == 0


def test_an_ended_operation_runs_nothing_more(database: Database) -> None:
    with database.read() as cursor:
        pass
    with pytest.raises(RuntimeError, match="ended"):
        cursor.execute("SELECT 1")


def test_a_closed_database_says_that_the_studio_is_shutting_down(database: Database) -> None:
    database.close()
    with pytest.raises(StorageFailed, match="shutting down"), database.read():
        pass


def test_half_a_character_is_refused_in_plain_words(database: Database) -> None:
    with pytest.raises(InvalidInput, match="surrogate"):
        ProjectStore(database).add(samples.project(name="broken \ud83d"))


PROBES = (
    "SELECT * FROM read_text('{file}')",
    "SELECT * FROM read_csv('{file}')",
    "SELECT * FROM read_blob('{file}')",
    "SELECT * FROM '{file}'",
    "SELECT * FROM glob('{folder}/*')",
    "COPY projects TO '{folder}/out.csv'",
    "ATTACH '{folder}/other.duckdb'",
    "EXPORT DATABASE '{folder}/export'",
    "SELECT * FROM read_text('{folder}/data/backups/../../secret.csv')",
    "INSTALL httpfs",
    "LOAD httpfs",
    "SELECT getenv('HOME')",
    "SET enable_external_access = true",
    "SET allowed_directories = ['/']",
    "RESET lock_configuration",
    "CREATE PERSISTENT SECRET s (TYPE s3, KEY_ID 'a', SECRET 'b')",
    "SELECT * FROM insert",
)


@pytest.mark.parametrize("probe", PROBES)
def test_sql_reaches_nothing_outside_the_backups(probe: str, tmp_path: Path) -> None:
    file = tmp_path / "secret.csv"
    file.write_text("a\n1\n")
    sql = probe.format(file=file, folder=tmp_path)
    with (
        Database(tmp_path / "data" / "studio.duckdb") as database,
        pytest.raises(StudioError),
        database.read() as cursor,
    ):
        cursor.execute(sql)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["data", "secret.csv"]


def test_a_link_to_the_file_is_the_same_database(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(tmp_path / "data", target_is_directory=True)
    with Database(tmp_path / "data" / "studio.duckdb") as one:
        ProjectStore(one).add(samples.project())
        with pytest.raises(DataFolderInUse, match="open already"):
            Database(tmp_path / "link" / "studio.duckdb")
    with Database(tmp_path / "link" / "studio.duckdb") as other:
        assert other.path == one.path
        assert count(other) == 1


SECOND = """
import sys
from pathlib import Path
from studio.domain.errors import DataFolderInUse
from studio.store.database import Database
try:
    Database(Path(sys.argv[1]))
except DataFolderInUse as error:
    sys.exit(str(error))
"""


def test_a_second_process_is_refused_in_one_sentence(on_disk: Database) -> None:
    other = subprocess.run(
        [sys.executable, "-c", SECOND, str(on_disk.path)], capture_output=True, text=True
    )
    assert other.returncode == 1
    assert other.stderr.startswith("Another studio process is already using this data folder.")
    assert "Traceback" not in other.stderr


def test_a_file_that_is_no_database_is_called_damaged(tmp_path: Path) -> None:
    path = tmp_path / "studio.duckdb"
    path.write_bytes(b"not a database" * 1000)
    with pytest.raises(StorageFailed, match="damaged") as caught:
        Database(path)
    assert "studio.store.restore" in caught.value.hint
    assert not isinstance(caught.value, DataFolderInUse)


def test_a_data_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("a file in the way")
    with pytest.raises(StorageFailed, match="could not make the folder"):
        Database(tmp_path / "data" / "studio.duckdb")


class Dying:
    """A connection on which the n-th statement from now ends in a fatal error."""

    def __init__(self, real: duckdb.DuckDBPyConnection, statements: int) -> None:
        self.real = real
        self._left = statements

    def execute(self, sql: str, parameters: list[object]) -> duckdb.DuckDBPyConnection:
        self._left -= 1
        if self._left == 0:
            raise duckdb.FatalException("FATAL Error: database has been invalidated")
        return self.real.execute(sql, parameters)


class DyingLender:
    """Lends connections that die; the ones lent after a revival live on, or die too."""

    def __init__(self, database: Database, *deaths: int) -> None:
        self.database = database
        self.deaths = list(deaths)
        self.revivals = 0

    def borrow(self) -> Dying:
        return self._dying(self.database.borrow())

    def give_back(self, connection: Dying) -> None:
        self.database.give_back(connection.real)

    def revive(self, connection: Dying) -> Dying | None:
        self.revivals += 1
        alive = self.database.revive(connection.real)
        return None if alive is None else self._dying(alive)

    def _dying(self, connection: duckdb.DuckDBPyConnection) -> Dying:
        return Dying(connection, self.deaths.pop(0) if self.deaths else 0)


@pytest.mark.parametrize("dies_at", [1, 2, 3, 4])
def test_a_fatal_error_is_survived_once_with_nothing_lost(on_disk: Database, dies_at: int) -> None:
    lender = DyingLender(on_disk, dies_at)
    cursor = Cursor(lender)
    cursor.execute("BEGIN")
    insert(cursor, "a")
    insert(cursor, "b")
    cursor.execute("COMMIT")
    cursor.close()
    assert lender.revivals == 1
    assert count(on_disk) == 2


def test_a_second_fatal_error_is_told_and_the_next_operation_works(on_disk: Database) -> None:
    cursor = Cursor(DyingLender(on_disk, 2, 2))
    cursor.execute("BEGIN")
    with pytest.raises(StorageFailed, match="invalidated"):
        insert(cursor, "a")
    cursor.close()
    with on_disk.write() as healthy:
        insert(healthy, "b")
    assert count(on_disk) == 1


def test_memory_cannot_be_reopened_so_a_fatal_error_is_told(database: Database) -> None:
    cursor = Cursor(DyingLender(database, 1))
    with pytest.raises(StorageFailed):
        cursor.execute("SELECT 1")
    cursor.close()
