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
    loss = AnswerLoss.apply(hidden, weight, targets)
    (found,) = torch.autograd.grad(loss / 7, hidden)
    assert loss.item() == pytest.approx(plain.item(), rel=1e-5)
    assert (found - wanted).norm() <= close * wanted.norm()


@pytest.mark.usefixtures("stretches")
def test_without_gradients_it_only_measures() -> None:
    hidden, weight, targets = drawn(torch.float32)
    with torch.no_grad():
        loss = AnswerLoss.apply(hidden, weight, targets)
    assert not loss.requires_grad
    assert loss.item() == pytest.approx(
        cross_entropy(hidden @ weight.t(), targets, reduction="sum").item(), rel=1e-5
    )


def test_a_loss_that_is_no_number_is_not_hidden() -> None:
    hidden, weight, targets = drawn(torch.float32)
    with torch.no_grad():
        hidden[3] = float("nan")
    assert AnswerLoss.apply(hidden, weight, targets).isnan()
