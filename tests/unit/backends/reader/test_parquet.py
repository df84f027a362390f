"""Parquet columns of every kind as text, lists and objects."""

from __future__ import annotations

import datetime
import decimal
import gzip
from pathlib import Path

import pyarrow
import pytest
from pyarrow import parquet

from backends.reader.limits import FileRefused
from backends.reader.parquet import looks_like, records

CHAT = [{"role": "user", "content": "a"}, {"role": "assistant", "content": "b"}]


def test_values_become_what_json_can_carry(tmp_path: Path) -> None:
    row = {
        "text": "é",
        "number": 3,
        "share": 0.5,
        "missing": float("nan"),
        "none": None,
        "yes": True,
        "day": datetime.date(2026, 1, 2),
        "price": decimal.Decimal("1.50"),
        "messages": CHAT,
    }
    table = pyarrow.Table.from_pylist([row]).append_column(
        "moment", pyarrow.array([1_700_000_000_123_456_789], pyarrow.timestamp("ns"))
    )
    parquet.write_table(table, tmp_path / "a.parquet")
    (record,) = records(tmp_path / "a.parquet")
    assert record.values == {
        **row,
        "missing": None,
        "day": "2026-01-02",
        "price": "1.50",
        "moment": "2023-11-14 22:13:20.123456789",
    }


def test_rows_are_numbered_across_batches_and_groups(tmp_path: Path) -> None:
    table = pyarrow.table({"n": list(range(1000))})
    parquet.write_table(table, tmp_path / "a.parquet", row_group_size=150)
    found = list(records(tmp_path / "a.parquet"))
    assert [record.line for record in found] == list(range(1, 1001))
    assert [record.values for record in found] == [{"n": n} for n in range(1000)]


def test_binary_rows_are_refused_one_by_one(tmp_path: Path) -> None:
    parquet.write_table(pyarrow.table({"image": [b"\x89PNG", None]}), tmp_path / "a.parquet")
    first, second = records(tmp_path / "a.parquet")
    assert first.error == "The row holds binary data."
    assert second.values == {"image": None}


def test_a_gzipped_file_is_read(tmp_path: Path) -> None:
    parquet.write_table(pyarrow.table({"n": [1]}), tmp_path / "a.parquet")
    packed = tmp_path / "b.parquet.gz"
    packed.write_bytes(gzip.compress((tmp_path / "a.parquet").read_bytes()))
    assert [record.values for record in records(packed)] == [{"n": 1}]


def test_a_damaged_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.parquet"
    parquet.write_table(pyarrow.table({"n": list(range(1000))}), path)
    path.write_bytes(path.read_bytes()[:-30])
    assert looks_like(path)
    with pytest.raises(FileRefused, match="cannot be read"):
        list(records(path))


def test_two_columns_of_one_name_are_refused(tmp_path: Path) -> None:
    columns = [pyarrow.array([1]), pyarrow.array([2])]
    table = pyarrow.Table.from_arrays(columns, names=["a", "a"])
    parquet.write_table(table, tmp_path / "a.parquet")
    with pytest.raises(FileRefused, match="Two columns are called 'a'"):
        list(records(tmp_path / "a.parquet"))


def test_more_rows_than_the_limit_are_refused_by_the_footer(tmp_path: Path) -> None:
    parquet.write_table(pyarrow.table({"n": pyarrow.nulls(500_001)}), tmp_path / "a.parquet")
    with pytest.raises(FileRefused, match="500,001 rows"):
        next(records(tmp_path / "a.parquet"))
