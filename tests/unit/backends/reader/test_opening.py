"""Encodings, compression and files that are something else."""

from __future__ import annotations

import codecs
import gzip
from pathlib import Path

import pytest

from backends.reader.limits import FileRefused
from backends.reader.opening import encoding_of, open_text

TEXT = "name,value\nMüller – “café” €5,日本\n"
LEGACY = "name,value\nMüller “café” €5,ñ\n"


def written(folder: Path, data: bytes) -> Path:
    path = folder / "file.csv"
    path.write_bytes(data)
    return path


@pytest.mark.parametrize(
    "data",
    [
        TEXT.encode("utf-8"),
        codecs.BOM_UTF8 + TEXT.encode("utf-8"),
        TEXT.encode("utf-16"),
        TEXT.encode("utf-16-le"),
        TEXT.encode("utf-16-be"),
        codecs.BOM_UTF16_BE + TEXT.encode("utf-16-be"),
        TEXT.encode("utf-32"),
        gzip.compress(TEXT.encode("utf-16")),
    ],
    ids=["utf-8", "mark", "utf-16", "le", "be", "be-mark", "utf-32", "gzip"],
)
def test_unicode_files_read_the_same_with_and_without_marks(tmp_path: Path, data: bytes) -> None:
    with open_text(written(tmp_path, data), newline="") as stream:
        assert stream.read() == TEXT


def test_windows_files_are_read_as_windows_1252(tmp_path: Path) -> None:
    with open_text(written(tmp_path, LEGACY.encode("cp1252")), newline="") as stream:
        assert stream.read() == LEGACY


def test_bytes_that_windows_1252_lacks_fall_back_to_latin_1(tmp_path: Path) -> None:
    path = written(tmp_path, b"caf\xe9 \x81")
    assert encoding_of(path) == "latin-1"


def test_one_bad_byte_among_good_ones_stays_where_it_is(tmp_path: Path) -> None:
    path = written(tmp_path, "Müller, Jäger, Größe\n".encode() + b"caf\xe9\n")
    with open_text(path, newline="") as stream:
        assert stream.read() == "Müller, Jäger, Größe\ncaf\udce9\n"


def test_a_character_cut_by_the_first_block_is_whole(tmp_path: Path) -> None:
    path = written(tmp_path, b"a" * 4095 + "é".encode() * 10)
    assert encoding_of(path) == "utf-8"


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "empty"),
        (b"  \n\n ", "empty"),
        (b"PK\x03\x04rest", "Excel"),
        (b"%PDF-1.7", "PDF"),
        (bytes(range(256)) * 8, "binary"),
        (gzip.compress(b"hello " * 100, mtime=0)[:-20], "damaged or cut short"),
        (b"\x1f\x8bnot gzip at all", "damaged or cut short"),
    ],
)
def test_what_is_no_text_is_said_so(tmp_path: Path, data: bytes, said: str) -> None:
    with pytest.raises(FileRefused, match=said):
        encoding_of(written(tmp_path, data))
