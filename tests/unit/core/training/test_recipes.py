"""The dial: what it sets for small and large data, narrow and wide models."""

from __future__ import annotations

import math

import pytest

from studio.core.training.recipes import (
    FEWEST_STEPS,
    HIGHEST_RATE,
    LORA_PLUS,
    LOWEST_RATE,
    MOST_EPOCHS,
    PREFERENCE_EPOCHS,
    learning_rate,
    recommended,
    recommended_elsewhere,
)
from studio.domain.models import ModelFacts
from studio.domain.training import Effort, Hyperparameters, Objective


def facts(hidden_size: int = 576, context_length: int = 8192) -> ModelFacts:
    return ModelFacts(
        architecture="LlamaForCausalLM",
        parameters=134_515_008,
        hidden_size=hidden_size,
        layers=30,
        heads=9,
        kv_heads=3,
        head_dim=64,
        intermediate_size=1536,
        vocabulary=49152,
        tied_embeddings=True,
        context_length=context_length,
        has_chat_template=True,
    )


def steps(settings: Hyperparameters, examples: int) -> float:
    return settings.epochs * math.ceil(examples / settings.batch_size)


@pytest.mark.parametrize("effort", list(Effort))
@pytest.mark.parametrize("examples", [616, 1500])
def test_small_data_is_seen_often_enough_to_move_the_adapter(effort: Effort, examples: int) -> None:
    assert steps(recommended(examples, facts(), effort), examples) >= 0.95 * FEWEST_STEPS[effort]


@pytest.mark.parametrize("effort", list(Effort))
def test_a_handful_of_examples_is_not_repeated_without_end(effort: Effort) -> None:
    assert recommended(10, facts(), effort).epochs <= MOST_EPOCHS


def test_large_data_is_seen_as_often_as_the_dial_says() -> None:
    seen = [recommended(8_000, facts(), effort).epochs for effort in Effort]
    assert seen == [1.0, 3.0, 6.0]


def test_more_effort_never_means_less_of_anything() -> None:
    quick, balanced, thorough = (recommended(616, facts(), effort) for effort in Effort)
    for less, more in ((quick, balanced), (balanced, thorough)):
        assert less.epochs <= more.epochs
        assert less.lora_rank < more.lora_rank
        assert less.evaluations < more.evaluations


def test_batches_stay_below_thirty_two() -> None:
    for examples in (1, 616, 8_000, 1_000_000):
        assert recommended(examples, facts(), Effort.THOROUGH).batch_size < 32


def test_no_example_may_be_longer_than_the_model_reads() -> None:
    assert recommended(616, facts(context_length=512), Effort.QUICK).sequence_length == 512


def test_the_two_halves_rates_have_the_formulas_rate_as_their_geometric_mean() -> None:
    rate = learning_rate(2000, LORA_PLUS)
    assert rate * math.sqrt(LORA_PLUS) == pytest.approx(5e-4, rel=0.03)
    assert learning_rate(2000, 1.0) == pytest.approx(5e-4)


def test_wider_models_learn_slower_and_within_bounds() -> None:
    rates = [learning_rate(width, 1.0) for width in (16, 576, 2048, 4096, 8192, 10**6)]
    assert rates == sorted(rates, reverse=True)
    assert rates[0] == HIGHEST_RATE
    assert rates[-1] == LOWEST_RATE


def test_elsewhere_the_same_dial_holds_in_whole_passes() -> None:
    for effort in Effort:
        there, here = recommended_elsewhere(616, effort), recommended(616, facts(), effort)
        assert there.epochs == round(here.epochs)
        assert (there.batch_size, there.lora_rank) == (here.batch_size, here.lora_rank)
    assert recommended_elsewhere(1_000_000, Effort.QUICK).epochs == 1


def test_elsewhere_too_preferences_are_learnt_gently() -> None:
    answers = recommended_elsewhere(616, Effort.THOROUGH)
    pairs = recommended_elsewhere(616, Effort.THOROUGH, Objective.DPO)
    assert pairs.epochs < answers.epochs
    assert pairs.learning_rate == pytest.approx(answers.learning_rate / 40)


@pytest.mark.parametrize("effort", Effort)
def test_preferences_are_learnt_more_gently(effort: Effort) -> None:
    answers = recommended(200, facts(), effort)
    pairs = recommended(200, facts(), effort, Objective.DPO)
    assert pairs.learning_rate == pytest.approx(answers.learning_rate / 40, rel=0.05)
    assert pairs.epochs <= PREFERENCE_EPOCHS < answers.epochs
    assert pairs.with_(learning_rate=1, epochs=1) == answers.with_(learning_rate=1, epochs=1)
