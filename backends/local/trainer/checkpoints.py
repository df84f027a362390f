"""Checkpoints: written aside, made durable, then renamed; a torn one is never chosen."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path

import torch
from pydantic import Field
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from backends.local import manifest
from backends.local.runs import newest_whole
from studio.domain.errors import ModelRefused, StorageFailed
from studio.domain.values import Value

KEEP = 3
"""Newest checkpoints kept beside the best one: as many as OpenAI keeps, and more than the second
that is needed should the newest be damaged later."""
ADAPTER = "adapter_model.safetensors"
"""As peft calls it, names of tensors included, so that a checkpoint can answer as it lies."""


class Progress(Value):
    """Everything but tensors that a run needs to go on as if it had never stopped."""

    step: int = 0
    """Optimizer steps done."""
    best_loss: float | None = None
    best_step: int | None = None
    measured_step: int = 0
    """Step of the last measurement of the validation loss."""
    validation_losses: tuple[tuple[int, float], ...] = ()
    """(step, loss) of every measurement so far."""
    tokens: int = 0
    """Real tokens trained on."""
    seconds: float = Field(default=0.0, ge=0)
    """Training time so far, stops left out."""
    stopped_early: bool = False


class Checkpoints:
    """The checkpoints of one run folder."""

    def __init__(self, folder: Path, describe: Callable[[Path], None] = lambda aside: None) -> None:
        """`describe` writes beside an adapter what it takes to load it."""
        self._folder, self._describe = folder, describe

    def save(
        self,
        progress: Progress,
        parameters: Mapping[str, nn.Parameter],
        optimizer: torch.optim.Optimizer,
    ) -> Path:
        """Writes a whole checkpoint; a crash at any moment leaves the older ones untouched.

        Raises:
            StorageFailed: when the disk refuses; what was begun is removed.
        """
        final = self.at(progress.step, measured=progress.measured_step == progress.step)
        if _whole(final):
            return final  # The same step holds the same numbers; replacing it would risk it.
        aside = self._folder / f".{final.name}.tmp"
        shutil.rmtree(aside, ignore_errors=True)
        shutil.rmtree(final, ignore_errors=True)
        try:
            aside.mkdir(parents=True)
            save_file(
                {_published(n): p.detach().cpu().contiguous() for n, p in parameters.items()},
                aside / ADAPTER,
            )
            self._describe(aside)
            save_file(_moments(parameters, optimizer), aside / "optimizer.safetensors")
            (aside / "progress.json").write_text(progress.model_dump_json(), encoding="utf-8")
            manifest.publish(aside)
            manifest.move_into_place(aside, final)
        except BaseException as error:
            shutil.rmtree(aside, ignore_errors=True)
            if isinstance(error, OSError | SafetensorError):
                raise _refused_by_disk(final, error) from error
            raise
        self._drop_old(progress)
        return final

    def newest_whole(self) -> Path | None:
        """Returns the newest checkpoint whose files match its manifest, None without one."""
        return newest_whole(self._folder)

    def at(self, step: int, *, measured: bool = True) -> Path:
        """Returns where the checkpoint of a step lies, with or without its validation loss."""
        # A run stopped between a step and its measurement keeps both, one after the other.
        return self._folder / f"step-{step:08d}{'-measured' if measured else ''}"

    def _drop_old(self, progress: Progress) -> None:
        folders = sorted(self._folder.glob("step-*"))
        best = None if progress.best_step is None else self.at(progress.best_step)
        for folder in folders[:-KEEP]:
            if folder != best:
                shutil.rmtree(folder, ignore_errors=True)


def _whole(folder: Path) -> bool:
    try:
        manifest.verify(folder)
    except ModelRefused:
        return False
    return True


def _refused_by_disk(folder: Path, error: Exception) -> StorageFailed:
    return StorageFailed(
        f"Checkpoint {folder.name} could not be written: {error}.",
        hint="Free some disk space, then resume the run.",
    )


def load_progress(folder: Path) -> Progress:
    """Returns the progress a checkpoint was saved with."""
    return Progress.model_validate_json((folder / "progress.json").read_bytes())


def load_parameters(folder: Path, parameters: Mapping[str, nn.Parameter]) -> None:
    """Copies a checkpoint's adapter into the parameters.

    Raises:
        ModelRefused: when the checkpoint is not whole or belongs to another adapter.
    """
    manifest.verify(folder)
    try:
        saved = load_file(folder / ADAPTER)
    except (OSError, SafetensorError) as error:
        raise ModelRefused(f"Checkpoint {folder.name} cannot be read: {error}.") from error
    found = {name: tensor.shape for name, tensor in saved.items()}
    if found != {_published(name): parameter.shape for name, parameter in parameters.items()}:
        raise ModelRefused(f"Checkpoint {folder.name} belongs to another kind of adapter.")
    with torch.no_grad():
        for name, parameter in parameters.items():
            parameter.copy_(saved[_published(name)])


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


def _published(name: str) -> str:
    """Returns what a parameter is called in files: there the adapter's own name is left out."""
    return name.replace(".default.", ".")


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
