"""Compiled attention of short examples gives what the library's attention gives, both ways."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor
from torch.nn.functional import scaled_dot_product_attention

from backends.local.trainer import kernels
from backends.local.trainer.attending import LONGEST, Attend, suits
from backends.local.trainer.layout import Layout

HEADS, KEY_HEADS, WIDTH = 6, 2, 16
COLUMNS = (HEADS + 2 * KEY_HEADS) * WIDTH

pytestmark = pytest.mark.skipif(
    kernels.compiled() is None, reason="no C compiler here: torch does it, see test_decoder"
)


def layout(prefix: int, *lengths: int) -> Layout:
    tokens = torch.zeros(prefix + sum(lengths), dtype=torch.long)
    none = torch.zeros(0, dtype=torch.long)
    return Layout(
        ids=tokens, positions=tokens, prefix=prefix, lengths=lengths, predictors=none, targets=none
    )


def drawn(rows: int) -> Tensor:
    torch.manual_seed(rows)
    return torch.randn(rows, COLUMNS).bfloat16()


def reference(qkv: Tensor, where: Layout) -> Tensor:
    """One example after the other in float32, each with the whole prefix before it."""
    prefix = qkv[: where.prefix]
    outputs = [_whole(prefix)] if where.prefix else []
    start = where.prefix
    for length in where.lengths:
        seen = torch.cat([prefix, qkv[start : start + length]])
        outputs.append(_whole(seen)[where.prefix :])
        start += length
    return torch.cat(outputs)


def _whole(rows: Tensor) -> Tensor:
    q, k, v = rows.split([HEADS * WIDTH, KEY_HEADS * WIDTH, KEY_HEADS * WIDTH], 1)
    q, k, v = (t.view(len(rows), -1, WIDTH).transpose(0, 1) for t in (q, k, v))
    out = scaled_dot_product_attention(q[None], k[None], v[None], is_causal=True, enable_gqa=True)
    return out[0].transpose(0, 1).reshape(len(rows), -1)


SHAPES = pytest.mark.parametrize(
    ("prefix", "lengths"),
    [(0, (5,)), (0, (3, 1, 7)), (9, (4, 4)), (1, (1,)), (33, (17, 2, 40)), (64, (300, 8))],
    ids=str,
)


@SHAPES
def test_outputs_equal_the_librarys(prefix: int, lengths: tuple[int, ...]) -> None:
    where = layout(prefix, *lengths)
    qkv = drawn(len(where.ids))
    ours = Attend.apply(qkv, where, HEADS, KEY_HEADS, WIDTH)
    torch.testing.assert_close(ours.float(), reference(qkv.float(), where), rtol=2e-2, atol=1e-2)


@SHAPES
def test_gradients_equal_the_librarys(prefix: int, lengths: tuple[int, ...]) -> None:
    where = layout(prefix, *lengths)
    qkv = drawn(len(where.ids)).requires_grad_()
    exact = qkv.detach().float().requires_grad_()
    wanted = reference(exact, where)
    torch.manual_seed(1)
    gradient = torch.randn(wanted.shape).bfloat16()
    wanted.backward(gradient.float())
    Attend.apply(qkv, where, HEADS, KEY_HEADS, WIDTH).backward(gradient)
    assert qkv.grad is not None and exact.grad is not None
    apart = (qkv.grad.float() - exact.grad).norm() / exact.grad.norm()
    assert apart < 0.01


def test_the_same_input_gives_the_same_gradient_to_the_last_bit() -> None:
    where = layout(12, 20, 31, 5)
    gradients = []
    for _ in range(3):
        qkv = drawn(len(where.ids)).requires_grad_()
        Attend.apply(qkv, where, HEADS, KEY_HEADS, WIDTH).sum().backward()
        gradients.append(qkv.grad)
    assert all(torch.equal(gradients[0], other) for other in gradients[1:])


def test_long_examples_and_other_number_formats_are_left_to_the_library() -> None:
    short, long = layout(8, 40), layout(8, LONGEST)
    assert suits(drawn(48), short)
    assert not suits(drawn(8 + LONGEST), long)
    assert not suits(drawn(48).float(), short)
