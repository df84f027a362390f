"""Checkpoints: written aside, made durable, then renamed; a torn one is never chosen."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from pathlib import Path

import torch
from pydantic import Field
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from backends.local import manifest
from studio.domain.errors import ModelRefused
from studio.domain.values import Value

KEEP = 2
"""Newest checkpoints kept beside the best one: a second, should the newest be damaged later."""


class Progress(Value):
    """Everything but tensors that a run needs to go on as if it had never stopped."""

    step: int = 0
    """Optimizer steps done."""
    best_loss: float | None = None
    best_step: int | None = None
    validation_losses: tuple[tuple[int, float], ...] = ()
    """(step, loss) of every measurement so far."""
    tokens: int = 0
    """Real tokens trained on."""
    seconds: float = Field(default=0.0, ge=0)
    """Training time so far, stops left out."""
    stopped_early: bool = False


class Checkpoints:
    """The checkpoints of one run folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def save(
        self,
        progress: Progress,
        parameters: Mapping[str, nn.Parameter],
        optimizer: torch.optim.Optimizer,
    ) -> Path:
        """Writes a whole checkpoint; a crash at any moment leaves the older ones untouched.

        Raises:
            OSError, StorageFailed: when the disk refuses; what was begun is removed.
        """
        final = self._folder / f"step-{progress.step:08d}"
        aside = self._folder / f".{final.name}.tmp"
        shutil.rmtree(aside, ignore_errors=True)
        shutil.rmtree(final, ignore_errors=True)
        try:
            aside.mkdir(parents=True)
            save_file(
                {n: p.detach().cpu().contiguous() for n, p in parameters.items()},
                aside / "adapter.safetensors",
            )
            save_file(_moments(parameters, optimizer), aside / "optimizer.safetensors")
            (aside / "progress.json").write_text(progress.model_dump_json(), encoding="utf-8")
            manifest.publish(aside)
            aside.rename(final)
            manifest.sync(self._folder)
        except BaseException:
            shutil.rmtree(aside, ignore_errors=True)
            raise
        self._drop_old(progress)
        return final

    def newest_whole(self) -> Path | None:
        """Returns the newest checkpoint whose files match its manifest, None without one."""
        for folder in sorted(self._folder.glob("step-*"), reverse=True):
            try:
                manifest.verify(folder)
            except ModelRefused:
                continue
            return folder
        return None

    def at(self, step: int) -> Path:
        """Returns where the checkpoint of a step lies."""
        return self._folder / f"step-{step:08d}"

    def _drop_old(self, progress: Progress) -> None:
        folders = sorted(self._folder.glob("step-*"))
        best = None if progress.best_step is None else self.at(progress.best_step)
        for folder in folders[:-KEEP]:
            if folder != best:
                shutil.rmtree(folder, ignore_errors=True)


def load_progress(folder: Path) -> Progress:
    """Returns the progress a checkpoint was saved with."""
    return Progress.model_validate_json((folder / "progress.json").read_bytes())


def load_parameters(folder: Path, parameters: Mapping[str, nn.Parameter]) -> None:
    """Copies a checkpoint's adapter into the parameters.

    Raises:
        ModelRefused: when the checkpoint belongs to another adapter.
    """
    try:
        saved = load_file(folder / "adapter.safetensors")
    except (OSError, SafetensorError) as error:
        raise ModelRefused(f"Checkpoint {folder.name} cannot be read: {error}.") from error
    if saved.keys() != parameters.keys():
        raise ModelRefused(f"Checkpoint {folder.name} belongs to another kind of adapter.")
    with torch.no_grad():
        for name, parameter in parameters.items():
            parameter.copy_(saved[name])


def load_optimizer(
    folder: Path, parameters: Mapping[str, nn.Parameter], optimizer: torch.optim.Optimizer
) -> None:
    """Copies a checkpoint's optimizer state into the optimizer."""
    saved = load_file(folder / "optimizer.safetensors")
    for name, parameter in parameters.items():
        optimizer.state[parameter] = {
            "step": saved[f"{name}:step"],
            "exp_avg": saved[f"{name}:exp_avg"].to(parameter.device),
            "exp_avg_sq": saved[f"{name}:exp_avg_sq"].to(parameter.device),
        }


def _moments(
    parameters: Mapping[str, nn.Parameter], optimizer: torch.optim.Optimizer
) -> dict[str, Tensor]:
    moments: dict[str, Tensor] = {}
    for name, parameter in parameters.items():
        state = optimizer.state[parameter]
        if not state:  # Before the first step there is none yet.
            state = {
                "step": torch.tensor(0.0),
                "exp_avg": torch.zeros_like(parameter),
                "exp_avg_sq": torch.zeros_like(parameter),
            }
        for key in ("step", "exp_avg", "exp_avg_sq"):
            moments[f"{name}:{key}"] = state[key].detach().cpu().contiguous()
    return moments


def finite(folder: Path) -> bool:
    """Reads a saved adapter back and says whether all its numbers are finite."""
    return all(bool(torch.isfinite(t).all()) for t in load_file(folder).values())


def write_json(path: Path, content: object) -> None:
    """Writes readable JSON."""
    path.write_text(json.dumps(content, indent=1, sort_keys=True), encoding="utf-8")
