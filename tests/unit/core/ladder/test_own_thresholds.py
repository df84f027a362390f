"""Numbers that are our judgement may be changed, sourced ones not, and the rules follow them."""

from __future__ import annotations

import pytest

from studio.core.ladder.own_thresholds import DEFAULTS, changed, listed, put, thresholds_of
from studio.core.ladder.rules import BY_ID
from studio.core.ladder.verdict import verdict
from studio.domain.advice import Facts
from studio.domain.errors import InvalidInput
from studio.domain.thresholds import SOURCES, Thresholds

MOSTLY_CONTEXT = Facts(
    metric_defined=True,
    eval_n=100,
    baseline_score=0.4,
    target_score=0.9,
    fewshot_tried=True,
    n_failures_labelled=30,
    pct_context=0.55,
    pct_behaviour=0.1,
    kb_tokens=1_000_000,
)


def test_every_threshold_is_listed_with_meaning_source_and_rules() -> None:
    found = {one.name: one for one in listed(DEFAULTS)}
    assert list(found) == list(Thresholds.model_fields)
    assert {one.name for one in found.values() if not one.ours} == set(SOURCES)
    assert all(one.meaning and one.source and not one.changed for one in found.values())
    share = found["dominant_share"]
    assert (share.words, share.default, share.share) == ("50 %", 0.5, True)
    assert share.source == "our judgement" and {"C1", "C2", "F3"} <= set(share.rules)
    assert found["min_examples"].source == SOURCES["min_examples"]
    unused = {one.name for one in found.values() if not one.rules}
    assert "vram_share" not in unused and "significance" in unused


def test_a_changed_number_decides_and_is_named() -> None:
    own = put({}, "dominant_share", 0.6)
    assert [one.name for one in changed(own)] == ["dominant_share"]
    before, after = verdict(MOSTLY_CONTEXT), verdict(MOSTLY_CONTEXT, thresholds=own)
    assert "C2" in {one.rule.id for one in before.fired} and before.changed == ()
    assert "C2" not in {one.rule.id for one in after.fired}
    (named,) = after.changed
    assert (named.words, named.default_words) == ("60 %", "50 %")
    assert "60 % (our judgement; changed here from 50 %)" in BY_ID["C2"].text(own).threshold


def test_the_chance_of_luck_is_told_to_those_who_draw_the_tests() -> None:
    assert verdict(Facts()).significance == 0.05
    assert verdict(Facts(), thresholds=put({}, "significance", 0.01)).significance == 0.01


@pytest.mark.parametrize("name", sorted(SOURCES))
def test_what_has_a_source_stays_as_it_is(name: str) -> None:
    with pytest.raises(InvalidInput, match="not ours to change"):
        put({}, name, 30)
    assert thresholds_of({name: 30}) == DEFAULTS


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("dominant_share", 1.5, "less than or equal to 1"),
        ("dominant_share", float("nan"), "it is a number"),
        ("fast_change_days", float("inf"), "it is a number"),
        ("few_examples", 100.5, "integer"),
        ("significance", 0, "greater than 0"),
        ("mixed_share", 0.7, r"mixed_share \(70 %\) would exceed dominant_share \(50 %\)"),
        ("distil_high", 100, "distil_low"),
        ("pairs_trial", 2000, "pairs"),
        ("dominance", 0.5, "no threshold 'dominance'"),
    ],
)
def test_what_no_threshold_can_be_is_refused(name: str, value: float, words: str) -> None:
    with pytest.raises(InvalidInput, match=words):
        put({}, name, value)


def test_what_an_earlier_studio_kept_and_nobody_knows_now_does_not_count() -> None:
    assert thresholds_of({"weather": 3.0, "idle_share": 0.2}).idle_share == 0.2
