"""Which reader a file gets: by its name, and by its content where the name lies."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pyarrow
import pytest
from pyarrow import parquet

from backends.reader.limits import FileRefused
from backends.reader.read import records

ROWS = [{"prompt": "a\u2028b", "completion": "c"}, {"prompt": "d", "completion": "é"}]
LINES = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in ROWS)


def values(path: Path) -> list[object]:
    return [record.values for record in records(path)]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.jsonl", LINES),
        ("a.ndjson", "\n" + LINES.replace("\n", "\r\n")),
        ("lines-called.json", LINES),
        ("array-called.jsonl", json.dumps(ROWS)),
        ("a.json", json.dumps(ROWS, indent=2)),
        ("wrapped.json", json.dumps({"version": 1.5, "data": ROWS, "tags": ["x"]})),
        ("a.csv", "prompt,completion\na\u2028b,c\nd,é\n"),
        ("a.tsv", "prompt\tcompletion\na\u2028b\tc\nd\té\n"),
        ("semicolons.csv", "prompt;completion\na\u2028b;c\nd;é\n"),
        ("UPPER.CSV", "prompt,completion\na\u2028b,c\nd,é\n"),
    ],
)
def test_the_same_rows_come_out_of_every_format(tmp_path: Path, name: str, text: str) -> None:
    plain, packed = tmp_path / name, tmp_path / f"{name}.gz"
    plain.write_bytes(text.encode())
    packed.write_bytes(gzip.compress(text.encode()))
    assert values(plain) == ROWS
    assert values(packed) == ROWS


def test_parquet_is_known_by_its_content(tmp_path: Path) -> None:
    path = tmp_path / "a.parquet"
    parquet.write_table(pyarrow.Table.from_pylist(ROWS), path)
    path.rename(tmp_path / "a.csv")
    assert values(tmp_path / "a.csv") == ROWS


def test_one_pretty_printed_conversation_is_one_row(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    row = {"messages": [{"role": "user", "content": "a"}, {"role": "assistant", "content": "b"}]}
    path.write_text(json.dumps(row, indent=2), encoding="utf-8")
    assert values(path) == [row]


def test_two_lists_of_rows_are_not_guessed_between(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    path.write_text(json.dumps({"train": ROWS, "test": ROWS}), encoding="utf-8")
    with pytest.raises(FileRefused, match="'train', 'test'"):
        values(path)


def test_a_wrapper_larger_than_any_row_is_streamed(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    rows = [{"prompt": "x" * 10_000, "completion": str(n)} for n in range(1000)]
    path.write_text(json.dumps({"name": "n", "tags": [1, 2], "data": rows}), encoding="utf-8")
    assert values(path) == rows


def test_text_behind_the_document_is_not_overlooked(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    path.write_text('[{"a": 1}]\n[{"a": 2}]', encoding="utf-8")
    with pytest.raises(FileRefused, match="Line 2: something follows"):
        values(path)


def test_a_broken_document_names_the_line(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    path.write_text('[\n{"a": 1},\n{"a": oops},\n{"a": 3}]' + " " * 100, encoding="utf-8")
    with pytest.raises(FileRefused, match="Line 3: this is not valid JSON"):
        values(path)
