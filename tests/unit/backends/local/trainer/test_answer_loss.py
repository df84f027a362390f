"""The answer loss is the library's cross-entropy, in as many stretches as memory allows."""

from __future__ import annotations

import pytest
import torch
from torch.nn.functional import cross_entropy

from backends.local.trainer import answer_loss
from backends.local.trainer.answer_loss import AnswerLoss

WIDTH, VOCABULARY, ANSWERS = 16, 50, 11


@pytest.fixture(params=[1, 3 * VOCABULARY, 10**6], ids=["one by one", "uneven", "at once"])
def stretches(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(answer_loss, "SCORES", request.param)


def drawn(dtype: torch.dtype) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    torch.manual_seed(5)
    hidden = torch.randn(ANSWERS, WIDTH).to(dtype).requires_grad_()
    weight = torch.randn(VOCABULARY, WIDTH).to(dtype)
    return hidden, weight, torch.randint(0, VOCABULARY, (ANSWERS,))


@pytest.mark.usefixtures("stretches")
@pytest.mark.parametrize(("dtype", "close"), [(torch.float32, 1e-5), (torch.bfloat16, 0.01)])
def test_loss_and_gradient_are_those_of_the_library(dtype: torch.dtype, close: float) -> None:
    hidden, weight, targets = drawn(dtype)
    plain = cross_entropy((hidden @ weight.t()).float(), targets, reduction="sum")
    (wanted,) = torch.autograd.grad(plain / 7, hidden)
    losses, _ = AnswerLoss.apply(hidden, weight, targets)
    loss = losses.sum()
    (found,) = torch.autograd.grad(loss / 7, hidden)
    assert loss.item() == pytest.approx(plain.item(), rel=1e-5)
    assert (found - wanted).norm() <= close * wanted.norm()


@pytest.mark.usefixtures("stretches")
def test_without_gradients_it_only_measures() -> None:
    hidden, weight, targets = drawn(torch.float32)
    with torch.no_grad():
        losses, _ = AnswerLoss.apply(hidden, weight, targets)
    assert not losses.requires_grad
    wanted = cross_entropy(hidden @ weight.t(), targets, reduction="none")
    assert torch.allclose(losses, wanted, rtol=1e-5)


@pytest.mark.usefixtures("stretches")
def test_every_answer_token_may_count_for_something_else() -> None:
    hidden, weight, targets = drawn(torch.float32)
    counts = torch.linspace(-2, 3, ANSWERS)
    plain = cross_entropy((hidden @ weight.t()).float(), targets, reduction="none")
    (wanted,) = torch.autograd.grad((plain * counts).sum(), hidden)
    losses, _ = AnswerLoss.apply(hidden, weight, targets)
    (found,) = torch.autograd.grad((losses * counts).sum(), hidden)
    assert (found - wanted).norm() <= 1e-5 * wanted.norm()


@pytest.mark.usefixtures("stretches")
def test_a_token_is_hit_when_no_other_was_likelier() -> None:
    hidden, weight, targets = drawn(torch.float32)
    likeliest = (hidden @ weight.t()).argmax(-1)
    targets[::2] = likeliest[::2]
    _, hits = AnswerLoss.apply(hidden, weight, targets)
    assert torch.equal(hits, likeliest == targets)
    assert 0 < int(hits.sum()) < ANSWERS


def test_a_loss_that_is_no_number_is_not_hidden() -> None:
    hidden, weight, targets = drawn(torch.float32)
    with torch.no_grad():
        hidden[3] = float("nan")
    assert AnswerLoss.apply(hidden, weight, targets)[0][3].isnan()
