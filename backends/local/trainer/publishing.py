"""Publishing: the tuned model as a folder anybody's peft can load, proven readable and finite."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

from backends.local import manifest
from backends.local.runs import RunSpec
from backends.local.trainer.checkpoints import Progress, finite, write_json
from backends.local.trainer.loop import Diverged

DESCRIBED = "adapter_config.json"


def publish(tuned: Any, tokenizer: Any, spec: RunSpec, progress: Progress, folder: Path) -> None:
    """Writes adapter, tokenizer, chat template and recipe; the manifest last, by rename.

    Raises:
        Diverged: when a saved number is not finite; nothing is published then.
        StorageFailed, OSError, SafetensorError: when the disk refuses; what was begun is removed.
    """
    aside = folder.with_name(f".{folder.name}.tmp")
    shutil.rmtree(aside, ignore_errors=True)
    try:
        _write(tuned, tokenizer, spec, progress, aside)
        shutil.rmtree(folder, ignore_errors=True)
        manifest.move_into_place(aside, folder)
    except BaseException:
        shutil.rmtree(aside, ignore_errors=True)
        raise


def _write(tuned: Any, tokenizer: Any, spec: RunSpec, progress: Progress, aside: Path) -> None:
    aside.mkdir(parents=True)
    tuned.save_pretrained(aside, safe_serialization=True)
    # The model card peft writes names a folder of this machine.
    (aside / "README.md").unlink(missing_ok=True)
    describe(tuned, spec, aside)
    tokenizer.save_pretrained(aside)
    write_json(aside / "recipe.json", recipe(spec, progress))
    if not finite(aside / "adapter_model.safetensors"):
        raise Diverged
    manifest.publish(aside)


def describe(tuned: Any, spec: RunSpec, aside: Path) -> None:
    """Writes peft's description of the adapter, without a folder of this machine in it."""
    tuned.peft_config["default"].save_pretrained(aside)
    described = json.loads((aside / DESCRIBED).read_text(encoding="utf-8"))
    described["base_model_name_or_path"] = spec.model.name
    described["revision"] = spec.model.revision
    described["inference_mode"] = True
    write_json(aside / DESCRIBED, described)


def recipe(spec: RunSpec, progress: Progress) -> dict[str, Any]:
    """Returns everything needed to make this model again."""
    return {
        "job_id": spec.job_id,
        "training": spec.training.model_dump(mode="json"),
        "base_model": spec.model.model_dump(mode="json", exclude={"path", "created_at"}),
        "steps": progress.step,
        "best_step": progress.best_step,
        "validation_loss": progress.best_loss,
        "validation_losses": progress.validation_losses,
        "tokens": progress.tokens,
        "seconds": round(progress.seconds, 1),
        "stopped_early": progress.stopped_early,
    }
