"""Settings tell the facts of the machine and what lies in the data folder."""

from __future__ import annotations

from pathlib import Path

from studio.ui.pages.settings import vm


def test_the_machine_has_a_processor_and_memory() -> None:
    found = vm.machine()
    assert found.cores >= 1
    assert 0 < found.memory_free <= found.memory_total
    assert found.processor


def test_the_folder_is_measured_part_by_part(tmp_path: Path) -> None:
    (tmp_path / "models" / "a").mkdir(parents=True)
    (tmp_path / "models" / "a" / "weights").write_bytes(b"x" * 1000)
    (tmp_path / "studio.duckdb").write_bytes(b"x" * 10)
    found = vm.folder(tmp_path)
    assert dict(found.parts)["Base models"] == 1000
    assert dict(found.parts)["Database"] == 10
    assert dict(found.parts)["Logs"] == 0
    assert found.free > 0


def test_only_a_whole_backup_counts_as_the_last_one(tmp_path: Path) -> None:
    assert vm.folder(tmp_path).last_backup is None
    for name in ("20261124T090000000000Z", ".partial_1"):
        (tmp_path / "backups" / name).mkdir(parents=True)
    assert vm.folder(tmp_path).last_backup is None
    (tmp_path / "backups" / "20261124T090000000000Z" / "manifest.json").write_text("{}")
    assert vm.folder(tmp_path).last_backup is not None
