"""The estimator's benchmark: it reads any row, drops none in silence, and keeps to its target."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import pytest

from studio.core.costing import memory
from studio.core.costing.fitted import Fitted
from studio.domain.sizing import Levers
from tests.benchmarks import estimator_error, held_out, measured_rows

DEV = Path(__file__).parents[3] / "shared" / "data" / "measured_finetune_dev.csv"
ROW = {
    "id": "x1",
    "source": "Somebody",
    "framework": "trl",
    "model": "Llama-3.1-8B",
    "params_b": "8.03",
    "method": "qlora",
    "lora_rank": "16",
    "micro_batch": "1",
    "seq_len": "2048",
    "grad_ckpt": "True",
    "peak_mem_gib": "12",
    "use_for": "mem",
}


def written(folder: Path, *rows: dict[str, str]) -> Path:
    path = folder / "rows.csv"
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, fieldnames=sorted({k for row in rows for k in row}))
        writer.writeheader()
        writer.writerows(rows)
    return path


def figures(capsys: pytest.CaptureFixture[str], path: Path) -> dict[str, Any]:
    estimator_error.main(["--data", str(path), "--json"])
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 1
    found: dict[str, Any] = json.loads(lines[0])
    return found


def test_the_last_line_holds_the_promised_figures(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    found = figures(capsys, written(tmp_path, ROW))
    for key in ("memory_mape_single_gpu_lora_qlora", "worst_under_prediction", "rows"):
        assert found[key] is not None
    assert found["throughput_mape"] is None
    assert found["rows"] == 1


def test_a_row_of_an_unknown_model_is_told(tmp_path: Path) -> None:
    odd = ROW | {"id": "x2", "model": "Wonder", "params_b": ""}
    rows, skipped = measured_rows.read(written(tmp_path, ROW, odd))
    assert [row.id for row in rows] == ["x1"]
    assert [one.id for one in skipped] == ["x2"]
    assert "Wonder" in skipped[0].because


def test_a_row_known_by_size_alone_says_that_its_shape_is_a_guess(tmp_path: Path) -> None:
    rows, _ = measured_rows.read(written(tmp_path, ROW | {"model": "Wonder", "params_b": "9"}))
    assert "guessed" in rows[0].note


@pytest.mark.parametrize(
    "column", sorted(set(ROW) - {"model", "method", "peak_mem_gib", "seq_len"})
)
def test_blanks_mean_the_frameworks_habit(column: str, tmp_path: Path) -> None:
    rows, skipped = measured_rows.read(written(tmp_path, ROW | {column: ""}))
    assert len(rows) + len(skipped) == 1
    assert rows, skipped


@pytest.mark.parametrize(
    ("cells", "lever", "value"),
    [
        ({"grad_ckpt": "False"}, "checkpointing", False),
        ({"grad_ckpt": "unsloth"}, "checkpointing", True),
        ({"grad_ckpt": ""}, "checkpointing", None),
        ({"notes": "compile + chunked cross entropy"}, "chunked_loss", True),
        ({"optimizer": "PagedAdamW8bit"}, "optimizer", "paged_adamw_8bit"),
        ({"optimizer": "AdamW 8-bit"}, "optimizer", "adamw_8bit"),
        ({"notes": "optimizer step fused into backward"}, "optimizer_in_backward", True),
        ({"state_precision": "fp32 adapters / bf16 base"}, "state_precision", "fp32"),
        ({"n_gpus": "2", "sharding": "FSDP full shard"}, "sharding", "full"),
        ({"n_gpus": "2", "sharding": "DDP"}, "sharding", "ddp"),
        ({"mem_metric": "torch max_memory_allocated"}, "counted", "allocated"),
        ({"mem_metric": "nvidia-smi"}, "counted", "device"),
        ({"lora_targets": "q,v"}, "targets", "q,v"),
    ],
    ids=str,
)
def test_words_of_the_table_become_levers(
    cells: dict[str, str], lever: str, value: object, tmp_path: Path
) -> None:
    rows, _ = measured_rows.read(written(tmp_path, ROW | cells))
    assert getattr(rows[0].levers, lever) == value


@pytest.mark.skipif(not DEV.exists(), reason="the measurements are not beside this checkout")
def test_published_measurements_are_met(capsys: pytest.CaptureFixture[str]) -> None:
    found = figures(capsys, DEV)
    assert found["memory_mape_single_gpu_lora_qlora"] <= 0.10
    assert found["worst_under_prediction"] >= -0.05
    assert found["throughput_mape"] < 0.30


def told(source: str, n: int, fitted: Fitted) -> list[dict[str, str]]:
    """Rows of a source whose library works with these constants."""
    rows = []
    for at in range(n):
        row = ROW | {
            "id": f"{source}{at}",
            "source": source,
            "method": "lora",
            "grad_ckpt": "False",
            "seq_len": str(512 * (at + 1)),
        }
        rows.append(row)
    return [row | {"peak_mem_gib": str(needed(row, fitted))} for row in rows]


def needed(row: dict[str, str], fitted: Fitted) -> float:
    levers = Levers(
        method="lora",
        framework=row["framework"],
        rank=16,
        micro_batch=1,
        seq_len=int(row["seq_len"]),
        checkpointing=False,
    )
    shape = measured_rows.shapes().find(row["model"])
    assert shape is not None
    return memory.estimate(shape, levers, fitted=fitted).total / 2**30


def test_a_source_is_judged_by_constants_set_without_it(tmp_path: Path) -> None:
    usual = held_out.BEFORE._replace(gated=9.0)
    odd = held_out.BEFORE._replace(gated=6.5)
    path = written(tmp_path, *told("usual", 3, usual), *told("odd", 3, odd))
    rows, _ = measured_rows.read(path)
    folds = {one.source: one for one in held_out.folds(rows)}
    assert folds["odd"].fitted == usual, "what fits the other source, and it alone"
    assert folds["usual"].fitted == odd
    assert all(share > held_out.LEAN - 1 for _, share in folds["odd"].memory)
    assert all(share < held_out.LEAN - 1 for _, share in folds["usual"].memory)


def test_a_source_like_the_others_is_off_by_the_lean_alone(tmp_path: Path) -> None:
    usual = held_out.BEFORE._replace(gated=9.0)
    path = written(tmp_path, *told("one", 3, usual), *told("two", 3, usual))
    rows, _ = measured_rows.read(path)
    found = held_out.summary(held_out.folds(rows))
    assert found["memory_mape_single_gpu_lora_qlora"] == pytest.approx(0.07, abs=0.002)
    assert set(found["by_source"]) == {"one", "two"}


def test_one_source_alone_cannot_be_left_out(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert figures(capsys, written(tmp_path, ROW))["leave_one_source_out"] is None
