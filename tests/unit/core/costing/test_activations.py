"""Activations: what a layer leaves behind, with adapters, without gates, computed twice."""

from __future__ import annotations

from typing import Any

from studio.core.costing import activations, frameworks
from studio.domain.sizing import Architecture, Levers
from tests.benchmarks.measured_rows import shapes as table

KNOWN = table()


def shape(name: str = "Llama 3.1 8B") -> Architecture:
    found = KNOWN.find(name)
    assert found is not None
    return found


def numbers(name: str = "Llama 3.1 8B", **levers: Any) -> int:
    how = Levers(**levers)
    return activations.layer_numbers(shape(name), how, frameworks.habits(how))


def sizes(name: str = "Llama 3.1 8B", **levers: Any) -> dict[str, int]:
    how = Levers(**levers)
    return {t.name: t.bytes for t in activations.terms(shape(name), how, frameworks.habits(how))}


def test_a_matrix_with_an_adapter_keeps_its_input() -> None:
    h, i = 4096, 14336
    assert numbers(targets="q,v,o") - numbers(targets="q,v") == 32 * 128
    assert numbers(targets="q,v,mlp") - numbers(targets="q,v") == h + i


def test_layers_without_a_gate_leave_less() -> None:
    assert numbers("Phi 2", targets="q,v") < numbers("StableLM 3B 4e1t", targets="q,v")


def test_computing_twice_keeps_one_layer_or_the_scores_whichever_is_more() -> None:
    long = sizes(checkpointing=True, seq_len=4096)
    assert "scores" in long and "layer at work" not in long
    chunked = sizes("Llama 2 70B", checkpointing=True, seq_len=4096, chunked_loss=True)
    assert "layer at work" in chunked and "scores" not in chunked


def test_activations_grow_with_tokens_in_any_shape() -> None:
    assert sizes(seq_len=512, micro_batch=4) == sizes(seq_len=2048, micro_batch=1)


def test_offloaded_activations_take_no_room() -> None:
    assert sizes(checkpointing=True, offload_activations=True)["activations"] == 0
