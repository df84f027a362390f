"""Tables as people really export them."""

from __future__ import annotations

import csv
import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from backends.reader.limits import MAX_CELL_CHARACTERS, FileRefused
from backends.reader.record import Record
from backends.reader.table_text import names_of, records


def read(text: str, preferred: str | None = None) -> list[Record]:
    return list(records(io.StringIO(text, newline=""), preferred))


def test_a_quoted_line_break_belongs_to_its_row() -> None:
    rows = read('text,label\n"one\ntwo",a\r\nthree,b\r\n"x\r\ny\rz",c\nlast,d\n')
    assert [(row.line, row.values) for row in rows] == [
        (2, {"text": "one\ntwo", "label": "a"}),
        (4, {"text": "three", "label": "b"}),
        (5, {"text": "x\r\ny\rz", "label": "c"}),
        (8, {"text": "last", "label": "d"}),
    ]


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_the_delimiter_is_found(delimiter: str) -> None:
    rows = read(f"text{delimiter}label\nHello, you; there{delimiter}a\n".replace(
        "Hello, you; there", '"Hello, you; there"'
    ))  # fmt: skip
    assert rows[0].values == {"text": "Hello, you; there", "label": "a"}


def test_a_delimiter_named_by_the_spreadsheet_counts_and_lines_do_too() -> None:
    (row,) = read("sep=;\r\ntext;label\r\na,b;c\r\n")
    assert (row.line, row.values) == (3, {"text": "a,b", "label": "c"})


def test_tabs_come_first_in_a_tab_separated_file() -> None:
    (row,) = read("a,b\tc\n1,2\t3\n", preferred="\t")
    assert row.values == {"a,b": "1,2", "c": "3"}


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_every_line_end_is_understood(end: str) -> None:
    rows = read(end.join(["text,label", "a,b", "c,d", ""]))
    assert [(row.line, row.values) for row in rows] == [
        (2, {"text": "a", "label": "b"}),
        (3, {"text": "c", "label": "d"}),
    ]


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("only one", "has 1 cell; the header has 2"),
        ("a,b,c", "has 3 cells; the header has 2"),
        ('"quoted" and more,b', "text follows a closing quotation mark"),
    ],
)
def test_a_ragged_row_is_refused_by_its_line(line: str, said: str) -> None:
    first, broken, last = read(f"text,label\na,b\n{line}\nc,d\n")
    assert (first.line, last.line, last.values) == (2, 4, {"text": "c", "label": "d"})
    assert broken.line == 3
    assert said in broken.error


def test_a_quotation_mark_that_never_closes_is_no_long_answer() -> None:
    rows = read('text,label\na,b\nc,"d\ne,f\n')
    assert rows[0].values == {"text": "a", "label": "b"}
    assert (rows[1].line, rows[1].values) == (3, None)
    assert "Lines 3 to 4: a quotation mark is opened and never closed." in rows[1].error


def test_a_cell_over_the_limit_is_refused() -> None:
    rows = read(f"text,label\n{'x' * (MAX_CELL_CHARACTERS + 1)},b\nc,d\n")
    assert "longer than 1,000,000 characters" in rows[0].error
    assert rows[1].values == {"text": "c", "label": "d"}


def test_odd_headers_become_distinct_names() -> None:
    assert names_of(["\ufeffid", " the\r\ntext ", "", "label", "label", "label (2)"]) == [
        "id",
        "the text",
        "column 3",
        "label",
        "label (2)",
        "label (2) (2)",
    ]


def test_too_many_columns_are_refused() -> None:
    with pytest.raises(FileRefused, match="1001 columns"):
        read(",".join("x" * 1001) + "\n")


CELLS = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=20)


@settings(deadline=None)
@given(st.lists(st.tuples(CELLS, CELLS), min_size=1, max_size=20))
def test_what_the_csv_module_writes_comes_back(rows: list[tuple[str, str]]) -> None:
    text = io.StringIO(newline="")
    table = csv.writer(text, quoting=csv.QUOTE_ALL)
    table.writerows([("text", "label"), *rows])
    found = read(text.getvalue())
    assert [tuple((row.values or {}).values()) for row in found] == rows
