"""Every example is seen once an epoch, in an order that seed and epoch alone decide."""

from __future__ import annotations

import random
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backends.local.trainer.batches import (
    WINDOW,
    Batches,
    Schedule,
    epoch_batches,
    micro_batches,
    shared_prefix,
)
from backends.local.trainer.encoding import Encoded

LENGTHS = st.lists(st.integers(1, 60), min_size=1, max_size=120)


def rows(lengths: list[int]) -> list[Encoded]:
    return [
        Encoded(example_id=str(place), ids=list(range(length)), answer_start=length - 1)
        for place, length in enumerate(lengths)
    ]


@given(lengths=LENGTHS, size=st.integers(1, 17), seed=st.integers(0, 10**9))
def test_an_epoch_deals_every_example_once(lengths: list[int], size: int, seed: int) -> None:
    dealt = epoch_batches(lengths, size, seed)
    assert sorted(i for batch in dealt for i in batch) == list(range(len(lengths)))
    schedule = Schedule(examples=len(lengths), batch_size=size, epochs=1)
    assert len(dealt) == schedule.steps_per_epoch
    assert max(len(batch) for batch in dealt) <= size
    assert dealt == epoch_batches(lengths, size, seed)


@given(
    lengths=LENGTHS,
    size=st.integers(1, 9),
    seed=st.integers(0, 99),
    steps=st.permutations(range(12)),
)
def test_a_step_is_the_same_from_wherever_it_is_asked(
    lengths: list[int], size: int, seed: int, steps: list[int]
) -> None:
    schedule = Schedule(examples=len(lengths), batch_size=size, epochs=12)
    in_order, jumping = (Batches(lengths, schedule, seed) for _ in range(2))
    straight = {step: in_order.at(step) for step in range(12)}
    assert {step: jumping.at(step) for step in steps} == straight


def test_epochs_and_seeds_differ() -> None:
    lengths = [random.Random(1).randrange(9, 90) for _ in range(200)]
    dealt = [epoch_batches(lengths, 8, seed) for seed in range(4)]
    assert all(one != other for one, other in pairwise(dealt))


def test_neighbours_in_length_go_together() -> None:
    lengths = [random.Random(place).randrange(10, 500) for place in range(2000)]
    dealt = epoch_batches(lengths, 16, 3)
    padded = sum(len(batch) * max(lengths[i] for i in batch) for batch in dealt)
    assert padded < 1.1 * sum(lengths)
    assert WINDOW == 16


@pytest.mark.parametrize(
    ("examples", "batch", "epochs", "steps"),
    [
        (100, 16, 1, 7),
        (100, 16, 3, 21),
        (100, 16, 0.5, 4),
        (1, 16, 1, 1),
        (16, 16, 2, 2),
        (3, 1, 0.1, 1),
    ],
)
def test_steps_of_a_run(examples: int, batch: int, epochs: float, steps: int) -> None:
    schedule = Schedule(examples=examples, batch_size=batch, epochs=epochs)
    assert schedule.total_steps == steps


@given(lengths=LENGTHS, most=st.integers(1, 300))
def test_pieces_hold_everything_and_no_more_than_fits(lengths: list[int], most: int) -> None:
    batch = rows(lengths)
    pieces = list(micro_batches(batch, most))
    together = sorted(int(item.example_id) for piece in pieces for item in piece)
    assert together == list(range(len(batch)))
    for piece in pieces:
        assert len(piece) == 1 or len(piece) * max(len(item.ids) for item in piece) <= most


def encoded(ids: list[int], answer_start: int) -> Encoded:
    return Encoded(example_id="x", ids=ids, answer_start=answer_start)


@pytest.mark.parametrize(
    ("batch", "length"),
    [
        ([encoded([1, 2, 3, 4], 3)], 0),
        ([encoded([1, 2, 3, 4], 3), encoded([1, 2, 9, 4], 3)], 2),
        ([encoded([1, 2, 3, 4], 3), encoded([1, 2, 3, 5], 3)], 2),
        ([encoded([5, 2, 3, 4], 3), encoded([1, 2, 3, 5], 3)], 0),
        ([encoded([1, 4], 1), encoded([1, 4], 1)], 0),
    ],
)
def test_a_shared_prefix_leaves_each_example_the_token_that_predicts_its_answer(
    batch: list[Encoded], length: int
) -> None:
    assert shared_prefix(batch) == length
