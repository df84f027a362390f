from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.core.ladder.conditions import Compare, Condition, Is, Known, OneOf, Proven, seen
from studio.domain.advice import Facts
from studio.domain.thresholds import Thresholds

DEFAULTS = Thresholds()
YES, NO, OPEN = Facts(needs_citation=True), Facts(needs_citation=False), Facts()
LEAVES = (
    Is("needs_citation"),
    Is("private_format", False),
    Compare("eval_n", "<", "min_examples"),
    OneOf("task_type", ("format",)),
    Known("baseline_score"),
)
CONDITIONS = st.recursive(
    st.sampled_from(LEAVES),
    lambda inner: (
        st.tuples(inner, inner).map(lambda pair: pair[0] & pair[1])
        | st.tuples(inner, inner).map(lambda pair: pair[0] | pair[1])
        | inner.map(lambda one: ~one)
        | inner.map(Proven)
    ),
    max_leaves=6,
)
SOME_FACTS = st.builds(
    Facts,
    needs_citation=st.none() | st.booleans(),
    private_format=st.none() | st.booleans(),
    eval_n=st.none() | st.integers(0, 40),
    task_type=st.sampled_from((None, "format", "chat")),
    baseline_score=st.none() | st.floats(0, 1),
)


def test_a_question_has_three_answers() -> None:
    asked = Is("needs_citation")
    assert [asked.holds(facts, DEFAULTS) for facts in (YES, NO, OPEN)] == [True, False, None]


def test_the_known_part_decides_where_it_suffices() -> None:
    both = Is("needs_citation") & Is("private_format")
    either = Is("needs_citation") | Is("private_format")
    assert both.holds(NO, DEFAULTS) is False
    assert both.holds(YES, DEFAULTS) is None
    assert either.holds(YES, DEFAULTS) is True
    assert either.holds(NO, DEFAULTS) is None


@given(CONDITIONS, SOME_FACTS)
def test_the_opposite_of_an_answer_is_the_opposite_and_unknown_stays_unknown(
    condition: Condition, facts: Facts
) -> None:
    said, opposite = condition.holds(facts, DEFAULTS), (~condition).holds(facts, DEFAULTS)
    assert opposite is (None if said is None else not said)


@given(CONDITIONS, SOME_FACTS)
def test_only_what_is_not_decided_has_facts_that_could_decide_it(
    condition: Condition, facts: Facts
) -> None:
    missing = condition.undecided(facts, DEFAULTS)
    assert bool(missing) is (condition.holds(facts, DEFAULTS) is None)
    assert all(getattr(facts, name) is None for name in missing)


@given(CONDITIONS, SOME_FACTS)
def test_what_is_seen_are_known_facts_it_looks_at(condition: Condition, facts: Facts) -> None:
    looked = seen(condition, facts)
    assert set(looked) <= set(condition.facts())
    assert None not in looked.values()


@pytest.mark.parametrize(
    "condition, words",
    [
        (Is("needs_citation", False), "answers need no source"),
        (
            Compare("eval_n", ">=", "min_examples") & Compare("eval_n", "<", "few_examples"),
            "the number of examples in the suite is at least 20 and below 200",
        ),
        (
            Compare("lora_vram_gb", ">", "vram_gb", times="vram_share"),
            "GPU memory that LoRA needs, in GB is above 90 % of the GPU memory in GB",
        ),
        (
            Compare("horizon_end", ">", "provider_shutdown_date"),
            "end of the time looked ahead is after the day the hosted backend ends",
        ),
        (
            Is("needs_citation") | Is("logs_exist") & Is("licence_ok"),
            "answers must cite their source or (real requests were logged and the licences allow "
            "this use)",
        ),
    ],
)
def test_a_condition_reads_like_a_sentence(condition: Condition, words: str) -> None:
    assert condition.words(DEFAULTS) == words


def test_a_condition_knows_its_facts_and_thresholds() -> None:
    condition = Compare("lora_vram_gb", ">", "vram_gb", times="vram_share") & Is("qlora_fits")
    assert condition.facts() == ("lora_vram_gb", "vram_gb", "qlora_fits")
    assert condition.thresholds() == ("vram_share",)


def test_what_has_to_be_shown_does_not_hold_while_it_is_unknown() -> None:
    shown = Proven(Is("needs_citation"))
    assert [shown.holds(facts, DEFAULTS) for facts in (YES, NO, OPEN)] == [True, False, False]
