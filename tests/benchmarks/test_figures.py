"""The benchmarks keep their options and the names of their figures, without being run."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from backends.local.trainer.encoding import Encoded
from studio.domain.models import BaseModel, ModelFacts, ModelSource
from studio.domain.training import Hyperparameters
from tests.benchmarks import banking77, gpu_8b, output, rows, train_speed, work
from tests.benchmarks.arms.brief import Brief, Task, environment, run_arm

FACTS = ModelFacts(
    architecture="LlamaForCausalLM",
    parameters=1000,
    hidden_size=8,
    layers=2,
    heads=2,
    kv_heads=1,
    head_dim=4,
    intermediate_size=16,
    vocabulary=100,
    tied_embeddings=True,
    context_length=512,
    has_chat_template=True,
)
MODEL = BaseModel(
    id="m",
    name="M",
    source=ModelSource.FOLDER,
    revision="0",
    path="/nowhere",
    licence="Apache-2.0",
    facts=FACTS,
    manifest_sha256="",
    created_at=datetime.now(UTC),
)
WORK = {"real": 1000, "computed": 600, "answers": 100}
ARM = {"tokens": 1000, "seconds": 2.0, "steps": 5, "memory_bytes": 10**9}


def encoded(*rows: tuple[list[int], int]) -> list[Encoded]:
    return [
        Encoded(example_id=str(n), ids=ids, answer_start=start)
        for n, (ids, start) in enumerate(rows)
    ]


@pytest.fixture
def figures(tmp_path: Path) -> dict[str, Any]:
    brief = Brief(
        model=MODEL,
        train=(),
        validation=(),
        hyperparameters=Hyperparameters(),
        folder=tmp_path,
    )
    arms = {
        "ours": {**ARM, "work": WORK},
        "trl_defaults": {**ARM, "seconds": 20.0, "chosen": {}},
        "trl_packing": {**ARM, "seconds": 8.0, "chosen": {}},
    }
    scores = {name: {"loss": 1.0, "accuracy": None} for name in ("base", *arms)}
    return train_speed.summary(brief, arms, scores, peak=1e9)


@pytest.mark.parametrize("command", [train_speed, banking77, gpu_8b])
def test_every_benchmark_explains_its_options(
    command: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        command.main(["--help"])
    assert ended.value.code == 0
    assert "--json" in capsys.readouterr().out


def test_the_speed_benchmark_names_every_promised_figure(figures: dict[str, Any]) -> None:
    assert set(train_speed.KEYS) <= set(figures)
    assert figures["ratio_vs_trl_defaults"] == pytest.approx(10)
    assert figures["ratio_vs_trl_packing"] == pytest.approx(4)
    assert {"machine", "date", "examples", "tokens_per_second"} <= set(figures)
    assert len(train_speed.table(figures)) == 4


def test_the_share_of_the_peak_counts_a_shared_prefix_once(figures: dict[str, Any]) -> None:
    both = figures["fraction_of_peak"], figures["fraction_of_peak_counting_shared_prefixes"]
    assert both[0] < both[1]
    assert figures["computed_token_share"] == pytest.approx(0.6)


def test_an_arm_left_out_leaves_its_figures_empty(tmp_path: Path) -> None:
    brief = Brief(
        model=MODEL, train=(), validation=(), hyperparameters=Hyperparameters(), folder=tmp_path
    )
    arms = {"ours": {**ARM, "work": WORK}}
    scores = {name: {"loss": 1.0, "accuracy": None} for name in ("base", "ours")}
    found = train_speed.summary(brief, arms, scores, peak=1e9)
    assert found["ratio_vs_trl_packing"] is None
    assert found["val_loss_trl_packing"] is None
    assert len(train_speed.table(found)) == 2


def test_the_gpu_benchmark_names_its_figures_by_method_and_engine() -> None:
    arm = {**ARM, "answers": 500, "memory_reserved_bytes": 2 * 10**9}
    arms = {f"{method}_{engine}": arm for method in ("lora", "qlora") for engine in gpu_8b.ENGINES}
    found = gpu_8b.summary(MODEL, 16, arms, peak=1e12)
    assert {f"{key}_{name}" for key in gpu_8b.KEYS for name in arms} <= set(found)
    assert found["ratio_lora"] == found["ratio_qlora"] == 1.0
    assert len(gpu_8b.table(found)) == 5


def test_the_whole_run_reads_what_the_command_says() -> None:
    score = {"metric": "accuracy", "value": 0.9, "low": 0.88, "high": 0.91, "n": 3080}
    said = {
        "job": {
            "started_at": "2026-01-01T10:00:00Z",
            "finished_at": "2026-01-01T10:30:00Z",
            "step": 1500,
            "spec": {"hyperparameters": {}},
        },
        "measured": [
            {
                "candidate": {"primary": score},
                "baseline": {"primary": {**score, "value": 0.0}},
                "p_value": 0.0,
            }
        ],
    }
    found = banking77.summary(said, 2000.0)
    assert (found["accuracy"], found["low"], found["high"], found["n"]) == (0.9, 0.88, 0.91, 3080)
    assert found["seconds_training"] == 1800
    assert "90.0%" in banking77.table(found)[1]


def test_work_counts_a_shared_prefix_once_and_padding_never() -> None:
    items = encoded(([1, 2, 3, 9, 9], 4), ([1, 2, 3, 8, 8, 8, 8], 5))
    found = work.tokens_of_run(items, Hyperparameters(batch_size=2, epochs=2))
    assert found == work.Tokens(real=24, computed=18, answers=6)


def test_operations_grow_with_tokens_and_answers() -> None:
    assert work.operations(FACTS, 0, 10, 0) == 4 * 10 * 2 * 8 * (2 * 8 + 2 * 4 + 3 * 16)
    assert work.operations(FACTS, 0, 0, 7) == 4 * 7 * 8 * 100
    assert work.operations(FACTS, 4, 10, 0) > work.operations(FACTS, 0, 10, 0)


def test_no_row_is_drawn_twice_and_the_draw_repeats(tmp_path: Path) -> None:
    file = tmp_path / "train.csv"
    file.write_text("text,category\n" + "".join(f"question {n},topic\n" for n in range(50)))
    train, validation = rows.drawn(file, 30, 20)
    assert len({example.line for example in (*train, *validation)}) == 50
    assert rows.drawn(file, 30, 20) == (train, validation)
    with pytest.raises(SystemExit, match="50 rows"):
        rows.drawn(file, 40, 20)


def test_the_last_line_is_one_json_object(capsys: pytest.CaptureFixture[str]) -> None:
    output.give([["", "a"], ["b", "1"]], {"a": 1}, as_json=False)
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 3
    assert json.loads(lines[-1]) == {"a": 1}
    output.give([["", "a"]], {"a": 1}, as_json=True)
    assert capsys.readouterr().out == '{"a": 1}\n'


def test_an_arm_uses_every_core_and_fetches_nothing() -> None:
    found = environment({"OMP_WAIT_POLICY": "PASSIVE", "HOME": "/home"})
    assert found["OMP_NUM_THREADS"] == str(output.cores())
    assert "OMP_WAIT_POLICY" not in found
    assert (found["HF_HUB_OFFLINE"], found["HOME"]) == ("1", "/home")


def test_an_arm_that_fails_ends_the_benchmark_with_its_log(tmp_path: Path) -> None:
    with pytest.raises(SystemExit, match="No module named"):
        run_arm("nobody", Task(folder=tmp_path))
