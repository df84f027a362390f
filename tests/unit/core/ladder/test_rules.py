from __future__ import annotations

from collections import Counter

import pytest

from studio.core.ladder.advise import advise
from studio.core.ladder.rule import Rule
from studio.core.ladder.rules import BY_ID, RULES, texts
from studio.core.ladder.verdict import verdict
from studio.domain.advice import Basis, Facts, Outcome
from studio.domain.thresholds import SOURCES, Thresholds
from tests.unit.core.ladder.client import Scenario
from tests.unit.core.ladder.scenarios import SCENARIOS

DEFAULTS = Thresholds()
ORDER = (
    "B1 B2 W2 B3 P1 P2 D0 C1 C2 C3 C4 C5 F1 F2 F3 F4 F5 F6 F7 F8 M1 M2 M3 M4 M5 M6 M7 "
    "O1 O2 O3 O4 O5 S1"
)


def named(scenario: Scenario) -> str:
    return scenario.name


def test_the_table_has_every_rule_once_in_reading_order() -> None:
    assert [rule.id for rule in RULES] == ORDER.split()


def test_only_these_rules_stop_something() -> None:
    blocking = {rule.id for rule in RULES if rule.outcome is Outcome.BLOCK}
    assert blocking == {"B1", "B2", "C3", "F1", "M7", "O2"}


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_a_rule_says_everything_that_people_read(rule: Rule) -> None:
    text = next(text for text in texts() if text.id == rule.id)
    assert text.condition and text.effect and text.because and text.source and text.needs
    assert "{" not in text.effect + text.because
    assert text.because.endswith(".")
    assert text.effect.endswith(".")


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_a_rule_with_a_threshold_of_ours_says_so(rule: Rule) -> None:
    ours = [name for name in rule.applies.thresholds() if name not in SOURCES]
    # C5 only leaves out what C3 has decided by its threshold.
    if ours and rule.id != "C5":
        assert rule.basis is Basis.JUDGEMENT


def test_every_sourced_threshold_exists() -> None:
    assert set(SOURCES) <= set(Thresholds.model_fields)


def test_there_are_enough_clients_and_each_has_a_name_of_its_own() -> None:
    assert len(SCENARIOS) >= 45
    assert max(Counter(map(named, SCENARIOS)).values()) == 1


@pytest.mark.parametrize("scenario", SCENARIOS, ids=named)
def test_a_client_gets_the_expected_advice(scenario: Scenario) -> None:
    facts = Facts(**scenario.facts)
    advice = advise(facts)
    assert [item.rule.id for item in advice.fired] == scenario.fired.split()
    assert set(advice.blocked) == scenario.blocked
    said = verdict(facts)
    assert said.recommended == scenario.recommended
    assert not said.measured
    assert not said.confident


@pytest.mark.parametrize("rule_id", ORDER.split())
def test_every_rule_fires_for_one_client_and_is_silent_for_another(rule_id: str) -> None:
    rule = BY_ID[rule_id]
    answers = [rule.applies.holds(Facts(**s.facts), DEFAULTS) for s in SCENARIOS]
    assert True in answers
    assert False in answers, "silent with its facts known, not merely unknown"


def test_a_threshold_is_a_setting() -> None:
    facts = Facts(eval_n=30)
    assert not advise(facts).has("B2")
    assert advise(facts, Thresholds(min_examples=50)).blocked["rag"] == "B2"
