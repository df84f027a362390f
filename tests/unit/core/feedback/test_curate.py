"""Curate: what is replayed, replaced and kept away, and that nothing held out is ever learnt."""

from __future__ import annotations

import random
from itertools import islice

import pytest

from studio.core.feedback.cleaning import clean, near
from studio.core.feedback.curate import Original, instructions, replayed, rows_of
from studio.core.splits import percent_of, split_of
from studio.domain.datasets import Example, Split
from studio.domain.feedback import ApprovedCorrection
from studio.domain.training import Objective
from tests.corrections import correction, questions, row

SYSTEM = "Answer with a label."


def golden(rows: list[Example]) -> frozenset[str]:
    return frozenset(one.prompt_hash for one in rows if one.split is Split.TEST)


def by_split(rows: tuple[Example, ...], split: Split) -> list[Example]:
    return [one for one in rows if one.split is split]


def test_corrections_are_learnt_under_the_instructions_of_the_original_data() -> None:
    known = [row(question, system=SYSTEM) for question in islice(questions(0, 80), 3)]
    learnt = correction(next(questions(0, 80, "Is it")))
    made = rows_of(clean([learnt]), Original(known, SYSTEM), replay_ratio=1)
    turns = made.training[0].messages
    assert [(turn.role, turn.content) for turn in turns] == [
        ("system", SYSTEM),
        ("user", learnt.messages[0].content),
        ("assistant", "billing"),
    ]
    assert (made.n_corrections, made.n_replay) == (1, 3)
    assert [one.line for one in made.training] == [1, 2, 3, 4]


def test_a_correction_replaces_the_original_row_of_its_question() -> None:
    question = next(questions(0, 80))
    made = rows_of(
        clean([correction(question, "billing")]),
        Original([row(question, "sales"), row(next(questions(0, 80, "Is it")))]),
        replay_ratio=1,
    )
    answers = [one.answer for one in made.training if one.messages[-2].content == question]
    assert answers == ["billing"]
    assert "1 original row was replaced" in made.report[0]
    assert "1 of them said something else" in made.report[0]


def test_held_out_corrections_keep_original_rows_of_their_question_away() -> None:
    validated = next(questions(80, 90))
    made = rows_of(
        clean([correction(validated), correction(next(questions(0, 80)))]),
        Original([row(validated), row(next(questions(80, 90, "Is it")))]),
        replay_ratio=1,
    )
    assert [one.messages[-2].content for one in made.holdout] == [validated]
    assert made.holdout[0].split is Split.TEST
    assert [one.messages[-2].content for one in by_split(made.training, Split.VALIDATION)] == [
        next(questions(80, 90, "Is it"))
    ]


def test_rows_that_somebody_divided_otherwise_give_nothing_away() -> None:
    """Files divided elsewhere may hold a question for training that ours holds out."""
    held = next(questions(80, 100))
    asked_for = next(questions(0, 80))
    divided = [
        row(held, split=Split.TRAIN),
        row(asked_for, split=Split.TRAIN),
        row(next(questions(0, 80, "Is it")), split=Split.TRAIN),
    ]
    reference = frozenset({divided[1].prompt_hash})
    made = rows_of(clean([correction(held)]), Original(divided, "", reference), replay_ratio=1)
    assert [one.id for one in made.training] == [divided[2].id]
    assert any("2 original rows were left out" in told for told in made.report)


def test_reference_rows_stay_as_they_are() -> None:
    tested = next(questions(90, 100))
    known = [row(tested, "sales")]
    made = rows_of(
        clean([correction(tested, "billing")], golden=golden(known)),
        Original(known, "", golden(known)),
        replay_ratio=1,
    )
    assert [one.answer for one in by_split(made.training, Split.TEST)] == ["sales"]
    assert [one.answer for one in made.holdout] == ["billing"]


def test_the_same_rows_are_replayed_each_time_and_more_holds_fewer() -> None:
    hashes = [correction(f"Question {n}").prompt_hash for n in range(2_000)]
    some = {one for one in hashes if replayed(one, 0.25)}
    more = {one for one in hashes if replayed(one, 0.5)}
    assert some < more
    assert 0.22 < len(some) / 2_000 < 0.28
    assert not any(replayed(one, 0.0) for one in hashes)
    assert all(replayed(one, 1.0) for one in hashes)


def test_nothing_replayed_is_told() -> None:
    made = rows_of(clean([correction(next(questions(0, 80)))]), Original(), replay_ratio=1)
    assert any("may be forgotten" in told for told in made.report)


def test_pairs_prefer_the_correction_to_what_was_said() -> None:
    plain, pair = islice(questions(0, 80, "Is it"), 2)
    made = rows_of(
        clean([correction(next(questions(0, 80)))], objective=Objective.DPO),
        Original([row(plain), row(pair, rejected="returns")]),
        replay_ratio=1,
        objective=Objective.DPO,
    )
    assert [(one.answer, one.rejected) for one in made.training] == [
        ("billing", "sales"),
        ("sales", "returns"),
    ]


@pytest.mark.parametrize(
    ("systems", "told", "found"),
    [
        ([SYSTEM, SYSTEM, ""], "", SYSTEM),
        ([SYSTEM, "", "Be kind."], "", ""),
        (["Be kind."], SYSTEM, SYSTEM),
        ([], "", ""),
    ],
)
def test_instructions_are_what_most_rows_say(systems: list[str], told: str, found: str) -> None:
    asked = questions(0, 80)
    assert instructions([row(next(asked), system=one) for one in systems], told) == found


@pytest.mark.parametrize("seed", range(20))
def test_what_is_held_out_is_never_learnt_in_any_history(seed: int) -> None:
    """Corrections arrive, change, repeat and disagree; each cycle sees all so far."""
    chance = random.Random(seed)
    known = [
        row(f"{chance.choice('ABCDEFGH')} {n}", split=chance.choice(list(Split)))
        if chance.random() < 0.2
        else row(f"{chance.choice('ABCDEFGH')} {n}")
        for n in range(60)
    ]
    original = Original(known, SYSTEM, golden(known))
    approved: list[ApprovedCorrection] = []
    sides: dict[str, str] = {}
    seen: dict[str, set[str]] = {"train": set(), "holdout": set()}
    for cycle in range(6):
        approved += [_random(chance, cycle, n) for n in range(chance.randrange(1, 25))]
        cleaned = clean(approved, golden=original.golden, before=sides)  # type: ignore[arg-type]
        made = rows_of(cleaned, original, replay_ratio=chance.choice([0, 0.3, 1]))
        learnt = [one for one in made.training if one.split is Split.TRAIN]
        watched = [one for one in made.training if one.split is Split.VALIDATION]
        held = {one.prompt_hash for one in made.holdout}
        assert not held & {one.prompt_hash for one in (*learnt, *watched)}
        assert not {near(one.prompt) for one in made.holdout} & {near(one.prompt) for one in learnt}
        assert not original.golden & {one.prompt_hash for one in learnt}
        corrected = [one for one in learnt if one.id not in {row.id for row in known}]
        assert all(split_of(one.prompt_hash) is Split.TRAIN for one in corrected)
        assert all(percent_of(one.prompt_hash) >= 80 for one in made.holdout)
        assert len({one.id for one in made.training}) == len(made.training)
        for one in cleaned.taken.values():
            seen[one.part].add(one.prompt_hash)
        sides = {**{id: one.part for id, one in cleaned.taken.items()}, **sides}
        assert not seen["train"] & seen["holdout"]
        accounted = set(cleaned.taken) | {one.feedback_id for one in cleaned.refused}
        assert accounted == {one.feedback_id for one in approved}


def _random(chance: random.Random, cycle: int, n: int) -> ApprovedCorrection:
    mark = chance.choice(["", "?", "!", " "])
    question = f"{chance.choice('ABCDEFGHIJKL')} {chance.randrange(60)}{mark}"
    answer = chance.choice(["billing", "billing", "billing", "returns", "sales", ""])
    return correction(
        question,
        answer,
        feedback_id=f"feedback_{cycle}_{n}",
        rater=chance.choice(["Ada", "Bob", "Cleo"]),
    )
