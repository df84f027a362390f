"""One studio for each data folder; the note tells who, and counts only while the lock is held."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from studio.domain.errors import DataFolderInUse
from studio.store.lock import FILENAME, DataFolderLock, holder

HOLD = """
import sys
from pathlib import Path
from studio.store.lock import DataFolderLock
DataFolderLock(Path(sys.argv[1])).acquire(port=8123, token="secret")
print("held", flush=True)
sys.stdin.read()
"""


def test_the_note_says_who_holds_the_folder(tmp_path: Path) -> None:
    assert holder(tmp_path) is None
    with DataFolderLock(tmp_path) as lock:
        found = holder(tmp_path)
        assert found is not None
        assert (found.pid, found.port, found.token) == (os.getpid(), None, "")
        lock.announce(port=8080, token="a-token")
        found = holder(tmp_path)
        assert found is not None
        assert (found.port, found.token) == (8080, "a-token")
        lock.announce(port=None, token="")
        assert holder(tmp_path) == found.with_(port=None, token="")
    assert holder(tmp_path) is None


def test_only_the_owner_may_read_the_note(tmp_path: Path) -> None:
    (tmp_path / FILENAME).touch(mode=0o644)
    with DataFolderLock(tmp_path):
        assert stat.S_IMODE((tmp_path / FILENAME).stat().st_mode) == 0o600


def test_a_folder_that_is_not_there_is_made(tmp_path: Path) -> None:
    with DataFolderLock(tmp_path / "new" / "data"):
        assert holder(tmp_path / "new" / "data") is not None


def test_a_folder_that_is_not_there_has_no_holder(tmp_path: Path) -> None:
    assert holder(tmp_path / "nowhere") is None


def test_a_second_studio_is_told_which_process_was_first(tmp_path: Path) -> None:
    with DataFolderLock(tmp_path), pytest.raises(DataFolderInUse) as caught:
        DataFolderLock(tmp_path).acquire()
    assert str(os.getpid()) in caught.value.message
    assert "--data-dir" in caught.value.hint


def test_a_link_to_the_folder_is_the_same_folder(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "data", target_is_directory=True)
    with DataFolderLock(tmp_path / "data"), pytest.raises(DataFolderInUse):
        DataFolderLock(tmp_path / "link").acquire()


def test_a_released_folder_can_be_taken_again(tmp_path: Path) -> None:
    lock = DataFolderLock(tmp_path)
    for _ in range(2):
        with lock:
            assert holder(tmp_path) is not None
    lock.release()


def test_a_killed_holder_holds_nothing(tmp_path: Path) -> None:
    process = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(tmp_path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "held\n"
    found = holder(tmp_path)
    assert found is not None
    assert (found.pid, found.port, found.token) == (process.pid, 8123, "secret")
    process.kill()
    process.communicate()
    assert (tmp_path / FILENAME).read_text().startswith("{"), "the note is still there"
    assert holder(tmp_path) is None
    with DataFolderLock(tmp_path):
        assert holder(tmp_path) is not None
