"""The reading process seen from the studio: what comes back, what is refused, what dies."""

from __future__ import annotations

import gzip
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import pyarrow
import pytest
from pyarrow import parquet

from backends.reader.backend import FileReader
from backends.reader.child import ROOT
from studio.domain.datasets import RawRow
from studio.domain.errors import InvalidDataset

DEADLINE = 10
"""Seconds in which a hostile file has to be refused."""


def read(path: Path) -> list[RawRow]:
    return list(FileReader().read(path))


def test_rows_come_back_in_order_with_their_lines(tmp_path: Path) -> None:
    file = tmp_path / "a.csv"
    file.write_text("text,label\nfirst,a\n\nsecond,b\n", encoding="utf-8")
    assert [(row.line, row.values) for row in read(file)] == [
        (2, {"text": "first", "label": "a"}),
        (4, {"text": "second", "label": "b"}),
    ]


def test_a_broken_line_is_reported_and_the_next_one_read(tmp_path: Path) -> None:
    file = tmp_path / "a.jsonl"
    file.write_text('{"a": 1}\n{"a": \n{"a": 3}\n', encoding="utf-8")
    rows = read(file)
    assert [row.values for row in rows] == [{"a": 1}, None, {"a": 3}]
    assert "not valid JSON" in rows[1].error
    assert rows[1].line == 2
    assert rows[1].excerpt == '{"a": \n'


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidDataset, match="no such file"):
        read(tmp_path / "gone.csv")


def test_a_file_of_another_kind_is_refused_with_what_is_understood(tmp_path: Path) -> None:
    file = tmp_path / "a.docx"
    file.write_bytes(b"whatever")
    with pytest.raises(InvalidDataset, match=r"\.docx.*\.jsonl"):
        read(file)


def test_leaving_early_ends_the_child(tmp_path: Path) -> None:
    file = tmp_path / "a.jsonl"
    file.write_text('{"a": "' + "x" * 1000 + '"}\n' * 20_000, encoding="utf-8")
    before = {child.pid for child in psutil.Process().children()}
    rows = FileReader().read(file)
    next(rows)
    started = {child.pid for child in psutil.Process().children()} - before
    rows.close()
    assert started
    assert not any(psutil.pid_exists(pid) for pid in started)


def test_memory_over_the_limit_ends_the_child_with_a_plain_sentence(tmp_path: Path) -> None:
    file = tmp_path / "a.json"
    file.write_text('{"rows": [' + '{"a": "b"},' * 400_000 + '{"a": "b"}]}', encoding="utf-8")
    with pytest.raises(InvalidDataset, match="more than 32 MB of memory"):
        list(FileReader(resident_bytes=32 << 20).read(file))


def test_time_over_the_limit_ends_the_child_with_a_plain_sentence(tmp_path: Path) -> None:
    file = tmp_path / "a.jsonl"
    file.write_text('{"a": "b"}\n' * 400_000, encoding="utf-8")
    with pytest.raises(InvalidDataset, match="more than 0.1 seconds"):
        list(FileReader(cpu_seconds=0.1).read(file))


def dictionary_bomb(path: Path) -> None:
    column = pyarrow.DictionaryArray.from_arrays(
        pyarrow.array([0] * 200_000, pyarrow.int32()), pyarrow.array(["x" * 1_000_000])
    )
    parquet.write_table(pyarrow.table({"prompt": column}), path, compression="zstd")
    assert path.stat().st_size < 1000


def list_bomb(path: Path) -> None:
    column = pyarrow.array([[None] * 20_000_000], pyarrow.list_(pyarrow.int32()))
    parquet.write_table(pyarrow.table({"prompt": column}), path, compression="zstd")
    assert path.stat().st_size < 1000


def gzip_bomb(path: Path) -> None:
    line = b'{"prompt": "' + b"a" * 1_000_000 + b'"}\n'
    with gzip.open(path, "wb") as stream:
        for _ in range(300):
            stream.write(line)


def endless_line(path: Path) -> None:
    with gzip.open(path, "wb") as stream:
        for _ in range(300):
            stream.write(b"a" * 1_000_000)


def deep_document(path: Path) -> None:
    path.write_text("[" * 100_000 + "]" * 100_000, encoding="utf-8")


def many_nothings(path: Path) -> None:
    path.write_text("[" + "[]," * 5_000_000 + "[]]", encoding="utf-8")


@pytest.mark.parametrize(
    ("name", "make"),
    [
        ("a.parquet", dictionary_bomb),
        ("b.parquet", list_bomb),
        ("a.jsonl.gz", gzip_bomb),
        ("a.csv.gz", endless_line),
        ("deep.json", deep_document),
        ("many.json", many_nothings),
    ],
)
def test_a_hostile_file_is_refused_in_time(
    tmp_path: Path, name: str, make: Callable[[Path], None]
) -> None:
    make(tmp_path / name)
    began = time.monotonic()
    with pytest.raises(InvalidDataset) as refusal:
        for _ in FileReader().read(tmp_path / name):
            pass
    assert time.monotonic() - began < DEADLINE
    assert refusal.value.hint or "nested" in refusal.value.message


HOLDER = """
import sys
from pathlib import Path
from backends.reader.backend import FileReader
rows = FileReader().read(Path(sys.argv[1]))
next(rows)
import psutil
print(psutil.Process().children()[0].pid, flush=True)
sys.stdin.read()
"""


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGKILL")
def test_the_child_dies_with_a_killed_studio(tmp_path: Path) -> None:
    file = tmp_path / "a.jsonl"
    file.write_text('{"a": "' + "x" * 1000 + '"}\n', encoding="utf-8")
    file.write_text(file.read_text(encoding="utf-8") * 20_000, encoding="utf-8")
    with subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(file)],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as studio:
        assert studio.stdout is not None
        child = psutil.Process(int(studio.stdout.readline()))
        os.kill(studio.pid, signal.SIGKILL)
        studio.wait()
    gone, _ = psutil.wait_procs([child], timeout=10)
    assert gone


def test_the_child_ends_when_its_input_is_closed(tmp_path: Path) -> None:
    file = tmp_path / "a.jsonl"
    file.write_text(('{"a": "' + "x" * 1000 + '"}\n') * 20_000, encoding="utf-8")
    with subprocess.Popen(
        [sys.executable, "-m", "backends.reader.read", str(file), str(os.getpid())],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as child:
        assert child.stdout is not None
        assert child.stdin is not None
        child.stdout.readline()
        child.stdin.close()
        assert child.wait(timeout=10) == 1


def test_the_child_sees_no_secret_of_the_studio(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-canary")
    file = tmp_path / "a.jsonl"
    file.write_text('{"a": 1}\n' * 20_000, encoding="utf-8")
    rows = FileReader().read(file)
    next(rows)
    child = max(psutil.Process().children(), key=lambda process: process.create_time())
    assert "OPENAI_API_KEY" not in child.environ()
    rows.close()
