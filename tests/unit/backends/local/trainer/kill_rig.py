"""Kill rig: a parent with torch loaded forks savers that are killed at a moment drawn by lot.

`python -m tests.unit.backends.local.trainer.kill_rig FOLDER KILLS SEED` prints one JSON object:
how many checkpoints were acknowledged, how many kills left a torn one, and every broken promise.
"""

from __future__ import annotations

import json
import os
import random
import select
import signal
import sys
import time
from pathlib import Path

import torch
from torch import nn

from backends.local.trainer import checkpoints
from backends.local.trainer.checkpoints import Checkpoints, Progress

SIZE = 60_000
"""Numbers in the adapter: writing them takes about as long as everything else in a save."""
BURST = 12
"""Checkpoints a saver writes at most."""


def adapter(step: int) -> dict[str, nn.Parameter]:
    """Returns an adapter whose every number is its step."""
    return {"a": nn.Parameter(torch.full((SIZE,), float(step))), "b": nn.Parameter(torch.ones(3))}


def save(folder: Path, first: int, pipe: int) -> None:
    """Saves one checkpoint after the other and acknowledges each on the pipe."""
    kept = Checkpoints(folder)
    for step in range(first, first + BURST):
        parameters = adapter(step)
        best = step - step % 5 or None
        progress = Progress(step=step, best_step=best, measured_step=step)
        kept.save(progress, parameters, torch.optim.AdamW(parameters.values()))
        os.write(pipe, f"{step}\n".encode())


def seconds_of_a_save(folder: Path) -> float:
    """Returns how long a save takes here, so that kills fall anywhere in it."""
    took = []
    for step in range(1, 6):
        parameters = adapter(step)
        optimizer = torch.optim.AdamW(parameters.values())
        began = time.perf_counter()
        Checkpoints(folder / "timed").save(Progress(step=step), parameters, optimizer)
        took.append(time.perf_counter() - began)
    return min(took)


def killed_saver(folder: Path, first: int, dice: random.Random, span: float) -> int:
    """Forks a saver, kills it and returns the last step it acknowledged, or `first - 1`."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reading)
        save(folder, first, writing)
        os._exit(0)
    os.close(writing)
    acknowledged = first - 1
    said = b""
    for _ in range(dice.randrange(3)):  # Let some saves end, so that old ones are dropped too.
        select.select([reading], [], [], 5)
        said += os.read(reading, 64)
    time.sleep(dice.uniform(0, 1.5 * span))
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    while more := os.read(reading, 4096):
        said += more
    os.close(reading)
    lines = said.decode().split("\n")[:-1]
    return int(lines[-1]) if lines else acknowledged


def broken_promise(folder: Path, acknowledged: int) -> str:
    """Says what a resume would stumble over; empty when it goes on from a good checkpoint."""
    newest = Checkpoints(folder).newest_whole()
    if newest is None:
        return "" if acknowledged == 0 else f"nothing whole after {acknowledged}"
    step = checkpoints.load_progress(newest).step
    if step < acknowledged:
        return f"went back to {step}, {acknowledged} was acknowledged"
    parameters = adapter(0)
    optimizer = torch.optim.AdamW(parameters.values())
    checkpoints.load_parameters(newest, parameters)
    checkpoints.load_optimizer(newest, parameters, optimizer)
    right = bool((parameters["a"] == step).all())
    return "" if right else f"{newest.name} holds the numbers of another step"


def main(folder: Path, kills: int, seed: int) -> None:
    """Kills so many savers and checks the folder after each."""
    torch.set_num_threads(1)  # A forked child must not wait for threads it does not have.
    dice, span = random.Random(seed), seconds_of_a_save(folder)
    acknowledged, torn, promises = 0, 0, []
    for _ in range(kills):
        newest = Checkpoints(folder).newest_whole()
        first = 1 + (0 if newest is None else checkpoints.load_progress(newest).step)
        acknowledged = max(acknowledged, killed_saver(folder, first, dice, span))
        torn += any(path.name.startswith(".") for path in folder.iterdir())
        promises += [said] if (said := broken_promise(folder, acknowledged)) else []
    report = {"kills": kills, "acknowledged": acknowledged, "torn": torn, "broken": promises}
    sys.stdout.write(json.dumps(report) + "\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))
