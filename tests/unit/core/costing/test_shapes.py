"""Shapes of known models: found by any spelling, right by arithmetic, guessed aloud."""

from __future__ import annotations

import pytest

from studio.core.costing import shapes
from studio.domain.models import ModelFacts
from studio.domain.sizing import Architecture
from tests.benchmarks.measured_rows import shapes as table

KNOWN = table()


def named(name: str) -> Architecture:
    found = KNOWN.find(name)
    assert found is not None, name
    return found


@pytest.mark.parametrize("shape", KNOWN.all, ids=lambda shape: shape.name)
def test_published_weights_agree_with_arithmetic(shape: Architecture) -> None:
    assert shapes.counted(shape) == pytest.approx(shape.parameters, rel=0.002)


def test_names_of_the_table_are_all_different() -> None:
    names = [name for shape in KNOWN.all for name in (shape.name, *shape.also)]
    keys = [shapes.words(name) for name in names]
    assert len(set(keys)) == len(keys)


def test_vectors_of_the_reference_hold() -> None:
    assert shapes.counted(named("Llama-2-7B")) == 6_738_415_616
    assert shapes.counted(named("Llama-3.1-8B")) == 8_030_261_248


@pytest.mark.parametrize(
    ("rank", "targets", "weights"),
    [(32, "q,v", 9_175_040), (64, "q_proj, v_proj", 18_350_080), (10, "mlp", 9_461_760)],
)
def test_adapters_have_the_published_number_of_weights(
    rank: int, targets: str, weights: int
) -> None:
    shape = named("Llama-3.2-3B")
    assert shapes.adapter(shape, rank, shapes.targeted(shape, targets)) == weights


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ("meta-llama/Meta-Llama-3.1-8B-Instruct", "Llama 3.1 8B"),
        ("llama2 7b chat", "Llama 2 7B"),
        ("LLaMA-7B", "Llama 7B"),
        ("unsloth/Qwen2.5-Coder-7B-bnb-4bit", "Qwen2.5 7B"),
        ("google/gemma-2-2b-it", "Gemma 2 2B"),
        ("gemma-2b", "Gemma 2B"),
        ("Phi-3-mini-4k-instruct", "Phi 3 mini"),
        ("mistralai/Mixtral-8x7B-v0.1", "Mixtral 8x7B"),
        ("Mistral-7B-v0.1", "Mistral 7B"),
        ("deepseek-ai/DeepSeek-R1-Distill-Qwen-7B", "Qwen2.5 7B"),
    ],
)
def test_customary_spellings_find_their_model(asked: str, found: str) -> None:
    assert named(asked).name == found


def test_a_model_known_by_size_alone_gets_a_shape_that_says_so() -> None:
    guess = KNOWN.find("Wonder-9B", 9e9)
    assert guess is not None
    assert "guessed" in guess.note
    assert shapes.counted(guess) == pytest.approx(9e9, rel=0.15)


def test_a_family_without_a_size_takes_the_member_nearest_in_weights() -> None:
    assert KNOWN.find("Mistral", 7.24e9) == named("Mistral 7B")


def test_nothing_is_made_up_for_an_unknown_name() -> None:
    assert KNOWN.find("Wonder") is None


def test_of_a_mixture_only_the_chosen_experts_work() -> None:
    assert shapes.active(named("Mixtral 8x7B")) == pytest.approx(12.9e9, rel=0.01)
    assert shapes.active(named("Yi 6B")) == named("Yi 6B").parameters


@pytest.mark.parametrize(
    ("targets", "chosen"),
    [
        ("q,v", {"q", "v"}),
        ("all-linear", {"q", "k", "v", "o", "gate", "up", "down"}),
        ("", {"q", "k", "v", "o", "gate", "up", "down"}),
        ("attention", {"q", "k", "v", "o"}),
        ("k,q,v,up,down,gate (script default)", {"q", "k", "v", "gate", "up", "down"}),
    ],
)
def test_targets_are_understood_however_they_are_spelt(targets: str, chosen: set[str]) -> None:
    assert set(shapes.targeted(named("Llama 3.1 8B"), targets)) == chosen


def test_a_registered_model_has_the_shape_of_its_own_files() -> None:
    facts = ModelFacts(
        architecture="LlamaForCausalLM",
        parameters=134_515_008,
        hidden_size=576,
        layers=30,
        heads=9,
        kv_heads=3,
        head_dim=64,
        intermediate_size=1536,
        vocabulary=49152,
        tied_embeddings=True,
        context_length=8192,
        has_chat_template=True,
    )
    shape = shapes.of_facts("Small", facts)
    assert shapes.counted(shape) == 134_515_008
