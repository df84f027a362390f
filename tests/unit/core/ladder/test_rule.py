from __future__ import annotations

from studio.core.ladder.conditions import Compare, Is
from studio.core.ladder.rule import Rule
from studio.domain.advice import Basis, Facts, Outcome
from studio.domain.thresholds import Thresholds

RULE = Rule(
    id="X1",
    applies=Compare("eval_n", "<", "min_examples"),
    outcome=Outcome.RECOMMEND,
    effect="Collect {min_examples}.",
    names=("{provider}",),
    because="Few are few.",
    source="nobody",
    basis=Basis.SECONDARY,
    here=lambda facts, thresholds: f"{facts.eval_n} so far.",
    warns_if=Is("needs_citation"),
)


def test_the_text_follows_the_thresholds() -> None:
    text = RULE.text(Thresholds(min_examples=35))
    assert text.condition == "the number of examples in the suite is below 35"
    assert text.effect == "Collect 35."
    assert text.threshold == "35 (OpenAI, optimising LLM accuracy; changed here from 20)"
    assert text.names == ("the hosted backend",)
    assert text.needs == ("eval_n",)


def test_a_fired_rule_says_what_it_saw_and_what_that_comes_to() -> None:
    fired = RULE.fired(Facts(eval_n=7, provider="openai"), Thresholds())
    assert fired is not None
    assert fired.seen == {"eval_n": 7}
    assert fired.here == "7 so far."
    assert fired.rule.names == ("openai",)


def test_a_rule_whose_fact_is_unknown_does_not_fire() -> None:
    assert RULE.fired(Facts(), Thresholds()) is None
    assert RULE.fired(Facts(eval_n=20), Thresholds()) is None


def test_a_recommendation_can_soften_to_a_warning() -> None:
    fired = RULE.fired(Facts(eval_n=7, needs_citation=True), Thresholds())
    assert fired is not None
    assert fired.rule.outcome is Outcome.WARN
