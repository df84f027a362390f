from __future__ import annotations

from studio.core.ladder.questions import QUESTIONS
from studio.core.ladder.readiness import NEAREST, SIZES
from studio.core.ladder.rules import RULES
from studio.core.ladder.vocabulary import FACTS
from studio.domain.advice import Facts

KINDS = {"yes_no": "yes_no", "number": "number", "share": "share", "choice": "text"}
ASKED = {question.fact for question in QUESTIONS}
MEASURED_OR_AGREED = {
    "baseline_score",
    "best_low",
    "break_even_accuracy",
    "budget_usd",
    "cheapest_prompted_passes",
    "eval_n",
    "fewshot_tried",
    "horizon_end",
    "lora_vram_gb",
    "metric_defined",
    "n_failures_labelled",
    "n_labelled",
    "pct_behaviour",
    "pct_capability",
    "pct_context",
    "pilot_low",
    "pilot_score",
    "provider_shutdown_date",
    "qlora_fits",
    "residency",
    "target_score",
    "vram_gb",
}


def test_every_fact_of_a_rule_is_asked_for_or_found_out() -> None:
    needed = {fact for rule in RULES for fact in rule.applies.facts()}
    assert needed - ASKED == MEASURED_OR_AGREED


def test_each_question_is_asked_once_in_words_with_a_reason_and_a_default() -> None:
    assert len(ASKED) == len(QUESTIONS)
    for question in QUESTIONS:
        assert "?" in question.text
        assert question.why.endswith(".")
        assert question.default is not None
        assert FACTS[question.fact].kind == KINDS[question.kind]
        Facts(**{question.fact: question.default})


def test_questions_come_in_the_order_of_the_steps() -> None:
    steps = list(dict.fromkeys(question.step for question in QUESTIONS))
    assert steps == ["charter", "evidence", "few-shot", "rag", "fine-tune"]


def test_every_kind_of_task_that_can_be_chosen_has_a_size() -> None:
    choices = next(question.choices for question in QUESTIONS if question.fact == "task_type")
    assert {key for key, _ in choices} == (set(SIZES) | set(NEAREST)) - {"dpo", "kto"}
