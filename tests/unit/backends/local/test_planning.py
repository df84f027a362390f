"""What the objective asks of a run's rows, said before it starts."""

from __future__ import annotations

from backends.local import planning
from studio.domain.training import Objective
from tests import tiny_rows
from tests.contract.training_rigs import spec

PAIRS = tiny_rows.preferences(5)
ANSWERS = tiny_rows.examples(8)
PREFERRING = spec().with_(objective=Objective.DPO)


def test_preferences_cannot_be_learnt_from_answers_alone() -> None:
    none = planning.blocker(PREFERRING, ANSWERS)
    assert none is not None
    assert "one answer each" in none.what
    assert none.example_ids == ()


def test_rows_without_a_worse_answer_can_be_left_out() -> None:
    some = planning.blocker(PREFERRING, [*PAIRS, *ANSWERS[5:]])
    assert some is not None
    assert some.what == "3 of 8 rows have no worse answer to compare with."
    assert some.example_ids == tuple(example.id for example in ANSWERS[5:])
    assert planning.blocker(PREFERRING, PAIRS) is None


def test_answers_are_learnt_from_any_row_and_pairs_are_told_of() -> None:
    assert planning.blocker(spec(), [*PAIRS, *ANSWERS]) is None
    assert planning.warnings(spec(), PAIRS) == (planning.ONLY_BETTER,)
    assert planning.warnings(spec(), ANSWERS) == ()
    assert planning.warnings(PREFERRING, PAIRS) == ()
