"""A checkpoint is whole or does not count, whatever was killed, damaged or full meanwhile."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import torch

from backends.local.trainer import checkpoints, endings
from backends.local.trainer.checkpoints import KEEP, Checkpoints, Progress
from studio.domain.errors import ModelRefused, StorageFailed
from tests.architecture.places import ROOT
from tests.small_disk import mounted
from tests.unit.backends.local.trainer.kill_rig import adapter

KILLS = 60


def saved(folder: Path, step: int, best: int | None = None) -> Path:
    parameters = adapter(step)
    progress = Progress(step=step, best_step=best, measured_step=step)
    optimizer = torch.optim.AdamW(parameters.values())
    return Checkpoints(folder).save(progress, parameters, optimizer)


def test_no_kill_costs_an_acknowledged_checkpoint(tmp_path: Path) -> None:
    # In memory where possible: what is tested is the order of the steps, not the disk's speed.
    shared = Path("/dev/shm")
    folder = shared / tmp_path.name if shared.is_dir() else tmp_path
    folder.mkdir(exist_ok=True)
    rig = "tests.unit.backends.local.trainer.kill_rig"
    try:
        told = subprocess.check_output(
            [sys.executable, "-m", rig, str(folder), str(KILLS), "7"], cwd=ROOT, text=True
        )
    finally:
        subprocess.run(["rm", "-rf", str(folder)], check=True)
    report = json.loads(told)
    assert report["broken"] == []
    assert report["kills"] == KILLS
    assert report["acknowledged"] > KILLS / 4, "the savers never got anything done"
    assert report["torn"] > KILLS / 4, "the kills never met a save"


def remove_manifest(folder: Path) -> None:
    (folder / "manifest.json").unlink()


def remove_a_file(folder: Path) -> None:
    (folder / "optimizer.safetensors").unlink()


def cut_a_file(folder: Path) -> None:
    path = folder / checkpoints.ADAPTER
    path.write_bytes(path.read_bytes()[:-1])


def flip_one_bit(folder: Path) -> None:
    path = folder / checkpoints.ADAPTER
    content = bytearray(path.read_bytes())
    content[-5] ^= 1
    path.write_bytes(content)


def garble_manifest(folder: Path) -> None:
    (folder / "manifest.json").write_text("{", encoding="utf-8")


def add_a_file(folder: Path) -> None:
    (folder / "training_args.bin").write_bytes(b"")


@pytest.mark.parametrize(
    "harm",
    [remove_manifest, remove_a_file, cut_a_file, flip_one_bit, garble_manifest, add_a_file],
)
def test_a_damaged_checkpoint_is_passed_over(tmp_path: Path, harm: Callable[[Path], None]) -> None:
    older, newer = saved(tmp_path, 1), saved(tmp_path, 2)
    kept = Checkpoints(tmp_path)
    assert kept.newest_whole() == newer
    harm(newer)
    assert kept.newest_whole() == older
    with pytest.raises(ModelRefused):
        checkpoints.load_parameters(newer, adapter(0))


def test_without_a_whole_checkpoint_there_is_none(tmp_path: Path) -> None:
    kept = Checkpoints(tmp_path / "nothing")
    assert kept.newest_whole() is None
    remove_manifest(saved(tmp_path / "nothing", 1))
    assert kept.newest_whole() is None


def test_what_comes_back_is_what_was_saved(tmp_path: Path) -> None:
    parameters = adapter(4)
    optimizer = torch.optim.AdamW(parameters.values(), lr=0.1)
    for _ in range(3):
        sum((p * p).sum() for p in parameters.values()).backward()  # type: ignore[union-attr]
        optimizer.step()
        optimizer.zero_grad()
    progress = Progress(step=3, best_loss=0.25, best_step=2, validation_losses=((2, 0.25),))
    folder = Checkpoints(tmp_path).save(progress, parameters, optimizer)
    fresh = adapter(0)
    other = torch.optim.AdamW(fresh.values(), lr=0.1)
    checkpoints.load_parameters(folder, fresh)
    checkpoints.load_optimizer(folder, fresh, other)
    assert checkpoints.load_progress(folder) == progress
    for name, parameter in parameters.items():
        assert torch.equal(fresh[name], parameter)
        for key, value in optimizer.state[parameter].items():
            assert torch.equal(other.state[fresh[name]][key], value), key


def test_the_newest_and_the_best_are_kept(tmp_path: Path) -> None:
    for step in range(1, 9):
        saved(tmp_path, step, best=min(step, 3))
    kept = sorted(path.name for path in tmp_path.iterdir())
    assert kept == [f"step-{n:08d}-measured" for n in (3, 6, 7, 8)]
    assert KEEP == 3


def test_saving_a_step_again_does_not_touch_what_is_whole(tmp_path: Path) -> None:
    folder = saved(tmp_path, 5)
    before = {path.name: path.stat().st_mtime_ns for path in folder.iterdir()}
    assert saved(tmp_path, 5) == folder
    assert {path.name: path.stat().st_mtime_ns for path in folder.iterdir()} == before
    cut_a_file(folder)
    assert saved(tmp_path, 5) == folder
    assert Checkpoints(tmp_path).newest_whole() == folder


def test_a_measured_checkpoint_counts_more_than_the_same_step_unmeasured(tmp_path: Path) -> None:
    kept, parameters = Checkpoints(tmp_path), adapter(6)
    optimizer = torch.optim.AdamW(parameters.values())
    kept.save(Progress(step=6), parameters, optimizer)
    measured = kept.save(Progress(step=6, measured_step=6, best_step=6), parameters, optimizer)
    assert kept.newest_whole() == measured == kept.at(6)


def test_an_adapter_of_another_shape_is_refused(tmp_path: Path) -> None:
    folder = saved(tmp_path, 1)
    with pytest.raises(ModelRefused, match="another kind of adapter"):
        checkpoints.load_parameters(folder, {"a": adapter(1)["a"]})
    wider = adapter(1) | {"b": torch.nn.Parameter(torch.ones(4))}
    with pytest.raises(ModelRefused, match="another kind of adapter"):
        checkpoints.load_parameters(folder, wider)


def test_a_full_disk_leaves_the_older_checkpoints_whole(tmp_path: Path) -> None:
    one = sum(path.stat().st_size for path in saved(tmp_path / "elsewhere", 1).iterdir())
    with mounted(tmp_path / "disk", size=3 * one + one // 2) as disk:
        whole = [saved(disk, step) for step in (1, 2)]
        (disk / "ballast").write_bytes(b"\0" * one)
        with pytest.raises(StorageFailed) as refused:
            saved(disk, 3)
        assert endings.explained(refused.value).failure == "disk"
        assert "disk is full" in endings.explained(refused.value).message
        assert sorted(p for p in disk.iterdir() if p.is_dir()) == whole
        assert Checkpoints(disk).newest_whole() == whole[-1]
        (disk / "ballast").unlink()
        assert Checkpoints(disk).newest_whole() == whole[-1]
        assert saved(disk, 3).name.startswith("step-00000003")
