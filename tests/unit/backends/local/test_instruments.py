"""Counting with a model's own tokenizer and trying its speed, in real workers."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from backends.local import estimate, instruments
from backends.local.hardware import Device
from backends.local.instruments import LocalInstruments
from studio.domain.errors import WorkerFailed
from studio.domain.models import BaseModel
from studio.domain.training import Method
from tests.unit.store import samples


def test_tokens_are_those_of_the_models_own_tokenizer(
    tiny_models: Callable[[str], BaseModel], tmp_path: Path
) -> None:
    model = tiny_models("llama")
    counted = LocalInstruments(tmp_path).tokens(["sky", "", "The sky at noon is blue."], model)
    assert counted[1] == 0
    assert 0 < counted[0] < counted[2]


def test_a_folder_without_a_tokenizer_is_told(
    tiny_models: Callable[[str], BaseModel], tmp_path: Path
) -> None:
    broken = tiny_models("llama").with_(path=str(tmp_path))
    with pytest.raises(WorkerFailed, match="Counting tokens"):
        LocalInstruments(tmp_path).tokens(["a"], broken)


def test_a_probe_trains_really_and_plans_rest_on_it(
    tiny_models: Callable[[str], BaseModel], tmp_path: Path
) -> None:
    model = tiny_models("llama")
    heard: list[float | None] = []
    rows = samples.examples(40)
    found = LocalInstruments(tmp_path).probe(
        model, Method.LORA, rows, 0.2, lambda what, share: heard.append(share)
    )
    assert found.steps >= 2
    assert found.tokens > 0
    assert found.tokens_per_second == pytest.approx(found.tokens / found.seconds)
    assert found.memory_bytes > 0
    assert heard[-1] == 1.0
    assert instruments.kept(tmp_path, model.id, "lora") == found
    assert instruments.kept(tmp_path, "another", "qlora") == found
    assert instruments.kept(tmp_path / "elsewhere", model.id, "lora") is None
    assert [path.suffix for path in (tmp_path / instruments.FOLDER).iterdir()] == [".json"]


def test_a_probe_replaces_the_prior_and_runs_replace_the_probe(
    tiny_models: Callable[[str], BaseModel], tmp_path: Path
) -> None:
    model = tiny_models("llama")
    probe = LocalInstruments(tmp_path).probe(
        model, Method.LORA, samples.examples(40), 0.2, lambda what, share: None
    )
    device = Device(kind="cpu", name="CPU", memory_total=1, memory_free=1, cores=2)

    def basis(speeds: list[float], method: str = "lora") -> str:
        return estimate.seconds_range(model.facts, 1e6, device, speeds, probe=probe, method=method)[
            2
        ]

    assert "probe" in basis([])
    assert "scaled by size" not in basis([])
    assert "scaled by size" in basis([], "qlora")
    assert "earlier run" in basis([100.0])
