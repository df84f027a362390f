"""A file is replaced whole or not at all."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from backends.durable import replace


def test_text_and_bytes_are_written_as_they_are(tmp_path: Path) -> None:
    replace(tmp_path / "a", "één\nline\n")
    replace(tmp_path / "b", b"\x00\r\n")
    assert (tmp_path / "a").read_bytes() == "één\nline\n".encode()
    assert (tmp_path / "b").read_bytes() == b"\x00\r\n"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a", "b"]


def test_what_was_there_stays_when_the_new_content_cannot_be_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a"
    replace(path, "old")

    def full(handle: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        replace(path, "new")
    assert path.read_text() == "old"
