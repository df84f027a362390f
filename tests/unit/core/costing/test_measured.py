"""The best measured run stands for its arm, and only beside runs it can be compared with."""

from __future__ import annotations

from datetime import timedelta

import pytest

from studio.core.costing.measured import arm_of, best_runs, seconds, spread, words
from studio.domain.evaluation import RunStatus, Score
from studio.domain.ladder import Rung, Suite
from tests.unit.core.costing.situations import NOW, run


def test_the_best_of_prompting_and_few_shot_stands_for_prompting() -> None:
    best = best_runs([run(Rung.PROMPT, 0.6), run(Rung.FEW_SHOT, 0.7), run(Rung.RAG, 0.8)])
    assert {arm: one.setup.rung for arm, one in best.items()} == {
        "prompt": Rung.FEW_SHOT,
        "rag": Rung.RAG,
    }


def test_a_fine_tune_belongs_to_where_it_answers() -> None:
    assert arm_of(run(Rung.FINE_TUNE, 0.9)) == "fine_tune_local"
    tuned = run(Rung.RAG_FINE_TUNE, 0.9, model_id="endpoint:openai/ft:gpt-4.1-mini:a::b")
    assert arm_of(tuned) == "fine_tune_hosted"


def test_runs_on_other_examples_or_by_another_metric_do_not_count() -> None:
    later = NOW + timedelta(hours=1)
    other = Suite(project_id="project_1", version_id="version_2")
    runs = [
        run(Rung.PROMPT, 0.9, suite=other),
        run(Rung.PROMPT, 0.8, metric="rouge_l"),
        run(Rung.PROMPT, 0.5, created_at=later),
    ]
    assert best_runs(runs)["prompt"].score == runs[2].score


def test_unfinished_runs_do_not_count() -> None:
    assert best_runs([run(Rung.PROMPT, 0.9, status=RunStatus.RUNNING)]) == {}
    assert best_runs([run(Rung.PROMPT, 0.9, score=None)]) == {}


def test_the_spread_is_narrower_than_the_interval() -> None:
    low, value, high = spread(run(Rung.PROMPT, 0.6))
    assert (low, value, high) == (
        pytest.approx(0.5477, abs=1e-4),
        0.6,
        pytest.approx(0.6523, abs=1e-4),
    )
    bare = run(Rung.PROMPT, 0.6, score=Score(metric="rouge_l", value=0.6, n=3))
    assert spread(bare) == (0.6, 0.6, 0.6)


def test_the_time_of_an_answer_is_measured_alone_or_from_the_run() -> None:
    assert seconds(run(Rung.PROMPT, 0.6)) == 1.5
    assert seconds(run(Rung.PROMPT, 0.6, latency_p50=None)) == 3.0
    assert seconds(run(Rung.PROMPT, 0.6, latency_p50=None, started_at=None)) is None


def test_words_give_model_size_and_interval() -> None:
    said = words(run(Rung.PROMPT, 0.6))
    assert "starter" in said and "100 examples" in said and "0.520 to 0.680" in said
    assert "not measured" in words(run(Rung.PROMPT, 0.6, score=None))
