"""The fast decoder computes what transformers and peft compute, row by row."""

from __future__ import annotations

import pytest
import torch

from backends.local.trainer.scoring import Scorer
from studio.domain.datasets import Example
from tests import tiny_rows
from tests.unit.backends.local.trainer.conftest import Attach, Encode
from tests.unit.backends.local.trainer.reference import computed, distance, expected

FAMILIES = ("llama", "qwen2", "qwen3")
UNEVEN = tiny_rows.examples(6)
ROWS: dict[str, list[Example]] = {
    "uneven lengths behind a shared prefix": UNEVEN,
    "one row": UNEVEN[:1],
    "the same row twice": [UNEVEN[2], UNEVEN[2]],
    "several turns": [tiny_rows.conversation(1), tiny_rows.conversation(2)],
    "nothing shared": [
        tiny_rows.example(1, ("user", "What colour has coal?"), ("assistant", "Black.")),
        tiny_rows.example(2, ("system", "Answer."), ("user", "Snow?"), ("assistant", "It is.")),
    ],
    "one prompt is the start of another": [
        tiny_rows.example(1, ("user", "Coal"), ("assistant", "Black.")),
        tiny_rows.example(2, ("user", "Coal? And snow?"), ("assistant", "Black and white.")),
    ],
}


def with_decoder(tuned: object, rows: object, *, recompute: bool = False) -> Scorer:
    scorer = Scorer(tuned, recompute=recompute)
    assert scorer.use_decoder(rows).startswith("Fast decoder")  # type: ignore[arg-type]
    return scorer


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("kind", ROWS)
def test_loss_and_gradients_equal_those_of_the_library(
    kind: str, family: str, attach: Attach, encoded: Encode
) -> None:
    tuned, rows = attach(family), encoded(ROWS[kind])
    loss, gradients = expected(tuned, rows)
    fast, found = computed(with_decoder(tuned, rows), tuned, rows)
    assert fast == pytest.approx(loss, rel=1e-5)
    assert distance(found, gradients) < 1e-5


@pytest.mark.parametrize("family", FAMILIES)
def test_the_padded_way_gives_the_same_too(family: str, attach: Attach, encoded: Encode) -> None:
    tuned, rows = attach(family), encoded(UNEVEN)
    loss, gradients = expected(tuned, rows)
    padded, found = computed(Scorer(tuned), tuned, rows)
    assert padded == pytest.approx(loss, rel=1e-5)
    assert distance(found, gradients) < 1e-5


def test_computing_layers_again_changes_nothing(attach: Attach, encoded: Encode) -> None:
    tuned, rows = attach(), encoded(UNEVEN)
    loss, gradients = expected(tuned, rows)
    again, found = computed(with_decoder(tuned, rows, recompute=True), tuned, rows)
    assert again == pytest.approx(loss, rel=1e-5)
    assert distance(found, gradients) < 1e-5


@pytest.mark.parametrize("family", FAMILIES)
def test_in_bf16_it_is_as_close_to_the_truth_as_the_library(
    family: str, attach: Attach, encoded: Encode
) -> None:
    rows = encoded(UNEVEN)
    truth, exact = expected(attach(family), rows)
    tuned = attach(family, dtype=torch.bfloat16)
    theirs, rounded = expected(tuned, rows)
    ours, found = computed(with_decoder(tuned, rows), tuned, rows)
    assert ours == pytest.approx(truth, rel=0.01)
    assert theirs == pytest.approx(truth, rel=0.01)
    assert distance(found, exact) < 1.5 * distance(rounded, exact)


def test_a_decoder_that_disagrees_is_not_used(attach: Attach, encoded: Encode) -> None:
    tuned, rows = attach(), encoded(UNEVEN)
    # A layer that the decoder does not know of: the library runs it, the decoder cannot.
    tuned.get_base_model().model.layers[0].mlp.register_forward_hook(lambda *_: _[2] * 3)
    scorer = Scorer(tuned)
    assert scorer.use_decoder(rows).endswith("computed by transformers.")
    loss, gradients = expected(tuned, rows)
    plain, found = computed(scorer, tuned, rows)
    assert plain == pytest.approx(loss, rel=1e-5)
    assert distance(found, gradients) < 1e-5


def test_families_it_was_not_made_for_are_left_to_the_library(
    attach: Attach, encoded: Encode
) -> None:
    tuned, rows = attach(), encoded(UNEVEN)
    tuned.get_base_model().config.model_type = "gpt_neox"
    assert "computed by transformers" in Scorer(tuned).use_decoder(rows)
