"""Cleaning: what is left out and why, one of those that say the same, and the side for ever."""

from __future__ import annotations

from datetime import timedelta

import duckdb
import pytest

from studio.core.feedback.cleaning import clean, near, part_of
from studio.core.splits import SALT, prompt_hash
from studio.domain.datasets import Message
from studio.domain.training import Objective
from tests.corrections import NOON, asked, correction, questions

TRAIN = questions(0, 80)
HELD = questions(80, 100)


def reasons(*given: object, **rules: object) -> list[str]:
    return [one.reason for one in clean(given, **rules).refused]  # type: ignore[arg-type]


def test_a_sound_correction_is_kept() -> None:
    one = correction(next(TRAIN))
    found = clean([one])
    assert (found.kept, found.refused, found.repeats) == ((one,), (), 0)
    assert found.taken[one.feedback_id] == (one.prompt_hash, "train", one.feedback_id)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"answer": "  \n"}, "Its answer is empty."),
        ({"answer": " SALES "}, "It says what the model said already."),
        ({"messages": (Message(role="system", content="Be kind."),)}, "It has no question."),
        ({"messages": asked("  ")}, "It has no question."),
        (
            {"messages": (*asked("Hello"), Message(role="assistant", content="Yes?"))},
            "Its last turn is not a question.",
        ),
    ],
)
def test_what_nothing_can_be_learnt_from_is_left_out(changes: dict[str, object], said: str) -> None:
    assert reasons(correction("Where is it?", **changes)) == [said]


def test_an_empty_answer_never_becomes_a_target() -> None:
    """A draft of the export view let a correction without words through as an empty answer."""
    assert reasons(correction(next(TRAIN), answer="")) == ["Its answer is empty."]


def test_two_people_who_disagree_teach_nothing() -> None:
    """A draft exported both answers of one question as two rows."""
    question = next(TRAIN)
    told = reasons(
        correction(question, "billing", feedback_id="feedback_a"),
        correction(question, "returns", feedback_id="feedback_b", rater="Bob"),
    )
    assert told == ["Another approved correction of this question says something else."] * 2


def test_those_who_agree_are_one_row_and_all_count_as_taken() -> None:
    question = next(TRAIN)
    first = correction(question, "Billing", feedback_id="feedback_a")
    second = correction(
        question.upper() + "!",
        "billing ",
        feedback_id="feedback_b",
        created_at=NOON + timedelta(hours=1),
        prompt_hash=first.prompt_hash,
    )
    found = clean([first, second])
    assert found.kept == (second,)
    assert set(found.taken) == {"feedback_a", "feedback_b"}
    assert {one.kept_as for one in found.taken.values()} == {"feedback_b"}
    assert found.repeats == 1


def test_a_question_of_the_reference_set_is_not_trained_on_but_may_be_held_out() -> None:
    learnt, held = correction(next(TRAIN)), correction(next(HELD))
    golden = {learnt.prompt_hash, held.prompt_hash}
    found = clean([learnt, held], golden=golden)
    assert found.kept == (held,)
    assert "reference set" in found.refused[0].reason


def test_a_question_that_reads_like_a_held_out_one_is_not_trained_on() -> None:
    held = next(HELD)
    alike = next(
        f"{held}{mark}"
        for mark in ("?", "!", "??", "...", " -", " !", " ?!", "!!!", "?!?", ".", ",")
        if part_of(prompt_hash(asked(f"{held}{mark}"))) == "train"
    )
    assert near(asked(held)) == near(asked(alike))
    found = clean([correction(held), correction(alike)])
    assert [one.feedback_id for one in found.kept] == [f"feedback_{held}"]
    assert "reads like one that is held out" in found.refused[0].reason


@pytest.mark.parametrize(
    ("one", "other", "alike"),
    [
        ("Where is it?", "where is  it", True),
        ("“Where”, is it…", "Where is it", True),
        ("e-mail", "email", True),
        ("C++", "C#", False),
        ("2+2", "2*2", False),
        ("कि", "का", False),
        ("?", "!", False),
    ],
)
def test_punctuation_makes_no_other_question_and_signs_do(
    one: str, other: str, alike: bool
) -> None:
    assert (near(asked(one)) == near(asked(other))) is alike


def test_what_is_surely_too_long_is_left_out() -> None:
    long = correction(next(TRAIN), "word " * 30)
    assert reasons(long, most_tokens=20)[0].startswith("It has 34 words")
    assert reasons(long, most_tokens=34) == []


def test_a_pair_needs_the_answer_it_is_better_than() -> None:
    one = correction(next(TRAIN), original="")
    assert reasons(one) == []
    assert reasons(one, objective=Objective.DPO) == ["There is no answer that it is better than."]


def test_a_correction_never_changes_sides() -> None:
    """Taking personal data out of a question later gives it another hash."""
    one = correction(next(HELD))
    assert reasons(one, before={one.feedback_id: "holdout"}) == []
    assert "would move" in reasons(one, before={one.feedback_id: "train"})[0]


def test_the_database_puts_every_question_on_the_same_side() -> None:
    hashes = [prompt_hash(asked(f"Question {number}")) for number in range(500)]
    with duckdb.connect() as database:
        rows = database.execute(
            "SELECT md5_number_lower(hash || $1) % 100 >= 80 FROM (SELECT unnest($2) AS hash)",
            [SALT, hashes],
        ).fetchall()
    assert [held for (held,) in rows] == [part_of(hash) == "holdout" for hash in hashes]
    assert 60 < sum(held for (held,) in rows) < 140
