"""The compiled kernels give what the torch formulas give, and torch steps in where they cannot."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor

from backends.local.trainer import kernels
from backends.local.trainer.kernels import RmsNorm, Rotate, SwiGlu

BF16 = torch.bfloat16
ROUNDING = 2.0**-7
"""One unit in the last place of bf16, relative."""


@pytest.fixture
def fresh() -> Iterator[None]:
    """Lets a test decide anew whether there is a compiler."""
    kernels.compiled.cache_clear()
    yield
    kernels.compiled.cache_clear()


def drawn(*shape: int, scale: float = 1.0) -> Tensor:
    torch.manual_seed(5)
    return (torch.randn(*shape) * scale).to(BF16)


def turns(rows: int, half: int) -> tuple[Tensor, Tensor]:
    angles = torch.arange(rows)[:, None] * torch.linspace(1.0, 0.01, half)
    return angles.cos().contiguous(), angles.sin().contiguous()


def norm(x: Tensor) -> Tensor:
    return RmsNorm.apply(x, drawn(x.shape[1]).to(x.dtype), 1e-5)


def gate(x: Tensor) -> Tensor:
    return SwiGlu.apply(x)


def rotate(x: Tensor) -> Tensor:
    return Rotate.apply(x, *turns(len(x), 8), 3, 16)


WIDTHS = {norm: 72, gate: 96, rotate: 72}
STEPS = pytest.mark.parametrize("step", WIDTHS, ids=lambda step: step.__name__)


def both_ways(step: Callable[[Tensor], Tensor], x: Tensor) -> tuple[Tensor, Tensor]:
    """Returns output and input gradient, the gradient of the output drawn."""
    x = x.detach().requires_grad_()
    y = step(x)
    torch.manual_seed(9)
    y.backward(torch.randn(y.shape).to(y.dtype))
    assert x.grad is not None
    return y.detach(), x.grad


def close(ours: Tensor, exact: Tensor) -> bool:
    """Says whether every number is within two roundings to bf16, and NaN where NaN belongs."""
    bound = 2 * ROUNDING * exact.float().abs() + 1e-2 * exact.float().nan_to_num().abs().median()
    apart = (ours.float() - exact.float()).abs()
    return bool(((apart <= bound) | (ours.isnan() & exact.isnan()) | (ours == exact)).all())


@STEPS
@pytest.mark.parametrize("scale", [1e-3, 1.0, 30.0])
def test_compiled_and_torch_agree(step: Callable[[Tensor], Tensor], scale: float) -> None:
    x = drawn(37, WIDTHS[step], scale=scale)
    assert kernels.usable(x), "this machine has a C compiler, the kernels should be used"
    exact = both_ways(step, x.float())
    for ours, truth in zip(both_ways(step, x), exact, strict=True):
        assert close(ours, truth)


@STEPS
def test_torch_formulas_have_the_right_gradient(step: Callable[[Tensor], Tensor]) -> None:
    x = drawn(5, WIDTHS[step]).double().requires_grad_()

    def in_single_precision(t: Tensor) -> Tensor:
        return step(t.float()).double()

    assert torch.autograd.gradcheck(in_single_precision, x, eps=1e-2, atol=1e-2, rtol=1e-2)


@STEPS
@pytest.mark.parametrize("bad", [float("nan"), float("inf")])
def test_what_is_not_finite_stays_visible(step: Callable[[Tensor], Tensor], bad: float) -> None:
    x = drawn(6, WIDTHS[step])
    x[2, 3] = bad
    forward, backward = both_ways(step, x)
    assert not forward[2].isfinite().all()
    if bad != bad and step is not rotate:  # A rotation's gradient knows nothing of its input.
        assert not backward[2].isfinite().all()
    others = [row for row in range(6) if row != 2]
    assert forward[others].isfinite().all()
    assert backward[others].isfinite().all()


@STEPS
def test_a_view_of_something_wider_is_read_rightly(step: Callable[[Tensor], Tensor]) -> None:
    wide = drawn(11, WIDTHS[step] + 40)
    view = wide[:, 8 : 8 + WIDTHS[step]]
    assert not view.is_contiguous()
    for ours, copied in zip(both_ways(step, view), both_ways(step, view.contiguous()), strict=True):
        assert torch.equal(ours, copied)


def switched_off(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("LADDER_COMPILED_KERNELS", "0")


def without_compiler(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))


def with_broken_compiler(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "cc").write_text("#!/bin/sh\nexit 1\n")
    (tmp_path / "cc").chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))


def without_cache_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))


@pytest.mark.parametrize(
    "lame", [switched_off, without_compiler, with_broken_compiler, without_cache_folder]
)
def test_torch_steps_in(
    lame: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, fresh: None
) -> None:
    lame(monkeypatch, tmp_path)
    assert kernels.compiled() is None
    for step, width in WIDTHS.items():
        x = drawn(9, width)
        for ours, truth in zip(both_ways(step, x), both_ways(step, x.float()), strict=True):
            assert close(ours, truth)


def test_a_library_compiled_before_is_used_again(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, fresh: None
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert kernels.compiled() is not None
    (kept,) = (tmp_path / "ladder-studio").iterdir()
    made = kept.stat().st_mtime_ns
    kernels.compiled.cache_clear()
    assert kernels.compiled() is not None
    assert kept.stat().st_mtime_ns == made


def test_loading_the_kernels_leaves_the_process_its_smallest_numbers(fresh: None) -> None:
    kernels.compiled()
    smallest = 5e-324
    assert smallest / 1.0 != 0.0
    assert (smallest * 2.0) / 2.0 == smallest
