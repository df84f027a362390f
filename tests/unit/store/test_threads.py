"""Many threads at once: readers see whole transactions, writers take turns, reopening waits."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import duckdb
import pytest

from studio.domain.errors import Conflict
from studio.domain.jobs import JobStatus
from studio.store.database import Database
from studio.store.jobs import JobStore
from studio.store.projects import ProjectStore
from tests.unit.store import samples


def together(*works: Callable[[], None]) -> None:
    with ThreadPoolExecutor(len(works)) as pool:
        for future in [pool.submit(work) for work in works]:
            future.result(timeout=60)


def test_readers_and_writers_get_no_wrong_answer(on_disk: Database) -> None:
    projects = ProjectStore(on_disk)
    written = threading.Event()

    def write(name: str) -> Callable[[], None]:
        def work() -> None:
            for n in range(40):
                # Two rows in one transaction: no reader may ever see one of them.
                with on_disk.write() as cursor:
                    for side in "ab":
                        row = [f"{name}-{n}-{side}", side, "x" * 500]
                        cursor.execute("INSERT INTO projects VALUES (?, ?, ?, now())", row)

        return work

    def read() -> None:
        while not written.is_set():
            with on_disk.read() as cursor:
                cursor.execute(
                    "SELECT name, count(*), min(length(description)) FROM projects GROUP BY 1"
                )
                found = {name: (n, length) for name, n, length in cursor.fetchall()}
            assert found.get("a") == found.get("b")
            assert set(found.values()) <= {(found.get("a", (0, 0))[0], 500)}

    def write_all() -> None:
        together(*(write(name) for name in "pqrs"))
        written.set()

    together(write_all, read, read, read)
    assert len(projects.all()) == 320


def test_only_one_of_many_movers_wins(on_disk: Database) -> None:
    jobs = JobStore(on_disk)
    job = samples.job()
    jobs.add(job)
    won: list[str] = []

    def move(name: str) -> Callable[[], None]:
        def work() -> None:
            try:
                jobs.save(job.moved_to(JobStatus.RUNNING, message=name), JobStatus.QUEUED)
            except Conflict:
                return
            won.append(name)

        return work

    together(*(move(str(n)) for n in range(8)))
    assert [jobs.get(job.id).message] == won


def test_a_revival_waits_for_readers_and_holds_back_new_ones(on_disk: Database) -> None:
    ProjectStore(on_disk).add(samples.project())
    reader_is_in, reader_may_go = threading.Event(), threading.Event()
    order: list[str] = []

    def read() -> None:
        with on_disk.read() as cursor:
            reader_is_in.set()
            assert reader_may_go.wait(30)
            assert cursor.execute("SELECT count(*) FROM projects").scalar() == 1
            order.append("reader left")

    def revive() -> None:
        assert reader_is_in.wait(30)
        dead = on_disk.borrow()
        reader_may_go.set()
        alive = on_disk.revive(dead)
        order.append("revived")
        assert alive is not None
        assert alive.execute("SELECT count(*) FROM projects").fetchone() == (1,)
        on_disk.give_back(alive)
        with pytest.raises(duckdb.Error):
            dead.execute("SELECT 1")

    together(read, revive)
    assert order == ["reader left", "revived"]


def test_several_operations_that_saw_the_same_death_revive_once(on_disk: Database) -> None:
    dead = [on_disk.borrow() for _ in range(4)]
    alive: list[duckdb.DuckDBPyConnection] = []

    def revive(connection: duckdb.DuckDBPyConnection) -> Callable[[], None]:
        def work() -> None:
            new = on_disk.revive(connection)
            assert new is not None
            alive.append(new)
            new.execute("SELECT 1")

        return work

    together(*(revive(connection) for connection in dead))
    assert len(alive) == 4
    for connection in alive:
        on_disk.give_back(connection)
