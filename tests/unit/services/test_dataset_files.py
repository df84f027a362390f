"""Files come in whole and untouched, and go out whole and harmless."""

from __future__ import annotations

import csv
import errno
import hashlib
import os
import sys
from pathlib import Path

import pytest

from studio.domain.datasets import Example, Message, RefusedRow, Split
from studio.domain.errors import InvalidInput, NotFound, StorageFailed
from studio.services.dataset_files import copy_in, harmless, shown_name, write_chat, write_refused


def test_the_copy_is_exact_and_lies_under_its_hash(tmp_path: Path) -> None:
    data = os.urandom(3_000_000)
    (tmp_path / "a.part").write_bytes(data)
    source = copy_in(tmp_path / "a.part", "Tickets 2026.CSV.gz", tmp_path / "sources")
    assert Path(source.path).read_bytes() == data
    assert source.sha256 == hashlib.sha256(data).hexdigest()
    assert Path(source.path).name == f"{source.sha256}.csv.gz"
    assert (source.filename, source.size) == ("Tickets 2026.CSV.gz", 3_000_000)
    assert [path.name for path in (tmp_path / "sources").iterdir()] == [Path(source.path).name]


@pytest.mark.parametrize(
    ("given", "shown", "suffix"),
    [
        ("../../etc/passwd", "passwd", ""),
        ("C:\\Users\\me\\a.json", "a.json", ".json"),
        ("a.jsonl\0\n.csv", "a.jsonl.csv", ".csv"),
        ("x" * 300 + ".tsv", "x" * 116 + ".tsv", ".tsv"),
        ("a.$(reboot)", "a.$(reboot)", ""),
        ("", "file", ""),
    ],
)
def test_a_name_is_only_a_label(tmp_path: Path, given: str, shown: str, suffix: str) -> None:
    (tmp_path / "upload").write_bytes(b"a")
    source = copy_in(tmp_path / "upload", given, tmp_path / "sources")
    assert shown_name(given) == source.filename == shown
    assert Path(source.path) == tmp_path / "sources" / f"{source.sha256}{suffix}"


def test_a_missing_file_and_a_folder_are_refused(tmp_path: Path) -> None:
    with pytest.raises(NotFound):
        copy_in(tmp_path / "gone", "a.csv", tmp_path / "sources")
    with pytest.raises(InvalidInput, match="not a file"):
        copy_in(tmp_path, "a.csv", tmp_path / "sources")


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such pipes")
def test_a_pipe_is_refused_instead_of_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(InvalidInput, match="not a file"):
        copy_in(tmp_path / "pipe", "a.csv", tmp_path / "sources")


def test_a_file_over_the_limit_leaves_nothing_behind(tmp_path: Path) -> None:
    limit = 1024 * 1024
    (tmp_path / "a.csv").write_bytes(b"x" * (limit + 1))
    with pytest.raises(InvalidInput, match="larger than 1 MB"):
        copy_in(tmp_path / "a.csv", "a.csv", tmp_path / "sources", largest=limit)
    assert list((tmp_path / "sources").iterdir()) == []


def test_a_full_disk_is_said_so_and_leaves_nothing_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(handle: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    (tmp_path / "a.csv").write_bytes(b"x")
    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(StorageFailed, match="full"):
        copy_in(tmp_path / "a.csv", "a.csv", tmp_path / "sources")
    with pytest.raises(StorageFailed, match="full"):
        write_chat([], tmp_path / "out.jsonl")
    assert list((tmp_path / "sources").iterdir()) == []
    assert not (tmp_path / "out.jsonl").exists()


def test_an_export_that_fails_leaves_the_earlier_file(tmp_path: Path) -> None:
    turns = (Message(role="user", content="a"), Message(role="assistant", content="é"))
    example = Example(id="ex", line=1, messages=turns, prompt_hash="h", split=Split.TRAIN)
    out = tmp_path / "out.jsonl"
    write_chat([example], out)
    before = out.read_bytes()
    assert "é".encode() in before

    def breaking() -> object:
        yield example
        raise RuntimeError

    with pytest.raises(RuntimeError):
        write_chat(breaking(), out)
    assert out.read_bytes() == before
    assert [path.name for path in tmp_path.iterdir()] == ["out.jsonl"]


@pytest.mark.parametrize("cell", ["=1+1", "+1", "-1+1", "@SUM(1)", "\tx", "\rx", "\0x"])
def test_no_cell_begins_like_a_formula(tmp_path: Path, cell: str) -> None:
    assert harmless(cell) == f"'{cell}"
    assert harmless(f"a{cell}") == f"a{cell}"
    write_refused([RefusedRow(line=1, reason="r", excerpt=cell)], tmp_path / "r.csv")
    with (tmp_path / "r.csv").open(encoding="utf-8-sig", newline="") as stream:
        assert list(csv.reader(stream))[-1] == ["1", "r", f"'{cell}"]
