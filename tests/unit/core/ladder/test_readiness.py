from __future__ import annotations

import pytest

from studio.core.ladder.readiness import NEAREST, SIZES, held_out, ready
from studio.domain.thresholds import Thresholds


@pytest.mark.parametrize(
    "task, pilot, low, high",
    [
        ("format", 50, 100, 500),
        ("extraction", 100, 500, 2000),
        ("summaries", 100, 500, 1000),
        ("chat", 200, 1000, 1000),
        ("tools", 100, 1000, None),
        ("reasoning", 100, 1000, 1000),
        ("distillation", 500, 5000, None),
        ("dpo", 200, 1000, 10_000),
        ("kto", 500, 1000, 10_000),
    ],
)
def test_sizes_are_those_of_the_table(task: str, pilot: int, low: int, high: int | None) -> None:
    said = ready(task, 0)
    assert (said.pilot, said.target_low, said.target_high) == (pilot, low, high)


@pytest.mark.parametrize(
    "labels, pilot, low, high",
    [(2, 100, 500, 500), (5, 100, 500, 500), (77, 1540, 3850, 7700), (None, 100, 500, None)],
)
def test_a_classification_needs_examples_of_each_label(
    labels: int | None, pilot: int, low: int, high: int | None
) -> None:
    said = ready("classification", 5000, labels)
    assert (said.pilot, said.target_low, said.target_high) == (pilot, low, high)


@pytest.mark.parametrize(
    "n, level",
    [
        (0, "blocked"),
        (9, "blocked"),
        (10, "red_flag"),
        (99, "red_flag"),
        (100, "pilot"),
        (499, "pilot"),
        (500, "ready"),
    ],
)
def test_the_level_rises_with_the_examples(n: int, level: str) -> None:
    said = ready("extraction", n)
    assert said.level == level
    assert said.flags or level == "ready"


def test_flags_name_the_rules_and_what_is_missing() -> None:
    assert any("F1" in flag for flag in ready("format", 3).flags)
    assert any("F2" in flag for flag in ready("format", 30).flags)
    assert any("40 examples short" in flag for flag in ready("extraction", 60).flags)
    assert any("number of labels is not known" in f for f in ready("classification", 600).flags)
    assert any("Each tool" in flag for flag in ready("tools", 2000).flags)


@pytest.mark.parametrize("task", NEAREST)
def test_a_task_without_a_size_says_whose_it_borrows(task: str) -> None:
    said = ready(task, 100)
    assert said.task_type == task
    assert SIZES[NEAREST[task]].title in said.basis


def test_an_unknown_task_is_something_else() -> None:
    assert ready("dancing", 100).task_type == "other"


def test_a_pilot_never_needs_less_than_what_shows_an_effect() -> None:
    assert ready("format", 0, thresholds=Thresholds(effect_examples=80)).pilot == 80


def test_the_test_keeps_a_tenth_and_at_least_a_hundred() -> None:
    assert (held_out(200), held_out(5000)) == (100, 500)
