from __future__ import annotations

from typing import Any

import pytest

from studio.core.ladder.headline import DO, figure, interval, percent, spoken
from studio.core.ladder.verdict import verdict
from studio.domain.advice import Facts
from studio.domain.ladder import Rung, RungResult, RungRun
from tests.unit.core.ladder.runs import ladder, right, run

FACTS = Facts(metric_defined=True, eval_n=200, target_score=0.8, baseline_score=0.6)


def said(*rungs: tuple[RungRun, list[RungResult]], **facts: Any) -> str:
    runs, comparisons = ladder(*rungs)
    return verdict(FACTS.with_(**facts), runs, comparisons).headline


def test_every_rung_has_its_sentence() -> None:
    assert set(DO) == set(Rung)


@pytest.mark.parametrize(
    "rungs, facts, words",
    [
        (
            {Rung.PROMPT: 0.6, Rung.RAG: 0.88},
            {},
            "Do not fine-tune. Use retrieval (RAG): 88 % of answers right on 200 examples, 28.0 "
            "points more than prompting; the target of 80 % is reached.",
        ),
        (
            {Rung.PROMPT: 0.6, Rung.FINE_TUNE: 0.9},
            {},
            "Fine-tune: 90 % of answers right on 200 examples, 30.0 points more than prompting; "
            "the target of 80 % is reached.",
        ),
        (
            {Rung.PROMPT: 0.82},
            {},
            "Do not fine-tune. Stay with prompting: 82 % of answers right on 200 examples; the "
            "target is 80 %, but with so few examples the true score may be as low as 76.1 %.",
        ),
        (
            {Rung.PROMPT: 0.5, Rung.RAG: 0.7},
            {},
            "Use retrieval (RAG): 70 % of answers right on 200 examples, 20.0 points more than "
            "prompting; no rung is shown to reach the target of 80 %.",
        ),
        (
            {Rung.PROMPT: 0.5},
            {"target_score": None},
            "Stay with prompting: 50 % of answers right on 200 examples; no target was agreed.",
        ),
        (
            {Rung.PROMPT: 0.5},
            {"break_even_accuracy": 0.8148},
            "Do not fine-tune, and let no model answer unchecked. Leave things as they are: even "
            "prompting, the best rung, may reach only 43.1 %, and below 81.5 % an answer costs "
            "more than it brings.",
        ),
        (
            {Rung.PROMPT: 0.5},
            {"metric_defined": False},
            "Do not fine-tune yet: agree first on what counts as a right answer.",
        ),
        (
            {},
            {"eval_n": 12},
            "Do not fine-tune yet: collect at least 20 examples to measure on first; there are 12.",
        ),
        (
            {},
            {"pct_context": 0.8, "kb_tokens": 900_000, "fewshot_tried": True, "n_labelled": 3},
            "Do not fine-tune. Use retrieval (RAG), by the rules alone: nothing has been measured "
            "yet. Missing knowledge is best looked up.",
        ),
    ],
)
def test_a_headline_reads_well(rungs: dict[Rung, float], facts: dict[str, Any], words: str) -> None:
    assert said(*(run(rung, right(share)) for rung, share in rungs.items()), **facts) == words


def test_an_overlap_is_not_called_a_share_of_right_answers() -> None:
    made, _ = run(Rung.PROMPT, [0.2, 0.4] * 50, metric="token_f1")
    assert spoken(made) == "0.30 of 1 in word overlap"
    assert figure(made, 0.8) == "0.80"
    assert interval(made).endswith("with 95 % confidence, 100 examples)")


def test_almost_everything_is_not_everything() -> None:
    assert percent(0.9999) == "99.9 %"
    assert percent(1.0) == "100 %"
