"""Kernels: norm, gate and rotation in one pass each — compiled C on a CPU, torch anywhere else."""

from __future__ import annotations

import ctypes
import hashlib
import os
import platform
import shutil
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

SOURCES = tuple(Path(__file__).with_name(name) for name in ("kernels.c", "attention.c"))
"""Compiled as one text, in this order."""
PATIENCE = 60
"""Seconds a compiler gets; it needs one."""
FLAGS = (
    *("-O3", "-march=native", "-fopenmp", "-shared", "-fPIC"),
    # What -ffast-math is wanted for, one by one: linked with that very flag, a library switches
    # subnormal numbers off for the whole process as it is loaded.
    *("-fassociative-math", "-freciprocal-math", "-fno-math-errno"),
    *("-fno-signed-zeros", "-fno-trapping-math"),
)


@cache
def compiled() -> ctypes.CDLL | None:
    """Returns the compiled kernels, or None where no C compiler is at hand.

    Compiling takes under a second and is kept for the next run in the user's cache folder, under
    the hash of source, flags and processor.
    """
    compiler = shutil.which("cc") or shutil.which("gcc") or shutil.which("clang")
    if compiler is None or not sys.platform.startswith("linux") or _switched_off():
        return None
    text = b"\n".join(source.read_bytes() for source in SOURCES)
    key = hashlib.sha256(
        text + repr((FLAGS, platform.processor(), _cpu_flags())).encode()
    ).hexdigest()
    library = _cache_folder() / f"kernels-{key[:16]}.so"
    try:
        if not library.exists():
            _compile(compiler, text, library)
        return ctypes.CDLL(str(library))
    except (OSError, subprocess.SubprocessError):
        return None  # No room, no right to write, no working compiler: torch does the same, slower.


def _compile(compiler: str, text: bytes, library: Path) -> None:
    library.parent.mkdir(parents=True, exist_ok=True)
    aside = library.with_suffix(f".{os.getpid()}.tmp")
    command = [compiler, *FLAGS, "-x", "c", "-", "-o", str(aside), "-lm"]
    subprocess.run(command, input=text, capture_output=True, check=True, timeout=PATIENCE)
    aside.replace(library)


def usable(tensor: Tensor) -> bool:
    """Says whether the compiled kernels can work on this tensor."""
    return tensor.dtype == torch.bfloat16 and tensor.device.type == "cpu" and compiled() is not None


class RmsNorm(torch.autograd.Function):
    """`x / rms(x) * weight` with a frozen weight; x is (rows, width)."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, weight: Tensor, eps: float) -> Tensor:
        """Normalises each row."""
        if not usable(x):
            wide = x.float()
            inverse = torch.rsqrt(wide.pow(2).mean(-1, keepdim=True) + eps)
            ctx.save_for_backward(x, weight, inverse)
            return (wide * inverse).to(x.dtype) * weight
        x = x.contiguous()
        y, inverse = torch.empty_like(x), torch.empty(x.shape[0], dtype=torch.float32)
        call("rms_norm", x, weight, y, inverse, *x.shape, ctypes.c_float(eps))
        ctx.save_for_backward(x, weight, inverse)
        return y

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> tuple[Tensor, None, None]:
        """Gradient for x."""
        x, weight, inverse = ctx.saved_tensors
        dy = grads[0].contiguous()
        if not usable(x):
            g, wide = dy.float() * weight.float(), x.float()
            dot = (g * wide).mean(-1, keepdim=True) * inverse**3
            return (g * inverse - wide * dot).to(x.dtype), None, None
        dx = torch.empty_like(x)
        call("rms_norm_backward", dy, x, weight, inverse, dx, *x.shape)
        return dx, None, None


class SwiGlu(torch.autograd.Function):
    """`silu(gate) * up` for rows holding gate and up side by side."""

    @staticmethod
    def forward(ctx: Any, gate_up: Tensor) -> Tensor:
        """Returns half as many columns."""
        gate_up = gate_up.contiguous()
        ctx.save_for_backward(gate_up)
        if not usable(gate_up):
            gate, up = gate_up.chunk(2, -1)
            return torch.nn.functional.silu(gate) * up
        rows, width = gate_up.shape[0], gate_up.shape[1] // 2
        y = gate_up.new_empty(rows, width)
        call("swiglu", gate_up, y, rows, width)
        return y

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> Tensor:
        """Gradients for gate and up."""
        (gate_up,) = ctx.saved_tensors
        dy = grads[0].contiguous()
        if not usable(gate_up):
            # In the tensor's own type: copies in float32 would be the largest thing in memory.
            gate, up = gate_up.chunk(2, -1)
            d_gate = torch.ops.aten.silu_backward(dy * up, gate)
            return torch.cat([d_gate, dy * torch.nn.functional.silu(gate)], -1)
        out = torch.empty_like(gate_up)
        call("swiglu_backward", gate_up, dy, out, gate_up.shape[0], gate_up.shape[1] // 2)
        return out


class Rotate(torch.autograd.Function):
    """Rotary positions on the first heads of each row; cosine and sine are (rows, head_dim / 2)."""

    @staticmethod
    def forward(
        ctx: Any, x: Tensor, cosine: Tensor, sine: Tensor, heads: int, width: int
    ) -> Tensor:
        """Returns the rows with `heads * width` leading columns rotated."""
        ctx.shape = heads, width
        ctx.save_for_backward(cosine, sine)
        return _rotated(x, cosine, sine, heads, width, 1.0)

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> tuple[Tensor, None, None, None, None]:
        """The rotation backwards."""
        cosine, sine = ctx.saved_tensors
        heads, width = ctx.shape
        return _rotated(grads[0], cosine, sine, heads, width, -1.0), None, None, None, None


def _rotated(
    x: Tensor, cosine: Tensor, sine: Tensor, heads: int, width: int, direction: float
) -> Tensor:
    out = x.clone(memory_format=torch.contiguous_format)
    if usable(x):
        call("rotate", out, cosine, sine, *x.shape, heads, width, ctypes.c_float(direction))
        return out
    turned = x[:, : heads * width].reshape(len(x), heads, 2, width // 2).float()
    first, second = turned[:, :, 0], turned[:, :, 1]
    c, s = cosine[:, None], sine[:, None] * direction
    both = torch.stack([first * c - second * s, second * c + first * s], 2)
    out[:, : heads * width] = both.reshape(len(x), heads * width).to(x.dtype)
    return out


def call(name: str, *arguments: Any) -> None:
    """Calls a compiled kernel: tensors by their address, whole numbers as long."""
    library = compiled()
    assert library is not None
    getattr(library, name)(
        *[
            ctypes.c_void_p(a.data_ptr())
            if isinstance(a, Tensor)
            else ctypes.c_long(a)
            if isinstance(a, int)
            else a
            for a in arguments
        ]
    )


def _cache_folder() -> Path:
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base) / "ladder-studio"


def _cpu_flags() -> str:
    try:
        text = Path("/proc/cpuinfo").read_text(encoding="utf-8")
    except OSError:
        return platform.machine()
    return next((line for line in text.splitlines() if line.startswith("flags")), "")


def _switched_off() -> bool:
    return os.environ.get("LADDER_COMPILED_KERNELS") == "0"
