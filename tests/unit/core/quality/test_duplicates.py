"""Repeats and contradictions."""

from __future__ import annotations

from studio.core.quality.duplicates import Repeats
from studio.core.splits import prompt_hash
from studio.domain.datasets import Message


class Rows:
    """Rows that arrive one by one, numbered from 1."""

    def __init__(self) -> None:
        self.repeats, self.line = Repeats(), 0

    def add(
        self, prompt: str, answer: str, system: str = "", rejected: str | None = None
    ) -> int | None:
        self.line += 1
        turns = [
            *([Message(role="system", content=system)] if system else []),
            Message(role="user", content=prompt),
            Message(role="assistant", content=answer),
        ]
        return self.repeats.same_as(self.line, turns, prompt_hash(turns[:-1]), rejected)


def test_a_repeat_names_the_first_line_that_said_it() -> None:
    rows = Rows()
    assert rows.add("Where is it?", "delay") is None
    assert rows.add("Who are you?", "about") is None
    assert rows.add("where  is it?", "delay") == 1
    assert rows.add("Where is it?", "delay") == 1
    assert rows.repeats.contradictions() == {}


def test_different_instructions_make_different_rows() -> None:
    rows = Rows()
    assert rows.add("Katze", "cat", "Into English.") is None
    assert rows.add("Katze", "chat", "Into French.") is None
    assert rows.add("Katze", "cat", "Into Catalan.") is None
    assert rows.repeats.contradictions() == {}


def test_different_answers_to_one_prompt_name_each_other() -> None:
    rows = Rows()
    rows.add("Where is it?", "delay")
    rows.add("fine", "fine")
    rows.add("Where  is it?", "refund")
    assert rows.repeats.contradictions() == {
        1: "Same prompt as line 3 but a different answer; keep one of them.",
        3: "Same prompt as line 1 but a different answer; keep one of them.",
    }


def test_many_answers_name_a_few_lines() -> None:
    rows = Rows()
    for n in range(6):
        rows.add("Hi", f"Hello {n}")
    assert rows.repeats.contradictions()[1] == (
        "Same prompt as lines 2, 3, 4, … but a different answer; keep one of them."
    )


def test_letter_case_may_matter_to_an_answer() -> None:
    rows = Rows()
    rows.add("Spell: us", "u, s")
    rows.add("Spell: US", "U, S")
    assert rows.repeats.contradictions() == {}


def test_parts_are_not_confused_with_each_other() -> None:
    rows = Rows()
    assert rows.add("a", "bc") is None
    assert rows.add("ab", "c") is None


def test_a_prompt_may_have_many_pairs_but_none_twice() -> None:
    rows = Rows()
    assert rows.add("Where?", "Here.", rejected="There.") is None
    assert rows.add("Where?", "Here.", rejected="Nowhere.") is None
    assert rows.add("Where?", "Nowhere.", rejected="There.") is None
    assert rows.add("where? ", "Here.", rejected="There.") == 1
    assert rows.repeats.contradictions() == {}


def test_two_pairs_that_prefer_each_others_worse_answer_contradict_each_other() -> None:
    rows = Rows()
    rows.add("Where?", "Here.", rejected="There.")
    rows.add("Where?", "There.", rejected="Here.", system="Be wrong.")
    assert rows.repeats.contradictions() == {}
    rows.add("Where?", "There.", rejected="Here.")
    assert rows.repeats.contradictions() == {
        1: "Prefers what line 3 rejects; keep one.",
        3: "Prefers what line 1 rejects; keep one.",
    }
