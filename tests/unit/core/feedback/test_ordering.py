"""What is uncertain and frequent comes first, and says why."""

from __future__ import annotations

from studio.core.feedback.ordering import likeness, usefulness


def test_a_divided_question_outranks_a_frequent_one_outranks_a_rare_one() -> None:
    divided = usefulness(asked=2, up=5, down=5, edit=0.1)
    frequent = usefulness(asked=64, up=5, down=0, edit=0.1)
    rare = usefulness(asked=1, up=5, down=0, edit=0.1)
    assert divided.score > frequent.score > rare.score
    assert usefulness(asked=10**6, up=0, down=0, edit=1.0).score == 2.0
    assert divided.why == "People disagree about its answers (5 up, 5 down), asked 2 times lately"
    assert rare.why == ""


def test_the_numbers_are_those_of_the_formula() -> None:
    assert usefulness(asked=8, up=3, down=1, edit=0.25).score == 2 * 0.75 + 0.25 + 0.5
    assert usefulness(asked=None, up=0, down=0, edit=0.0).score == 0.0
    assert usefulness(asked=None, up=0, down=0, edit=0.5).why == "Most of the answer was changed"


def test_likeness_is_of_what_is_read() -> None:
    assert likeness("It  Arrives", "it arrives") == 1.0
    assert likeness("abcd", "abce") == 0.75
    assert likeness("", "") == 1.0
