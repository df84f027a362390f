"""A whole run on banking77: `python -m tests.benchmarks.banking77 --data DIR`.

Does what a user does, with the same command: imports train.csv, tunes the starter model with the
dial on balanced, and measures base and tuned model on every row of test.csv.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from datetime import datetime
from pathlib import Path
from typing import Any

from tests.benchmarks.output import circumstances, give, say
from tests.benchmarks.rows import ANSWER, PROMPT

ROOT = Path(__file__).parents[2]


def parser() -> argparse.ArgumentParser:
    """Returns the command's options."""
    options = argparse.ArgumentParser(prog="python -m tests.benchmarks.banking77")
    add = options.add_argument
    add("--data", type=Path, required=True, help="folder with train.csv and test.csv")
    add("--json", action="store_true", help="nothing but the JSON line on stdout")
    add("--effort", choices=("quick", "balanced", "thorough"), default="balanced")
    add("--method", choices=("lora", "qlora"), default="lora")
    add("--epochs", type=float, help="passes over the data, in place of the dial's")
    add("--data-dir", type=Path, help="keep the project here, and go on from what is there")
    return options


def main(arguments: list[str] | None = None) -> None:
    """Runs the benchmark."""
    wanted = parser().parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="banking77-") as scratch:
        began = time.monotonic()
        said = _command(wanted, wanted.data_dir or Path(scratch))
        figures = summary(said, time.monotonic() - began) | {
            "effort": wanted.effort,
            "method": wanted.method,
            **circumstances(),
        }
    give(table(figures), figures, as_json=wanted.json)


def _command(wanted: argparse.Namespace, data_dir: Path) -> dict[str, Any]:
    command = [
        *(sys.executable, "-m", "studio", "train", str(wanted.data / "train.csv")),
        *("--prompt-column", PROMPT, "--answer-column", ANSWER, "--accept-refused"),
        *("--effort", wanted.effort, "--method", wanted.method),
        *("--no-evaluate", "--test-file", str(wanted.data / "test.csv")),
        *("--json", "--data-dir", str(data_dir)),
    ]
    if wanted.epochs is not None:
        command += ["--epochs", str(wanted.epochs)]
    say(" ".join(command[1:]))
    ended = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, check=False)
    if ended.returncode != 0:
        raise SystemExit(f"studio train ended with code {ended.returncode}.")
    said: dict[str, Any] = json.loads(ended.stdout)
    return said


def summary(said: dict[str, Any], seconds: float) -> dict[str, Any]:
    """Returns every figure by its name in the JSON, from what `studio train --json` said."""
    job, comparison = said["job"], said["measured"][0]
    tuned, base = comparison["candidate"]["primary"], comparison["baseline"]["primary"]
    training = _moment(job["finished_at"]) - _moment(job["started_at"])
    return {
        "metric": tuned["metric"],
        "accuracy": tuned["value"],
        "low": tuned["low"],
        "high": tuned["high"],
        "n": tuned["n"],
        "accuracy_base": base["value"],
        "p_value": comparison["p_value"],
        "seconds": round(seconds, 1),
        "seconds_training": training.total_seconds(),
        "steps": job["step"],
        "hyperparameters": job["spec"]["hyperparameters"],
    }


def table(figures: dict[str, Any]) -> list[list[str]]:
    """Returns the figures as rows for people."""
    interval = f"{figures['low']:.1%} to {figures['high']:.1%}"
    return [
        ["", "test accuracy", "95 % interval", "n", "training", "altogether"],
        [
            "tuned",
            f"{figures['accuracy']:.1%}",
            interval,
            str(figures["n"]),
            f"{figures['seconds_training'] / 60:.0f} min",
            f"{figures['seconds'] / 60:.0f} min",
        ],
        ["base", f"{figures['accuracy_base']:.1%}", "", str(figures["n"]), "", ""],
    ]


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text)


if __name__ == "__main__":
    main()
