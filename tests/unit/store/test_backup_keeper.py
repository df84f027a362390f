"""A changing database is backed up every few minutes, an idle one is not, and nobody waits."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from studio.store.backup import back_up, backups, restore
from studio.store.backup_keeper import EVERY, LOOK, BackupKeeper, back_up_when_due
from studio.store.database import Database
from studio.store.projects import ProjectStore
from tests.fakes.measuring import wait_until
from tests.unit.store import samples
from tests.unit.store.test_backup import tear

NOW = timedelta(0)


def grow_older(database: Database) -> None:
    """Lets the database have been made two days ago."""
    with database.write() as cursor:
        cursor.execute("UPDATE migrations SET applied_at = applied_at - INTERVAL 2 DAY")


def written(database: Database) -> datetime:
    """Returns when the database's files were last changed."""
    assert database.path is not None
    files = [database.path, database.path.with_name(f"{database.path.name}.wal")]
    return max(datetime.fromtimestamp(file.stat().st_mtime, UTC) for file in files if file.exists())


def test_what_a_torn_database_can_cost_is_at_most_a_quarter_of_an_hour() -> None:
    assert EVERY + timedelta(seconds=LOOK) < timedelta(minutes=15)


def test_a_new_database_is_backed_up_once_it_has_something_to_lose(on_disk: Database) -> None:
    assert back_up_when_due(on_disk) is None, "made just now"
    grow_older(on_disk)
    assert back_up_when_due(on_disk) is not None
    assert back_up_when_due(on_disk) is None, "the newest is young"


def test_only_what_changed_is_backed_up_again(on_disk: Database) -> None:
    ProjectStore(on_disk).add(samples.project())
    assert back_up_when_due(on_disk, NOW) is not None
    assert back_up_when_due(on_disk, NOW) is None
    ProjectStore(on_disk).add(samples.project())
    assert back_up_when_due(on_disk, NOW) is not None
    assert back_up_when_due(on_disk, NOW) is None


def test_a_change_before_a_restart_is_backed_up_after_it(on_disk: Database) -> None:
    back_up(on_disk)
    ProjectStore(on_disk).add(samples.project())
    assert on_disk.path is not None
    on_disk.close()
    with Database(on_disk.path) as again:
        assert back_up_when_due(again, NOW) is not None


def test_an_idle_database_is_not_backed_up_by_opening_it(on_disk: Database) -> None:
    ProjectStore(on_disk).add(samples.project())
    assert on_disk.path is not None
    on_disk.close()
    with Database(on_disk.path) as again:
        back_up(again)
    with Database(on_disk.path) as again:
        assert back_up_when_due(again, NOW) is None


def test_the_keeper_backs_up_each_change_while_others_work(on_disk: Database) -> None:
    projects, keeper = ProjectStore(on_disk), BackupKeeper(on_disk, every=NOW, look=0.01)
    keeper.start()
    try:
        for _ in range(3):
            projects.add(samples.project())
            # Not the present moment: a backup may have begun since, and would be the last one due.
            added = written(on_disk)
            wait_until(lambda added=added: any(b.at > added for b in backups(on_disk.backups_dir)))
    finally:
        keeper.close()
    kept = projects.all()
    assert on_disk.path is not None
    newest = backups(on_disk.backups_dir)[0].folder
    on_disk.close()
    tear(on_disk.path)
    restore(on_disk.path, newest)
    with Database(on_disk.path) as again:
        assert ProjectStore(again).all() == kept


def test_a_backup_that_fails_keeps_nobody_from_work_and_is_tried_again(
    on_disk: Database, caplog: pytest.LogCaptureFixture
) -> None:
    keeper = BackupKeeper(on_disk, every=NOW)
    on_disk.backups_dir.rmdir()
    on_disk.backups_dir.write_text("a file in the way")
    keeper.look()
    assert "No backup was made" in caplog.text
    ProjectStore(on_disk).add(samples.project())
    on_disk.backups_dir.unlink()
    on_disk.backups_dir.mkdir()
    keeper.look()
    assert len(backups(on_disk.backups_dir)) == 1


def test_trouble_is_not_logged_at_every_look(
    on_disk: Database, caplog: pytest.LogCaptureFixture
) -> None:
    grow_older(on_disk)
    keeper = BackupKeeper(on_disk, every=timedelta(hours=1))
    on_disk.backups_dir.rmdir()
    on_disk.backups_dir.write_text("a file in the way")
    for _ in range(3):
        keeper.look()
    assert caplog.text.count("No backup was made") == 1


def test_closing_ends_the_keeper_at_once(tmp_path: Path) -> None:
    with Database(tmp_path / "studio.duckdb") as database:
        keeper = BackupKeeper(database)
        keeper.start()
        keeper.close()
        keeper.close()
