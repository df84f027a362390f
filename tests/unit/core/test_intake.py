"""No row is lost: each becomes an example or is refused with its line."""

from __future__ import annotations

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from studio.core.intake import Intake, content_hash, take_in
from studio.domain.datasets import ColumnMapping, DataFormat, RawRow, Split

MAPPING = ColumnMapping(prompt="q", answer="a")


def raw(pairs: list[tuple[Any, Any]]) -> list[RawRow]:
    return [RawRow(line=n, values={"q": q, "a": a}) for n, (q, a) in enumerate(pairs, start=2)]


def taken(pairs: list[tuple[Any, Any]], **options: Any) -> Intake:
    return take_in(raw(pairs), format=DataFormat.COLUMNS, mapping=MAPPING, **options)


CELLS = st.none() | st.sampled_from(["", " ", "a", "A", "b", "c"]) | st.text(max_size=5)


@settings(deadline=None)
@given(st.lists(st.tuples(CELLS, CELLS), max_size=30))
def test_every_row_is_in_exactly_one_place(pairs: list[tuple[Any, Any]]) -> None:
    found = taken(pairs)
    lines = [example.line for example in found.examples] + [row.line for row in found.refused]
    assert sorted(lines) == [row.line for row in raw(pairs)]
    assert found.n_rows == len(pairs)
    assert all(row.reason for row in found.refused)


@settings(deadline=None)
@given(st.lists(st.tuples(CELLS, CELLS), max_size=20), st.randoms())
def test_order_changes_neither_splits_nor_what_contradicts(
    pairs: list[tuple[Any, Any]], dice: Any
) -> None:
    shuffled = dice.sample(pairs, len(pairs))

    def facts(found: Intake) -> set[tuple[str, str, str]]:
        return {(e.prompt_hash, e.answer, e.split.value) for e in found.examples}

    assert facts(taken(pairs)) == facts(taken(shuffled))


def test_refused_rows_come_in_order_with_line_reason_and_excerpt() -> None:
    found = take_in(
        [
            RawRow(line=2, values={"q": "one", "a": "1"}),
            RawRow(line=3, error="This is not valid JSON.", excerpt="{oops"),
            RawRow(line=4, values={"q": "", "a": "2"}),
            RawRow(line=5, values={"q": "one", "a": "1"}),
            RawRow(line=6, values={"q": "two", "a": "x"}),
            RawRow(line=7, values={"q": "two", "a": "y"}),
        ],
        format=DataFormat.COLUMNS,
        mapping=MAPPING,
    )
    assert [example.line for example in found.examples] == [2]
    assert [(row.line, row.reason, row.excerpt) for row in found.refused] == [
        (3, "This is not valid JSON.", "{oops"),
        (4, "`q` is empty.", '{"q": "", "a": "2"}'),
        (5, "Same as line 2.", "one → 1"),
        (6, "Same prompt as line 7 but a different answer; keep one of them.", "two → x"),
        (7, "Same prompt as line 6 but a different answer; keep one of them.", "two → y"),
    ]
    assert (found.n_rows, found.n_duplicates) == (6, 1)


def test_equal_contents_have_equal_hashes_whatever_their_lines_and_ids() -> None:
    first = taken([("one", "1"), ("two", "2")]).examples
    again = taken([("", ""), ("one", "1"), ("two", "2")]).examples
    other = taken([("one", "1"), ("two", "2!")]).examples
    instructed = taken([("one", "1"), ("two", "2")], system_prompt="Count.").examples
    hashes = [content_hash(examples) for examples in (first, again, other, instructed)]
    assert hashes[0] == hashes[1]
    assert len(set(hashes)) == 3


def test_rows_that_somebody_chose_and_divided_are_all_kept_where_they_were_put() -> None:
    found = taken([("a", "1"), ("a", "1"), ("a", "2"), ("b", "")], as_given=Split.VALIDATION)
    assert [(one.answer, one.split) for one in found.examples] == [
        (answer, Split.VALIDATION) for answer in ("1", "1", "2")
    ]
    assert [row.line for row in found.refused] == [5] and found.n_duplicates == 0


def test_pairs_keep_their_worse_answer_and_are_refused_row_by_row() -> None:
    rows = [
        {"prompt": "one", "chosen": "good", "rejected": "bad"},
        {"prompt": "one", "chosen": "good", "rejected": "worse"},
        {"prompt": "One", "chosen": "good", "rejected": "bad"},
        {"prompt": "two", "chosen": "good", "rejected": "bad"},
        {"prompt": "two", "chosen": "bad", "rejected": "good"},
        {"prompt": "three", "chosen": "same", "rejected": "same"},
    ]
    found = take_in(
        [RawRow(line=n, values=row) for n, row in enumerate(rows, start=1)],
        format=DataFormat.PREFERENCE,
    )
    assert [(e.line, e.answer, e.rejected) for e in found.examples] == [
        (1, "good", "bad"),
        (2, "good", "worse"),
    ]
    assert [(row.line, row.reason.split(";")[0]) for row in found.refused] == [
        (3, "Same as line 1."),
        (4, "Prefers what line 5 rejects"),
        (5, "Prefers what line 4 rejects"),
        (6, "The better and the worse answer are the same: same"),
    ]
