from __future__ import annotations

import pytest

from studio.core.ladder.vocabulary import ASKED, FACTS, RUNGS, asked, numbers, shown
from studio.domain.advice import Facts
from studio.domain.ladder import Rung
from studio.domain.thresholds import Thresholds


def test_every_fact_and_every_rung_has_words() -> None:
    assert set(FACTS) == set(Facts.model_fields)
    assert set(RUNGS) == set(Rung)
    assert set(ASKED) <= set(FACTS)


def test_a_yes_or_no_fact_has_words_for_both() -> None:
    either = {name for name, field in Facts.model_fields.items() if "bool" in str(field.annotation)}
    assert {name for name, word in FACTS.items() if word.kind == "yes_no"} == either
    assert all(FACTS[name].otherwise for name in either)


def test_no_fact_is_called_like_a_threshold() -> None:
    assert not set(FACTS) & set(Thresholds.model_fields)


@pytest.mark.parametrize(
    "fact, value, words",
    [
        ("pct_context", 0.625, "62.5 %"),
        ("kb_tokens", 200_000, "200,000"),
        ("needs_citation", False, "no"),
        ("budget_usd", 3_000_000.0, "3,000,000 USD"),
        ("residency", "on_premises", "on premises"),
        ("fact_change_days", 7.0, "7"),
        ("eval_n", None, "unknown"),
    ],
)
def test_a_value_is_written_as_people_write_it(fact: str, value: object, words: str) -> None:
    assert shown(fact, value) == words


def test_an_unknown_fact_is_asked_for_in_words() -> None:
    assert asked("needs_citation") == "whether answers must cite their source"
    assert asked("eval_n") == "the number of examples in the suite"


def test_thresholds_are_written_with_their_unit() -> None:
    known = numbers(Thresholds())
    assert (known["dominant_share"], known["significance"]) == ("50 %", "5 %")
    assert (known["min_examples"], known["pairs"]) == ("20", "1,000")
