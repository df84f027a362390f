"""Tokens are chosen as the decoding says, each row by itself."""

import collections
import math

import pytest
import torch

from backends.local.answering.choosing import IMPOSSIBLE, Chances, Chooser
from studio.domain.evaluation import Decoding

GREEDY = Decoding()


def test_greedy_takes_the_likeliest() -> None:
    logits = torch.tensor([[0.0, 3.0, 1.0], [2.0, 1.0, 0.0]])
    assert Chooser(GREEDY, [[1], [2]]).from_logits(logits) == [1, 0]


def test_greedy_sees_differences_that_bf16_logits_lose() -> None:
    torch.manual_seed(0)
    head = torch.nn.Linear(4, 10, bias=False, dtype=torch.bfloat16)
    with torch.no_grad():
        head.weight.zero_()
        head.weight[3] = torch.tensor([16.0, 0.0, 0.0, 0.0])
        head.weight[7] = torch.tensor([16.0, 0.03125, 0.0, 0.0])
        hidden = torch.ones(1, 4, dtype=torch.bfloat16)
        logits = head(hidden)
        assert logits[0, 3] == logits[0, 7]
        assert Chooser(GREEDY, [[1]]).from_hidden(hidden, head) == [7]


def test_top_p_never_draws_outside_the_nucleus() -> None:
    chances = torch.tensor([0.5, 0.3, 0.15, 0.05])
    decoding = Decoding(temperature=1.0, top_p=0.6)
    chooser = Chooser(decoding, [[row] for row in range(200)])
    drawn = set(chooser.from_logits(chances.log().expand(200, -1)))
    assert drawn == {0, 1}


def test_a_tiny_top_p_is_greedy() -> None:
    chooser = Chooser(Decoding(temperature=2.0, top_p=0.01), [[row] for row in range(50)])
    assert set(chooser.from_logits(torch.tensor([[1.0, 1.5, 0.0]]).expand(50, -1))) == {1}


def test_draws_follow_the_distribution() -> None:
    chances = torch.tensor([0.6, 0.3, 0.1])
    chooser = Chooser(Decoding(temperature=1.0), [[row] for row in range(2_000)])
    counts = collections.Counter(chooser.from_logits(chances.log().expand(2_000, -1)))
    assert all(abs(counts[token] / 2_000 - float(chances[token])) < 0.05 for token in range(3))


def test_a_row_draws_the_same_alone_in_company_and_after_others_left() -> None:
    logits = torch.randn(1, 50, generator=torch.Generator().manual_seed(1))
    decoding = Decoding(temperature=1.5, seed=3)
    alone = Chooser(decoding, [[5, 6]])
    company = Chooser(decoding, [[9], [5, 6], [7]])
    first = company.from_logits(logits.expand(3, -1))[1]
    company.keep([1])
    assert [first, *company.from_logits(logits)] == [
        *alone.from_logits(logits),
        *alone.from_logits(logits),
    ]


def test_the_same_prompt_again_draws_as_the_next_seed_would() -> None:
    logits = torch.randn(1, 500, generator=torch.Generator().manual_seed(2))
    again = Chooser(Decoding(temperature=1.0, seed=4), [[1], [1]], [0, 1])
    next_seed = Chooser(Decoding(temperature=1.0, seed=5), [[1]])
    assert again.from_logits(logits.expand(2, -1))[1:] == next_seed.from_logits(logits)


def test_chances_are_those_of_the_model_whatever_the_temperature() -> None:
    shares = torch.tensor([[0.5, 0.3, 0.2], [0.1, 0.1, 0.8]])
    chooser = Chooser(Decoding(temperature=2.0, top_p=0.01, logprobs=2), [[1], [2]])
    tokens = chooser.from_logits(shares.log() + 7)
    first, second = chooser.chances(tokens) or []
    assert tokens == [0, 2]
    assert first.logprob == pytest.approx(math.log(0.5))
    assert first.top == (
        (0, pytest.approx(math.log(0.5))),
        (1, pytest.approx(math.log(0.3))),
    )
    assert second.logprob == pytest.approx(math.log(0.8))


def test_the_token_that_greedy_takes_is_told_as_the_likeliest() -> None:
    head = torch.nn.Linear(4, 10, bias=False, dtype=torch.bfloat16)
    with torch.no_grad():
        head.weight.zero_()
        head.weight[3] = torch.tensor([16.0, 0.0, 0.0, 0.0])
        head.weight[7] = torch.tensor([16.0, 0.03125, 0.0, 0.0])
        chooser = Chooser(Decoding(logprobs=1), [[1]])
        tokens = chooser.from_hidden(torch.ones(1, 4, dtype=torch.bfloat16), head)
        (told,) = chooser.chances(tokens) or []
    assert tokens == [7]
    assert told.top == ((7, told.logprob),)


def test_what_cannot_be_chosen_has_a_number_that_json_can_carry() -> None:
    chooser = Chooser(Decoding(logprobs=2), [[1]])
    tokens = chooser.from_logits(torch.tensor([[0.0, float("-inf")]]))
    assert chooser.chances(tokens) == [Chances(0.0, ((0, 0.0), (1, IMPOSSIBLE)))]


def test_nobody_asked_for_chances() -> None:
    chooser = Chooser(GREEDY, [[1]])
    assert chooser.chances(chooser.from_logits(torch.zeros(1, 3))) is None


def test_another_seed_draws_differently() -> None:
    logits = torch.zeros(1, 1_000)
    seeds = [Decoding(temperature=1.0, seed=seed) for seed in range(5)]
    assert len({Chooser(decoding, [[1]]).from_logits(logits)[0] for decoding in seeds}) > 1
