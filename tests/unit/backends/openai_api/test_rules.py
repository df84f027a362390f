"""Rows a server would refuse are named before they are sent."""

from __future__ import annotations

from typing import Any

import pytest

from backends.openai_api import rules
from studio.domain.datasets import Example, Message
from studio.domain.endpoints import Dialect
from studio.domain.training import Objective
from tests import tiny_rows
from tests.unit.backends.openai_api.errands import spec

GOOD = tiny_rows.examples(10)


def said(rows: list[Example], **changes: Any) -> list[tuple[str, tuple[str, ...]]]:
    found = rules.blockers(spec(**changes), rows, (), Dialect.OPENAI)
    assert all(blocker.remedy for blocker in found)
    return [(blocker.what, blocker.example_ids) for blocker in found]


def test_good_rows_pass() -> None:
    assert said(GOOD) == []


@pytest.mark.parametrize("dialect", Dialect)
def test_too_few_rows_block_or_warn(dialect: Dialect) -> None:
    blocks = bool(rules.blockers(spec(), GOOD[:9], (), dialect))
    assert blocks == (dialect in rules.STRICT)
    assert bool(rules.warnings(GOOD[:9], dialect)) != blocks
    assert rules.warnings(GOOD, dialect) == []


def test_rows_that_break_a_rule_are_named() -> None:
    silent = tiny_rows.example(50, ("user", "Why?"), ("assistant", "  "))
    alone = tiny_rows.example(51, ("assistant", "So."))
    asking = GOOD[0].with_(id="ex_9", messages=(Message(role="user", content="Why?"),) * 2)
    what = dict(said([*GOOD, silent, alone, asking]))
    assert what == {
        "1 row has an empty answer.": (silent.id,),
        "1 row has an answer but no question.": (alone.id,),
        "1 row does not end with an answer.": (asking.id,),
    }


def test_preferences_need_a_worse_answer_and_a_single_turn() -> None:
    pairs = [row.with_(rejected="No idea.") for row in GOOD]
    assert said(pairs, objective=Objective.DPO) == []
    long = tiny_rows.conversation(60).with_(rejected="Red.")
    found = said([*pairs, GOOD[0], long], objective=Objective.DPO)
    assert [ids for _, ids in found] == [(GOOD[0].id,), (long.id,)]


def test_files_no_server_takes_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rules, "LARGEST", 5)
    (found,) = rules.too_large({"train.jsonl": b"123456", "validation.jsonl": b"12345"})
    assert found.what.startswith("train.jsonl")


def test_many_long_rows_are_summed_up() -> None:
    (warning,) = rules.cut(tiny_rows.examples(12), [100] * 12, 50)
    assert "line 1, 2, 3, 4, 5, 6, 7, 8 and 4 more" in warning
    assert rules.cut(GOOD, [100] * 10, None) == []
    assert rules.cut(GOOD, [50] * 10, 50) == []
