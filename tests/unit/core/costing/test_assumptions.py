"""Assumptions keep their range and source, and what a person put in replaces them."""

from __future__ import annotations

import pytest

from studio.core.costing.assumptions import CHARTER, JUDGEMENT, SHARE, Sheet
from tests.unit.core.costing.situations import edit, sheet


def test_an_assumption_says_where_it_comes_from() -> None:
    made = sheet()
    made.stated("a", "A", 10, "USD", "2026-11-01")
    made.guessed("b", "B", 4, "days", low=2, high=8)
    made.guessed("c", "C", 4, "days", low=2, high=8, why="because")
    rows = {row.key: row for row in made.assumptions}
    assert (rows["a"].source, rows["a"].low, rows["a"].high) == (CHARTER, 8, 12)
    assert rows["b"].source == JUDGEMENT
    assert rows["c"].source.endswith("because")
    assert made.values == {"a": 10, "b": 4, "c": 4}


def test_an_edit_replaces_value_and_source_and_the_range_moves_along() -> None:
    made = Sheet({"b": edit("b", 8, source="time sheet", owner="Ms Roe")})
    assert made.guessed("b", "B", 4, "days", low=2, high=8) == 8
    row = made.row("b")
    assert (row.low, row.high, row.edited) == (4, 16, True)
    assert (row.source, row.owner, row.at) == ("time sheet", "Ms Roe", "2026-11-24")


def test_an_edit_may_bring_its_own_range() -> None:
    made = Sheet({"b": edit("b", 8, low=7, high=9)})
    made.guessed("b", "B", 4, "days", low=2, high=8)
    assert (made.row("b").low, made.row("b").high) == (7, 9)


def test_an_edit_of_nought_and_of_a_share_shifts_the_range() -> None:
    made = Sheet({"z": edit("z", 50), "s": edit("s", 0.9), "y": edit("y", 0)})
    made.add("z", "Z", 0, "USD", "x", low=0, high=10)
    made.add("s", "S", 0.5, SHARE, "x", low=0.3, high=0.8)
    made.add("y", "Y", 5, "USD", "x", low=2, high=10)
    assert (made.row("z").low, made.row("z").high) == (50, 60)
    assert (made.row("s").low, made.row("s").high) == (pytest.approx(0.7), 1.0)
    assert (made.row("y").low, made.row("y").high) == (0, 0)


def test_nothing_leaves_what_its_unit_allows() -> None:
    made = sheet()
    made.add("s", "S", 0.95, SHARE, "x", low=0.9, high=1.2)
    made.add("n", "N", 1, "USD", "x", low=-3, high=2)
    assert made.row("s").high == 1.0
    assert made.row("n").low == 0.0


def test_what_follows_from_others_is_shown_but_not_read_until_somebody_edits_it() -> None:
    made = sheet()
    made.add("f", "F", 0.8, SHARE, "from others", follows=True)
    assert "f" not in made.values and made["f"] == 0.8
    edited = sheet(f=0.6)
    edited.add("f", "F", 0.8, SHARE, "from others", follows=True)
    assert edited.values["f"] == 0.6


def test_only_what_has_a_range_is_uncertain() -> None:
    made = sheet()
    made.add("a", "A", 1, "USD", "x")
    made.add("b", "B", 1, "USD", "x", low=0.5, high=2)
    assert [row.key for row in made.uncertain] == ["b"]
