"""A run through the studio's own `/v1` is the run it would have been here."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from safetensors import safe_open

from backends.local.backend import LocalBackend
from studio.domain.datasets import Example, Split
from studio.domain.models import BaseModel
from studio.domain.training import TrainingSpec
from tests import tiny_rows
from tests.contract.training_rigs import all_events, ended, small_workers, spec, steps
from tests.contract.wire_rig import WireRig

TRAIN = tiny_rows.examples(24)
VALIDATION = tiny_rows.examples(4, split=Split.VALIDATION, seed=1)
FEW_STEPS = spec(evaluations=2)


@pytest.fixture(scope="module")
def rig(
    tmp_path_factory: pytest.TempPathFactory, tiny_models: Callable[[str], BaseModel]
) -> Iterator[WireRig]:
    folder = tmp_path_factory.mktemp("wire")
    with small_workers(folder), WireRig(folder, tiny_models("llama")).open() as made:
        yield made


def submit(rig: WireRig, wanted: TrainingSpec, job_id: str, train: list[Example]) -> str:
    shown = rig.backend.plan(wanted, None, train, VALIDATION).disclosure
    assert shown is not None
    agreed = wanted.with_(agreed=shown.fingerprint)
    return rig.backend.submit(agreed, None, train, VALIDATION, job_id=job_id)


def weights(folder: Path) -> dict[str, list[object]]:
    with safe_open(folder / "adapter_model.safetensors", framework="numpy") as tensors:
        return {name: tensors.get_tensor(name).tolist() for name in tensors.keys()}  # noqa: SIM118


def test_the_same_spec_on_the_same_examples_gives_the_same_weights(
    rig: WireRig, tiny_models: Callable[[str], BaseModel]
) -> None:
    run_id = submit(rig, rig.given(FEW_STEPS), "job_same", TRAIN)
    told = ended(rig.backend, run_id)
    assert told.status == "succeeded", told.message
    local = LocalBackend(rig.folder / "here")
    here = local.submit(FEW_STEPS, tiny_models("llama"), TRAIN, VALIDATION, job_id="job_same")
    known = ended(local, here)
    assert known.artifact is not None
    assert weights(rig.tuned(run_id)) == weights(Path(known.artifact))
    assert told.validation_loss == pytest.approx(known.validation_loss)
    events = all_events(rig.backend, run_id)
    assert steps(events) == steps(all_events(local, here))
    assert {"token_accuracy", "validation_token_accuracy"} <= {n for e in events for n in e.data}


def test_no_file_stays_behind_but_the_results(rig: WireRig) -> None:
    project = rig.services.projects.default().id
    purposes = {one.purpose for one in rig.services.wire_files.all(project)}
    assert purposes == {"fine-tune-results"}


def test_what_the_studio_refuses_is_told_with_its_reason(rig: WireRig) -> None:
    changed = FEW_STEPS.hyperparameters.with_(sequence_length=16)
    run_id = submit(rig, rig.given(FEW_STEPS.with_(hyperparameters=changed)), "job_long", TRAIN)
    told = ended(rig.backend, run_id)
    assert told.status == "failed" and "longer than 16 tokens" in told.message
