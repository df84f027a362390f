"""Rows of published measurements as levers of the estimator; blanks mean the framework's habit."""

from __future__ import annotations

import csv
import json
import re
from pathlib import Path
from typing import Any, NamedTuple

from studio.core.costing.shapes import Shapes
from studio.domain.sizing import Architecture, Gpu, Levers

ASSETS = Path(__file__).parents[2] / "assets"
GIB = 2**30
YES, NO = {"true", "yes", "on", "1", "y"}, {"false", "no", "off", "0", "n", "none"}
METHODS = (
    ("qlora", "qlora"),
    ("dora", "dora"),
    ("lora", "lora"),
    ("full", "full"),
    ("sft", "full"),
)


class Row(NamedTuple):
    """One published measurement."""

    id: str
    source: str
    shape: Architecture
    levers: Levers
    memory: float | None
    """Bytes; None when the row has no memory to compare with."""
    speed: float | None
    """Tokens per second of all GPUs; None when it has none."""
    gpu: Gpu | None
    packed: bool
    note: str


class Skipped(NamedTuple):
    """A row that cannot be estimated, and why."""

    id: str
    because: str


def shapes() -> Shapes:
    """Returns the table of known models."""
    listed = json.loads((ASSETS / "architectures.json").read_text(encoding="utf-8"))
    return Shapes(Architecture.model_validate(row) for row in listed)


def gpus() -> list[Gpu]:
    """Returns the table of GPUs."""
    listed = json.loads((ASSETS / "gpus.json").read_text(encoding="utf-8"))
    return [Gpu.model_validate(row) for row in listed]


def read(path: Path) -> tuple[list[Row], list[Skipped]]:
    """Returns every row of a file, as a measurement or as skipped with the reason."""
    known, cards = shapes(), gpus()
    kept: list[Row] = []
    skipped: list[Skipped] = []
    with path.open(encoding="utf-8-sig", newline="") as stream:
        for n, fields in enumerate(csv.DictReader(stream), 1):
            cells = {str(k): (v or "").strip() for k, v in fields.items()}
            found = _row(cells, known, cards, cells.get("id") or f"line {n + 1}")
            (kept if isinstance(found, Row) else skipped).append(found)  # type: ignore[arg-type]
    return kept, skipped


def _row(cells: dict[str, str], known: Shapes, cards: list[Gpu], id: str) -> Row | Skipped:
    from studio.core.costing.duration import gpu_named

    billions = _number(cells.get("params_b", ""))
    said = cells.get("method", "").lower()
    if "component" in said or cells.get("use_for", "").startswith("component"):
        return Skipped(id, "a part of memory, not a total")
    method = next((word for part, word in METHODS if part in said), None)
    if method is None:
        return Skipped(id, f"method {said or 'not stated'!r}")
    shape = known.find(cells.get("model", ""), billions and billions * 1e9)
    if shape is None:
        return Skipped(id, f"unknown model {cells.get('model')!r} and no number of weights")
    wanted = cells.get("use_for", "") or "mem+time"
    memory, speed = (
        _number(cells.get("peak_mem_gib", "")),
        _number(cells.get("tokens_per_s_total", "")),
    )
    seq = _number(cells.get("seq_len", ""))
    use_memory = memory is not None and "mem" in wanted and seq is not None
    use_speed = speed is not None and "time" in wanted
    gpu = gpu_named(cells.get("gpu", ""), cards)
    if not use_memory and not (use_speed and gpu):
        return Skipped(id, "no sequence length" if seq is None else "nothing to compare with")
    try:
        levers = _levers(cells, method)
    except ValueError as error:
        return Skipped(id, str(error).splitlines()[0])
    return Row(
        id=id,
        source=cells.get("source") or "not stated",
        shape=shape,
        levers=levers,
        memory=memory * GIB if memory is not None and use_memory else None,
        speed=speed if use_speed else None,
        gpu=gpu,
        packed=_packed(cells),
        note=shape.note,
    )


def _levers(cells: dict[str, str], method: str) -> Levers:
    text = " ".join(cells.values()).lower()
    notes = " ".join(
        cells.get(k, "") for k in ("notes", "framework", "optimizer", "seq_note", "grad_ckpt")
    ).lower()
    optimizer, in_backward = _optimizer(notes, cells.get("optimizer", "").lower())
    gpus = int(_number(cells.get("n_gpus", "")) or 1)
    chunked = True if _chunked(notes) else None
    if re.search(r"(no|without|plain) chunk|plain (loss|cross)|full logits", notes):
        chunked = False
    return Levers(
        method=method,  # type: ignore[arg-type]
        framework=f"{cells.get('framework', '')} {'bnb-old' if _before_2024(cells) else ''}".strip()
        or "transformers",
        micro_batch=max(1, int(_number(cells.get("micro_batch", "")) or 1)),
        seq_len=max(1, int(_number(cells.get("seq_len", "")) or 1024)),
        checkpointing=_flag(cells.get("grad_ckpt", "")),
        chunked_loss=chunked,
        rank=max(1, int(_number(cells.get("lora_rank", "")) or (16 if method != "full" else 1))),
        targets=cells.get("lora_targets", "") or "all-linear",
        quant="" if cells.get("quant", "").lower() in ("", "none") else cells["quant"],
        optimizer=optimizer,
        optimizer_in_backward=in_backward,
        state_precision=_precision(cells.get("state_precision", "").lower(), method),
        flash_attention="eager" not in text,
        offload_activations=bool(
            re.search(r"activation offload|offload(ed|ing)? activation|act offload", notes)
        ),
        compiled="compile" in notes,
        gpus=gpus,
        sharding=_sharding(cells.get("sharding", "").lower(), gpus),  # type: ignore[arg-type]
        cpu_offload=_flag(cells.get("cpu_offload", "")) or False,
        counted=_counted(cells.get("mem_metric", "").lower()),  # type: ignore[arg-type]
    )


def _before_2024(cells: dict[str, str]) -> bool:
    date = cells.get("source_date", "")
    return bool(date) and date < "2024-02"


def _chunked(notes: str) -> bool:
    return bool(
        re.search(r"chunk|liger|fused (linear |lm|ce|cross|loss)|cut[- ]cross|\bcce\b", notes)
    )


def _optimizer(notes: str, said: str) -> tuple[str, bool]:
    words = said or "adamw"
    inside = bool(re.search(r"(in|into|fused|fuse).{0,12}(bwd|backward)", f"{said} {notes}"))
    eight = bool(re.search(r"8[- ]?bit", words))
    name = "sgd" if "sgd" in words else "adafactor" if "adafactor" in words else "adamw"
    if name == "adamw" and "lion" in words:
        name = "lion"
    return ("paged_" if "paged" in words else "") + name + ("_8bit" if eight else ""), inside


def _precision(said: str, method: str) -> str | None:  # noqa: ANN001
    if not said:
        return None
    if method != "full" and "adapter" in said:
        return "fp32" if re.search(r"fp32 adapter|float32 adapter", said) else "bf16"
    if re.search(r"fp32|float32|mixed|master", said):
        return "fp32"
    return "bf16" if re.search(r"bf16|fp16|bfloat", said) else None


def _sharding(said: str, gpus: int) -> str:
    if gpus == 1 or not said:
        return "none" if gpus == 1 else "ddp"
    if re.search(r"zero[- ]?2|grad_op", said):
        return "zero2"
    return "full" if re.search(r"fsdp|zero[- ]?3|full shard", said) else "ddp"


def _counted(said: str) -> str:
    if re.search(r"smi|nvml|device|driver|process|gpu (memory )?us", said):
        return "device"
    return "allocated" if "alloc" in said or "active" in said else "reserved"


def _packed(cells: dict[str, str]) -> bool:
    note = (
        f"{cells.get('seq_note', '')} {cells.get('notes', '')} {cells.get('tps_note', '')}".lower()
    )
    short = r"unpacked|not packed|(no|without) packing|dynamic pad|real tokens|alpaca example"
    return re.search(short, note) is None


def _flag(said: str) -> bool | None:
    word = said.lower().strip()
    if not word or word in ("unknown", "n/a", "?", "-"):
        return None
    first = re.split(r"[\s(,;]", word)[0]
    if first in YES or first in ("unsloth", "selective", "full", "enabled", "checkpointing"):
        return True
    return False if first in NO or first in ("disabled",) else None


def _number(text: str) -> float | None:
    found = re.search(r"-?\d+(?:\.\d+)?(?:e[+-]?\d+)?", text.replace(",", ""))
    return float(found[0]) if found else None


def plain(value: Any) -> Any:
    """Rounds a figure for the JSON line, leaving None alone."""
    return None if value is None else round(float(value), 4)
