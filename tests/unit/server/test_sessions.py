"""Sessions survive a restart, end in time, and their file gives nothing away."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from studio.server.sessions import LIFETIME, MOST, LaunchKeys, Sessions, kept_secret


def test_a_session_is_known_after_a_restart(tmp_path: Path) -> None:
    file = tmp_path / "ui" / "sessions.json"
    token = Sessions(file).issue()
    assert Sessions(file).knows(token)
    assert token not in file.read_text()


def test_a_session_ends(tmp_path: Path) -> None:
    now = [1000.0]
    sessions = Sessions(tmp_path / "s.json", clock=lambda: now[0])
    token = sessions.issue()
    now[0] += LIFETIME + 1
    assert not sessions.knows(token)


def test_the_oldest_sessions_go_first(tmp_path: Path) -> None:
    now = [0.0]
    sessions = Sessions(tmp_path / "s.json", clock=lambda: now[0])
    tokens = []
    for _ in range(MOST + 1):
        now[0] += 1
        tokens.append(sessions.issue())
    assert not sessions.knows(tokens[0])
    assert sessions.knows(tokens[1])


@pytest.mark.parametrize("text", ["", "{", "[]", '{"a": "b"}', '{"a": null}'])
def test_a_damaged_file_signs_nobody_in(tmp_path: Path, text: str) -> None:
    file = tmp_path / "s.json"
    file.write_text(text)
    sessions = Sessions(file)
    assert not sessions.knows("a")
    assert sessions.knows(sessions.issue())


def test_nobody_is_known_by_nothing(tmp_path: Path) -> None:
    assert not Sessions(tmp_path / "s.json").knows("")


@pytest.mark.skipif(os.name != "posix", reason="rights of files are another matter there")
def test_only_this_user_can_read_what_is_kept(tmp_path: Path) -> None:
    Sessions(tmp_path / "s.json").issue()
    kept_secret(tmp_path / "secret")
    for name in ("s.json", "secret"):
        assert stat.S_IMODE((tmp_path / name).stat().st_mode) == 0o600


def test_the_secret_is_made_once(tmp_path: Path) -> None:
    first = kept_secret(tmp_path / "secret")
    assert len(first) >= 32
    assert kept_secret(tmp_path / "secret") == first


def test_a_key_for_the_terminal_works_again_and_one_for_the_browser_does_not() -> None:
    keys = LaunchKeys()
    terminal, browser = keys.mint(once=False), keys.mint(once=True)
    assert [keys.accept(terminal), keys.accept(terminal)] == [True, True]
    assert [keys.accept(browser), keys.accept(browser)] == [True, False]
    assert not keys.accept("")


def test_on_a_full_disk_people_still_get_in(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "ui").write_text("a file in the folder's way")
    sessions = Sessions(tmp_path / "ui" / "sessions.json")
    assert sessions.knows(sessions.issue())
    assert "could not be kept" in caplog.text
