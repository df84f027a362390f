"""Backups are whole, checked and few; a restored studio has all feedback ever acknowledged."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from studio.domain.errors import DataFolderInUse, NotFound, StorageFailed
from studio.domain.feedback import Inference
from studio.store.artifacts import verify
from studio.store.backup import Backup, back_up, backups, restore, superseded
from studio.store.database import Database
from studio.store.feedback import FeedbackStore
from studio.store.lock import DataFolderLock
from studio.store.projects import ProjectStore
from studio.store.restore import main
from tests.small_disk import mounted
from tests.unit.store import samples
from tests.unit.store.release import as_sql, fill


def add_feedback(database: Database, n: int) -> list[Inference]:
    store, added = FeedbackStore(database), []
    for _ in range(n):
        added.append(samples.inference())
        store.add_inference(added[-1])
        store.add(samples.feedback(added[-1].id))
    return added


def tear(path: Path) -> None:
    """Overwrites the start of the first data block, as a power cut while it was written may."""
    with path.open("r+b") as stream:
        stream.seek(12288)
        stream.write(b"\xff" * 4096)


def test_a_restored_database_equals_the_one_backed_up(on_disk: Database) -> None:
    fill(on_disk)
    before = sorted(as_sql(on_disk).splitlines())
    folder = back_up(on_disk)
    verify(folder)
    assert on_disk.path is not None
    on_disk.close()
    tear(on_disk.path)
    with pytest.raises(StorageFailed, match="damaged"):
        Database(on_disk.path)
    aside = restore(on_disk.path)
    assert aside is not None
    assert (aside / "studio.duckdb").exists()
    with Database(on_disk.path) as again:
        assert sorted(as_sql(again).splitlines()) == before


def test_no_column_changes_its_type_in_a_backup(on_disk: Database) -> None:
    # Parquet knows no HUGEINT and writes a DOUBLE: such a copy differs, and none would be made.
    with on_disk.write() as cursor:
        cursor.execute(
            "INSERT INTO traffic_minutes VALUES "
            "('dep', 'rev', 'champion', TIMESTAMP '2026-11-24', 1, 0, 12, 2, 0, 4000000000001, 0)"
        )
    folder = back_up(on_disk)
    with on_disk.read() as cursor:
        kinds = cursor.execute("SELECT DISTINCT data_type FROM duckdb_columns()").fetchall()
    assert ("HUGEINT",) not in kinds
    assert (folder / "traffic_minutes.parquet").exists()


def test_feedback_given_after_the_backup_comes_back_from_the_journal(on_disk: Database) -> None:
    given = add_feedback(on_disk, 3)
    back_up(on_disk)
    given += add_feedback(on_disk, 4)
    assert on_disk.path is not None
    on_disk.close()
    tear(on_disk.path)
    restore(on_disk.path)
    with Database(on_disk.path) as again:
        store = FeedbackStore(again)
        assert {one.id for one in store.inferences("project_1")} == {one.id for one in given}
        assert set(store.latest_thumbs([one.id for one in given])) == {one.id for one in given}
        assert store.replay() == 0


def test_only_the_newest_backups_are_kept(on_disk: Database) -> None:
    for _ in range(4):
        ProjectStore(on_disk).add(samples.project())
        back_up(on_disk, keep=2, days=1)
    kept = backups(on_disk.backups_dir)
    assert len(kept) == 2
    assert kept[0].at > kept[1].at
    assert sorted(path.name for path in on_disk.backups_dir.iterdir()) == sorted(
        backup.folder.name for backup in kept
    )


def test_the_journal_reaches_back_to_the_oldest_kept_backup(on_disk: Database) -> None:
    store = FeedbackStore(on_disk)
    assert store.journal is not None
    for _ in range(5):
        add_feedback(on_disk, 1)
        back_up(on_disk, keep=2, days=1)
    kept = [fields["id"] for word, fields in store.journal.lines() if word == "inference"]
    newest_first = [one.id for one in store.inferences("project_1")]
    assert 2 <= len(kept) <= 3, "older lines are in every kept backup"
    assert set(newest_first[: len(kept)]) == set(kept)


def test_a_damaged_backup_is_passed_over_for_an_older_one(on_disk: Database) -> None:
    project = samples.project()
    ProjectStore(on_disk).add(project)
    back_up(on_disk)
    newest = back_up(on_disk)
    (newest / "projects.parquet").write_bytes(b"torn")
    assert on_disk.path is not None
    on_disk.close()
    restore(on_disk.path)
    with Database(on_disk.path) as again:
        assert ProjectStore(again).get(project.id) == project


def test_a_damaged_backup_chosen_by_hand_changes_nothing(on_disk: Database) -> None:
    folder = back_up(on_disk)
    (folder / "projects.parquet").write_bytes(b"torn")
    assert on_disk.path is not None
    on_disk.close()
    with pytest.raises(StorageFailed, match="not whole"):
        restore(on_disk.path, folder)
    names = {path.name for path in on_disk.path.parent.iterdir()}
    assert names == {"studio.duckdb", "backups", "studio.lock"}


def test_nothing_is_restored_under_a_running_studio(on_disk: Database) -> None:
    back_up(on_disk)
    assert on_disk.path is not None
    with DataFolderLock(on_disk.path.parent), pytest.raises(DataFolderInUse):
        restore(on_disk.path)


def test_without_a_backup_nothing_is_touched(tmp_path: Path) -> None:
    (tmp_path / "studio.duckdb").write_bytes(b"damaged")
    with pytest.raises(NotFound, match="no whole backup"):
        restore(tmp_path / "studio.duckdb")
    assert (tmp_path / "studio.duckdb").read_bytes() == b"damaged"


def test_the_newest_and_the_last_of_each_day_are_kept() -> None:
    noon = datetime(2026, 11, 24, 12, tzinfo=UTC)
    hours = [noon - timedelta(hours=2 * n) for n in range(60)]
    found = [Backup(at, Path(str(at))) for at in hours]
    gone = superseded(found, keep=3, days=4)
    kept = [backup.at for backup in found if backup not in gone]
    assert kept == [
        *(noon - timedelta(hours=2 * n) for n in range(3)),
        *(datetime(2026, 11, day, 22, tzinfo=UTC) for day in (23, 22, 21)),
    ]


def test_a_nearly_full_disk_is_left_to_those_who_work(tmp_path: Path) -> None:
    with (
        mounted(tmp_path / "small", 100_000_000) as disk,
        Database(disk / "studio.duckdb") as database,
    ):
        with pytest.raises(StorageFailed, match="too little room on the disk for a backup"):
            back_up(database)
        assert list(database.backups_dir.iterdir()) == []


def test_a_backup_is_of_one_moment_while_others_write(on_disk: Database) -> None:
    stop = threading.Event()

    def write() -> None:
        while not stop.is_set():
            ProjectStore(on_disk).add(samples.project(description="x" * 2000))

    writer = threading.Thread(target=write)
    writer.start()
    try:
        folders = [back_up(on_disk) for _ in range(3)]
    finally:
        stop.set()
        writer.join(30)
    assert len({verify(folder) for folder in folders}) == 3


def test_the_command_says_where_the_damaged_files_went(
    on_disk: Database, capsys: pytest.CaptureFixture[str]
) -> None:
    back_up(on_disk)
    assert on_disk.path is not None
    on_disk.close()
    assert main(["--data-dir", str(on_disk.path.parent)]) == 0
    assert "damaged-" in capsys.readouterr().err


def test_the_command_says_why_it_cannot(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--data-dir", str(tmp_path)]) == 1
    assert "no whole backup" in capsys.readouterr().err
