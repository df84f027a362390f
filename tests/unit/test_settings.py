"""Settings come from flags, then the environment, then the system; nothing else is read."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import ValidationError

from studio.settings import Settings, from_environment


@pytest.fixture(autouse=True)
def no_data_dir(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("LADDER_DATA_DIR", raising=False)


def test_a_flag_wins_over_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LADDER_DATA_DIR", str(tmp_path / "environment"))
    assert from_environment().data_dir == (tmp_path / "environment").resolve()
    assert from_environment(tmp_path / "flag").data_dir == (tmp_path / "flag").resolve()


def test_the_system_names_a_folder_when_nobody_else_does() -> None:
    folder = from_environment().data_dir
    assert folder.is_absolute()
    assert folder.name == "ladder-studio"


def test_a_home_folder_and_a_relative_folder_become_whole_paths(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    assert from_environment(Path("~/studio")).data_dir == tmp_path.resolve() / "studio"
    assert from_environment(Path("studio")).data_dir == tmp_path.resolve() / "studio"


def test_the_studio_listens_to_this_machine_only_unless_told(tmp_path: Path) -> None:
    assert from_environment(tmp_path).host == "127.0.0.1"
    chosen = from_environment(tmp_path, host="0.0.0.0", port=9000)
    assert (chosen.host, chosen.port) == ("0.0.0.0", 9000)


def test_a_flag_that_was_not_given_leaves_the_default(tmp_path: Path) -> None:
    assert from_environment(tmp_path, host=None, port=None) == from_environment(tmp_path)


def test_everything_lies_inside_the_data_folder(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path)
    places = [
        settings.database_path,
        settings.sources_dir,
        settings.models_dir,
        settings.runs_dir,
        settings.logs_dir,
        settings.wire_dir,
    ]
    assert len(set(places)) == len(places)
    assert all(place.parent == tmp_path for place in places)


def test_unknown_and_changed_settings_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ValidationError):
        from_environment(tmp_path, hots="x")
    with pytest.raises(ValidationError):
        Settings(data_dir=tmp_path).port = 1  # type: ignore[misc]
    assert list(tmp_path.iterdir()) == []
