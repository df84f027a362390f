"""Rows out: what each kind of word becomes, and what is never written."""

from __future__ import annotations

import random
from itertools import islice
from typing import Any, Literal

import pytest

from studio.core.feedback.cleaning import part_of
from studio.core.feedback.rows_out import MOST_PER_SESSION, Out, Words, lines
from studio.core.splits import prompt_hash
from studio.domain.curation import Preferred, Rated, Shape
from studio.domain.datasets import Message
from tests.corrections import asked, correction, questions

TRAIN = questions(0, 80)
SHAPES: tuple[Shape, ...] = ("sft", "dpo", "openai-dpo", "kto")


def rated(question: str, ups: int, downs: int, **changes: Any) -> Rated:
    return Rated(f"inference_{question}", asked(question), "sales", ups, downs)._replace(**changes)


def preferred(question: str, winner: Literal["a", "b", "tie", "both_bad"]) -> Preferred:
    return Preferred(f"preference_{question}", asked(question), "sales", "billing", winner)


def marks(out: Out) -> list[tuple[str, bool]]:
    return [(line["completion"][0]["content"], line["label"]) for line in out.lines]


def test_an_approved_correction_teaches_in_every_shape() -> None:
    words = Words([correction(next(TRAIN))])
    assert lines(words, "sft").lines[0]["messages"][-1]["content"] == "billing"
    pair = lines(words, "dpo").lines[0]
    assert (pair["chosen"][0]["content"], pair["rejected"][0]["content"]) == ("billing", "sales")
    assert marks(lines(words, "kto")) == [("billing", True), ("sales", False)]


def test_a_bare_thumb_down_is_never_an_answer_to_learn() -> None:
    disliked = Words([], [rated(next(TRAIN), 0, 1)])
    assert lines(disliked, "sft").lines == ()
    assert lines(disliked, "sft", liked=True).lines == ()
    assert lines(disliked, "dpo").lines == ()
    assert marks(lines(disliked, "kto")) == [("sales", False)]


def test_a_thumb_up_is_learnt_only_when_that_was_asked_for() -> None:
    question, corrected = islice(TRAIN, 2)
    words = Words([correction(corrected)], [rated(question, 1, 0), rated(corrected, 1, 0)])
    assert len(lines(words, "sft").lines) == 1
    more = lines(words, "sft", liked=True)
    assert [line["messages"][0]["content"] for line in more.lines] == [corrected, question]
    assert "only liked, not reviewed" in more.report[0]


def test_thumbs_that_cancel_out_say_nothing_and_a_review_outweighs_them() -> None:
    torn, corrected = islice(TRAIN, 2)
    words = Words([correction(corrected)], [rated(torn, 2, 2), rated(corrected, 5, 0)])
    out = lines(words, "kto")
    assert marks(out) == [("billing", True), ("sales", False)]
    assert "1 answer was left out: as many liked as disliked it." in out.report


@pytest.mark.parametrize(
    ("winner", "pairs", "labels"),
    [
        ("a", [("sales", "billing")], []),
        ("b", [("billing", "sales")], []),
        ("tie", [], []),
        ("both_bad", [], [("sales", False), ("billing", False)]),
    ],
)
def test_a_preference_becomes_a_pair_or_two_disliked_answers(
    winner: Any, pairs: list[tuple[str, str]], labels: list[tuple[str, bool]]
) -> None:
    words = Words([], [], [preferred(next(TRAIN), winner)])
    found = [
        (line["chosen"][0]["content"], line["rejected"][0]["content"])
        for line in lines(words, "dpo").lines
    ]
    assert found == pairs
    assert marks(lines(words, "kto")) == labels
    assert lines(words, "sft").lines == ()


def test_a_preference_against_a_correction_is_left_out() -> None:
    question = next(TRAIN)
    out = lines(Words([correction(question)], [], [preferred(question, "a")]), "dpo")
    assert len(out.lines) == 1
    assert "says the opposite" in out.report[0]


def test_a_preference_that_says_the_same_is_one_pair() -> None:
    question = next(TRAIN)
    out = lines(Words([correction(question)], [], [preferred(question, "b")]), "dpo")
    assert len(out.lines) == 1


def test_a_correction_without_an_answer_before_is_no_pair() -> None:
    words = Words([correction(next(TRAIN), original="")])
    assert lines(words, "dpo").lines == ()
    assert "there was no answer to correct" in lines(words, "dpo").report[0]
    assert marks(lines(words, "kto")) == [("billing", True)]


def test_one_session_does_not_decide_alone() -> None:
    those = [rated(q, 1, 0, session="s1") for q in islice(TRAIN, MOST_PER_SESSION + 5)]
    out = lines(Words([], those), "kto")
    assert len(out.lines) == MOST_PER_SESSION
    assert "5 rated answers were left out: at most 20" in out.report[0]


@pytest.mark.parametrize("shape", SHAPES)
def test_what_looks_personal_is_not_written(shape: Shape) -> None:
    secret = correction(next(TRAIN), "Write to ada@example.org.")
    told = Words(
        [secret, correction(next(TRAIN))],
        [rated(next(TRAIN), 1, 0, output="Call +49 30 1234567.")],
    )
    out = lines(told, shape)
    assert "example.org" not in str(out.lines) and "1234567" not in str(out.lines)
    assert any("personal data" in said for said in out.report)
    assert out.lines


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("seed", range(5))
def test_no_file_for_training_holds_a_held_out_or_reference_question(
    shape: Shape, seed: int
) -> None:
    """The draft's export views did not look at the split."""
    chance = random.Random(seed)
    everything = [f"Question {chance.randrange(10_000)}" for _ in range(120)]
    golden = {prompt_hash(asked(q)) for q in everything[:20]}
    words = Words(
        [correction(q) for q in everything[::3]],
        [rated(q, chance.randrange(3), chance.randrange(3)) for q in everything],
        [preferred(q, chance.choice(["a", "b", "tie", "both_bad"])) for q in everything[::4]],
    )
    sides = {}
    for part in ("train", "holdout"):
        out = lines(words, shape, part=part, golden=golden, system="Label it.", liked=True)
        sides[part] = {prompt_hash(_turns(line)) for line in out.lines}
        assert sides[part] and all(part_of(hash) == part for hash in sides[part])
    assert not sides["train"] & (sides["holdout"] | golden)


def _turns(line: dict[str, Any]) -> list[Message]:
    asked = line.get("prompt") or line.get("messages") or line["input"]["messages"]
    turns = [Message(role=turn["role"], content=turn["content"]) for turn in asked]
    return turns[:-1] if "messages" in line else turns
