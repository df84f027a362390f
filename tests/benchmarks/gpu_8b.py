"""Speed on a GPU: `python -m tests.benchmarks.gpu_8b --json`.

Trains a model of Llama-3.1-8B's shape with random weights on rows of up to 2,048 random tokens,
with LoRA and QLoRA, with our engine and with trl (packing, Liger's kernels where installed).
"""

from __future__ import annotations

import argparse
import tempfile
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import torch

from studio.domain.models import BaseModel
from studio.domain.training import Hyperparameters, Method
from tests.benchmarks.arms import eight_billion
from tests.benchmarks.arms.brief import LongBrief, Task, run_arm
from tests.benchmarks.output import circumstances, give, say
from tests.benchmarks.work import operations

ENGINES = {"ours": "long_ours", "trl": "long_sft_trainer"}
"""Who trains → the arm that lets it."""
KEYS = ("tokens_per_second", "fraction_of_peak", "memory_bytes", "memory_reserved_bytes")
"""Measured for each method and engine, as `tokens_per_second_lora_ours`."""
TINY = {
    "hidden_size": 64,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "head_dim": 16,
    "intermediate_size": 128,
    "vocab_size": 512,
}
"""A shape that trains anywhere: to try the command, not to measure with."""


def parser() -> argparse.ArgumentParser:
    """Returns the command's options."""
    options = argparse.ArgumentParser(prog="python -m tests.benchmarks.gpu_8b")
    add = options.add_argument
    add("--json", action="store_true", help="nothing but the JSON line on stdout")
    add("--shape", choices=("8b", "tiny"), default="8b", help="tiny only tries the command")
    add("--method", choices=("lora", "qlora"), action="append", help="both unless given")
    add("--sequence", type=int, default=2048, help="longest row in tokens")
    add("--rows", type=int, default=96, help="rows of each of two passes; the second is timed")
    add("--answer-share", type=float, default=0.5, help="share of a row that is its answer")
    add("--skip-trl", action="store_true", help="measure our engine only")
    add("--work", type=Path, help="keep the model and what the arms write here")
    return options


def main(arguments: list[str] | None = None) -> None:
    """Runs the benchmark; without a GPU it says so and measures nothing."""
    wanted = parser().parse_args(arguments)
    if wanted.shape == "8b" and not torch.cuda.is_available():
        raise SystemExit("There is no CUDA GPU here, so nothing was measured.")
    with tempfile.TemporaryDirectory(prefix="gpu-8b-") as scratch:
        folder = (wanted.work or Path(scratch)).resolve()
        device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
        say("Writing the model …")
        smaller = TINY if wanted.shape == "tiny" else {}
        model = eight_billion.make(folder / "model", device, **smaller)
        torch.cuda.empty_cache()
        figures = _measured(wanted, model, folder)
    give(table(figures), figures, as_json=wanted.json)


def _measured(wanted: argparse.Namespace, model: BaseModel, folder: Path) -> dict[str, Any]:
    peak = run_arm("peak", Task(folder=folder / "peak"))["peak"]
    engines = ["ours"] if wanted.skip_trl else list(ENGINES)
    arms: dict[str, dict[str, Any]] = {}
    settings = Hyperparameters(epochs=2, batch_size=8, evaluations=1, sequence_length=131072)
    for method in wanted.method or [one.value for one in Method]:
        for engine in engines:
            say(f"{method} with {engine} …")
            task = LongBrief(
                folder=folder / f"{method}-{engine}",
                model=model,
                hyperparameters=settings,
                method=Method(method),
                rows=wanted.rows,
                answer_share=wanted.answer_share,
                packing_length=wanted.sequence,
                liger=torch.cuda.is_available() and find_spec("liger_kernel") is not None,
            )
            arms[f"{method}_{engine}"] = run_arm(ENGINES[engine], task)
    gpu = torch.cuda.get_device_name() if torch.cuda.is_available() else None
    return summary(model, settings.lora_rank, arms, peak) | {
        "gpu": gpu,
        "shape": wanted.shape,
        "sequence": wanted.sequence,
        "rows": wanted.rows,
        **circumstances(),
    }


def summary(
    model: BaseModel, rank: int, arms: dict[str, dict[str, Any]], peak: float
) -> dict[str, Any]:
    """Returns every figure by its name in the JSON."""
    figures: dict[str, Any] = {"peak_operations_per_second": peak}
    for name, arm in arms.items():
        needed = operations(model.facts, rank, arm["tokens"], arm["answers"])
        values = (
            arm["tokens"] / arm["seconds"],
            needed / arm["seconds"] / peak,
            arm["memory_bytes"],
            arm["memory_reserved_bytes"],
        )
        figures |= {f"{key}_{name}": value for key, value in zip(KEYS, values, strict=True)}
        figures[f"notes_{name}"] = arm.get("log") or {
            key: arm[key] for key in ("attention", "liger") if key in arm
        }
    for method in Method:
        ours, theirs = (f"tokens_per_second_{method}_{engine}" for engine in ENGINES)
        if ours in figures and theirs in figures:
            figures[f"ratio_{method}"] = figures[ours] / figures[theirs]
    return figures


def table(figures: dict[str, Any]) -> list[list[str]]:
    """Returns the figures as rows for people."""
    lines = [["", "tokens/s", "of peak", "memory", "ours is"]]
    for method in Method:
        for engine in ENGINES:
            name = f"{method}_{engine}"
            if f"{KEYS[0]}_{name}" not in figures:
                continue
            ratio = figures.get(f"ratio_{method}") if engine == "trl" else None
            lines.append(
                [
                    f"{method} {engine}",
                    f"{figures[f'tokens_per_second_{name}']:.0f}",
                    f"{figures[f'fraction_of_peak_{name}']:.1%}",
                    f"{figures[f'memory_bytes_{name}'] / 1e9:.1f} GB",
                    "" if ratio is None else f"{ratio:.2f} x",
                ]
            )
    return lines


if __name__ == "__main__":
    main()
