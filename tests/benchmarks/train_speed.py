"""Training speed: `python -m tests.benchmarks.train_speed --data DIR --json`.

Trains the starter model on the same rows of banking77 with our engine and with trl's SFTTrainer, at
its defaults and with packing, one after the other and each in a process of its own; then measures
all results with one yardstick. `docs/benchmarks.md` says what each figure means.
"""

from __future__ import annotations

import argparse
import os
import tempfile
from pathlib import Path
from typing import Any

import platformdirs

from backends.local.library import LocalLibrary
from backends.local.starter import ID
from studio.core.training.recipes import recommended
from studio.domain.models import BaseModel
from studio.domain.training import Effort
from tests.benchmarks import rows
from tests.benchmarks.arms.brief import Brief, Task, run_arm
from tests.benchmarks.output import circumstances, give, say
from tests.benchmarks.work import operations

RIVALS = {"trl_defaults": False, "trl_packing": True}
"""Name of each of trl's arms → whether it packs."""
KEYS = (
    "ratio_vs_trl_defaults",
    "ratio_vs_trl_packing",
    "val_loss",
    "val_loss_trl_defaults",
    "val_loss_trl_packing",
    "fraction_of_peak",
)
"""What is always in the JSON; None where an arm was left out."""


def parser() -> argparse.ArgumentParser:
    """Returns the command's options."""
    options = argparse.ArgumentParser(prog="python -m tests.benchmarks.train_speed")
    add = options.add_argument
    add("--data", type=Path, required=True, help="folder with banking77's train.csv")
    add("--json", action="store_true", help="nothing but the JSON line on stdout")
    add("--examples", type=int, default=400, help="training examples for each arm")
    add("--validation", type=int, default=200, help="examples the loss is compared on")
    add("--epochs", type=float, default=1.0, help="passes over the examples")
    add("--test-examples", type=int, default=200, help="rows of test.csv answered by each model")
    add("--skip-test-accuracy", action="store_true", help="compare the loss only")
    add("--skip-packing", action="store_true", help="leave out trl's slow packing arm")
    add("--same-settings", action="store_true", help="give trl our learning rate and batch size")
    add("--models", type=Path, help="folder that holds, or gets, the starter model")
    add("--work", type=Path, help="keep what the arms write here")
    return options


def main(arguments: list[str] | None = None) -> None:
    """Runs the benchmark."""
    wanted = parser().parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="train-speed-") as scratch:
        folder = (wanted.work or Path(scratch)).resolve()
        brief = _brief(wanted, folder)
        say(f"{len(brief.train)} examples, {len(brief.validation)} for validation; on {folder}")
        figures = _measured(wanted, brief, folder)
    give(table(figures), figures, as_json=wanted.json)


def starter_model(folder: Path | None) -> BaseModel:
    """Returns the starter model, fetched unless the folder or the tests' cache has it."""
    kept = (
        folder
        or os.environ.get("LADDER_TEST_MODELS")
        or platformdirs.user_cache_dir("ladder-studio-tests")
    )
    return LocalLibrary(Path(kept)).pull(ID, lambda what, share: None)


def _brief(wanted: argparse.Namespace, folder: Path) -> Brief:
    train, validation = rows.drawn(wanted.data / "train.csv", wanted.examples, wanted.validation)
    model = starter_model(wanted.models)
    settings = recommended(len(train), model.facts, Effort.BALANCED)
    return Brief(
        model=model,
        train=tuple(train),
        validation=tuple(validation),
        # One measurement at the end, which is not timed: trl's arms measure nothing either.
        hyperparameters=settings.with_(epochs=wanted.epochs, evaluations=1, early_stopping=0),
        folder=folder,
    )


def _measured(wanted: argparse.Namespace, brief: Brief, folder: Path) -> dict[str, Any]:
    say("The machine's bf16 peak …")
    peaks = [run_arm("peak", Task(folder=folder / "peak-before"))["peak"]]
    say("Our engine …")
    arms = {"ours": run_arm("ours", brief.with_(folder=folder / "ours"))}
    for name, packing in RIVALS.items():
        if packing and wanted.skip_packing:
            continue
        say(f"{name} …")
        task = brief.with_(
            folder=folder / name, packing=packing, same_settings=wanted.same_settings
        )
        arms[name] = run_arm("sft_trainer", task)
    # Measured again, as a machine that others slowed down at first would flatter every share.
    peaks.append(run_arm("peak", Task(folder=folder / "peak-after"))["peak"])
    say("One yardstick for all …")
    adapters: dict[str, Path | None] = {"base": None}
    adapters |= {name: folder / name / "adapter" for name in arms}
    test = wanted.data / "test.csv"
    answered = (
        ()
        if wanted.skip_test_accuracy or not test.exists()
        else rows.sample(test, wanted.test_examples)
    )
    scoring = brief.with_(folder=folder / "score", adapters=adapters, test=answered)
    return summary(brief, arms, run_arm("score", scoring), max(peaks)) | {
        "same_settings": wanted.same_settings
    }


def summary(
    brief: Brief, arms: dict[str, dict[str, Any]], scores: dict[str, Any], peak: float
) -> dict[str, Any]:
    """Returns every figure by its name in the JSON."""
    speeds = {name: arm["tokens"] / arm["seconds"] for name, arm in arms.items()}
    facts, rank = brief.model.facts, brief.hyperparameters.lora_rank
    work, seconds = arms["ours"]["work"], arms["ours"]["seconds"]
    figures: dict[str, Any] = dict.fromkeys(KEYS)
    for name, arm in arms.items():
        end = "" if name == "ours" else f"_{name}"
        whole = operations(facts, rank, arm["tokens"], work["answers"])
        if name != "ours":
            figures[f"ratio_vs{end}"] = speeds["ours"] / speeds[name]
        figures |= {
            f"val_loss{end}": scores[name]["loss"],
            f"accuracy{end}": scores[name]["accuracy"],
            f"tokens_per_second{end}": speeds[name],
            f"seconds{end}": arm["seconds"],
            f"steps{end}": arm["steps"],
            f"tokens{end}": arm["tokens"],
            f"memory_bytes{end}": arm["memory_bytes"],
            f"fraction_of_peak{end}": whole / arm["seconds"] / peak,
        }
    needed = operations(facts, rank, work["computed"], work["answers"])
    figures["fraction_of_peak_counting_shared_prefixes"] = figures["fraction_of_peak"]
    figures["fraction_of_peak"] = needed / seconds / peak
    return figures | {
        "computed_token_share": work["computed"] / work["real"],
        "val_loss_base": scores["base"]["loss"],
        "accuracy_base": scores["base"]["accuracy"],
        "peak_operations_per_second": peak,
        "examples": len(brief.train),
        "validation_examples": len(brief.validation),
        "epochs": brief.hyperparameters.epochs,
        "hyperparameters": brief.hyperparameters.model_dump(mode="json"),
        "trl": {name: arm["chosen"] for name, arm in arms.items() if "chosen" in arm},
        **circumstances(),
    }


def table(figures: dict[str, Any]) -> list[list[str]]:
    """Returns the figures as rows for people."""
    lines = [["", "tokens/s", "ours is", "val. loss", "accuracy", "of peak", "memory", "steps"]]
    for end in ("", *(f"_{name}" for name in RIVALS)):
        if f"steps{end}" not in figures:
            continue
        accuracy = figures[f"accuracy{end}"]
        lines.append(
            [
                f"trl {end[5:]}" if end else "Ladder Studio",
                f"{figures[f'tokens_per_second{end}']:.0f}",
                f"{figures[f'ratio_vs{end}']:.1f} x" if end else "",
                f"{figures[f'val_loss{end}']:.4f}",
                "" if accuracy is None else f"{accuracy:.1%}",
                f"{figures[f'fraction_of_peak{end}']:.1%}",
                f"{figures[f'memory_bytes{end}'] / 1e9:.1f} GB",
                f"{figures[f'steps{end}']}",
            ]
        )
    return lines


if __name__ == "__main__":
    main()
