"""Estimator error: `python -m tests.benchmarks.estimator_error --data FILE.csv --json`.

Compares the estimator with published measurements of memory and speed, by source. Most constants
come from what frameworks do; `docs/reference/estimates.md` names the few that were set with a
source in view, and which. `worst_under_prediction` is the most negative (estimate - actual) /
actual among the memory rows of LoRA, DoRA and QLoRA on one GPU; above 0 when none was too low.
`leave_one_source_out` holds the same figures for each source with the constants of
`studio/core/costing/fitted.py` set anew on all others; null where there is but one source.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from statistics import mean, median
from typing import Any, NamedTuple

from studio.core.costing import duration, memory
from tests.benchmarks import held_out, measured_rows
from tests.benchmarks.measured_rows import Row, plain
from tests.benchmarks.output import circumstances, give, say

SINGLE = ("lora", "qlora", "dora")


class Error(NamedTuple):
    """One comparison: relative error, below 0 where too little was promised."""

    row: Row
    kind: str
    estimate: float
    actual: float

    @property
    def share(self) -> float:
        """Returns (estimate - actual) / actual."""
        return self.estimate / self.actual - 1


def parser() -> argparse.ArgumentParser:
    """Returns the command's options."""
    options = argparse.ArgumentParser(prog="python -m tests.benchmarks.estimator_error")
    options.add_argument("--data", type=Path, required=True, help="file of measurements")
    options.add_argument("--json", action="store_true", help="nothing but the JSON line on stdout")
    options.add_argument("--rows", action="store_true", help="tell every row's error on stderr")
    return options


def main(arguments: list[str] | None = None) -> None:
    """Runs the benchmark."""
    wanted = parser().parse_args(arguments)
    rows, skipped = measured_rows.read(wanted.data)
    for one in skipped:
        say(f"{one.id}: left out, {one.because}")
    for row in rows:
        if row.note:
            say(f"{row.id}: {row.note}")
    errors = compared(rows)
    if wanted.rows:
        for error in errors:
            say(
                f"{error.row.id:8} {error.kind:6} {error.row.levers.method:6}"
                f"{error.row.shape.name:22} {error.share:+7.1%}  {error.row.source}"
            )
    left_out = held_out.folds(rows)
    figures = summary(errors, rows, len(skipped))
    figures["leave_one_source_out"] = held_out.summary(left_out) if left_out else None
    give([*table(errors), *held_out.table(left_out)], figures, as_json=wanted.json)


def compared(rows: Sequence[Row]) -> list[Error]:
    """Returns every comparison the rows allow."""
    errors = []
    for row in rows:
        if row.memory is not None:
            found = memory.estimate(row.shape, row.levers)
            extra = found.context if row.levers.counted == "device" else 0
            errors.append(Error(row, "memory", found.total + extra, row.memory))
        if row.speed is not None and row.gpu is not None:
            speed = duration.tokens_per_second(row.shape, row.levers, row.gpu, packed=row.packed)
            errors.append(Error(row, "speed", speed.mid or 0.0, row.speed))
    return errors


def single(errors: Sequence[Error], methods: Sequence[str] = SINGLE) -> list[Error]:
    """Returns the memory rows of these methods on one GPU."""
    return [
        e
        for e in errors
        if e.kind == "memory" and e.row.levers.gpus == 1 and e.row.levers.method in methods
    ]


def summary(errors: Sequence[Error], rows: Sequence[Row], skipped: int) -> dict[str, Any]:
    """Returns the figures of the JSON line."""
    small = single(errors)
    by_memory = [e for e in errors if e.kind == "memory"]
    by_speed = [e for e in errors if e.kind == "speed"]
    sources = sorted({e.row.source for e in errors})
    return {
        "memory_mape_single_gpu_lora_qlora": _mape(small),
        "worst_under_prediction": plain(
            min((e.share for e in small), default=0.0) if small else None
        ),
        "throughput_mape": _mape(by_speed),
        "rows": len(rows),
        "rows_skipped": skipped,
        "memory_rows_single_gpu_lora_qlora": len(small),
        "memory_mape_single_gpu_lora": _mape(single(errors, ("lora", "dora"))),
        "memory_mape_single_gpu_qlora": _mape(single(errors, ("qlora",))),
        "memory_mape_single_gpu_full": _mape(single(errors, ("full",))),
        "memory_mape_several_gpus": _mape([e for e in by_memory if e.row.levers.gpus > 1]),
        "memory_mape": _mape(by_memory),
        "memory_bias": plain(mean(e.share for e in by_memory)) if by_memory else None,
        "throughput_rows": len(by_speed),
        "by_source": {
            source: {
                "memory_rows": len([e for e in by_memory if e.row.source == source]),
                "memory_mape": _mape([e for e in by_memory if e.row.source == source]),
                "memory_mape_single_gpu_lora_qlora": _mape(
                    [e for e in small if e.row.source == source]
                ),
                "throughput_mape": _mape([e for e in by_speed if e.row.source == source]),
            }
            for source in sources
        },
        "date": circumstances()["date"],
    }


def table(errors: Sequence[Error]) -> list[list[str]]:
    """Returns the errors by source, kind and method as rows for people."""
    lines = [["source", "what", "rows", "mean", "median", "bias", "most under", "most over"]]
    groups: dict[tuple[str, str], list[Error]] = {}
    for error in errors:
        gpus = "1 GPU" if error.row.levers.gpus == 1 else "several"
        what = f"{error.kind}, {error.row.levers.method}, {gpus}"
        groups.setdefault((error.row.source[:44], what), []).append(error)
    for (source, what), several in sorted(groups.items()):
        shares = [e.share for e in several]
        lines.append(
            [
                source,
                what,
                str(len(several)),
                f"{mean(map(abs, shares)):.1%}",
                f"{median(map(abs, shares)):.1%}",
                f"{mean(shares):+.1%}",
                f"{min(shares):+.1%}",
                f"{max(shares):+.1%}",
            ]
        )
    return lines


def _mape(errors: Sequence[Error]) -> float | None:
    return plain(mean(abs(e.share) for e in errors)) if errors else None


if __name__ == "__main__":
    main()
