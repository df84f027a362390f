"""What is published anybody's peft can load, says nothing of this machine, and is whole."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from peft import PeftModel
from transformers import AutoModelForCausalLM, AutoTokenizer

from backends.local import manifest, safety
from backends.local.generator import WorkerGenerator
from backends.local.runs import RunSpec, kept_checkpoints
from backends.local.trainer import adapters, endings
from backends.local.trainer.checkpoints import Checkpoints, Progress
from backends.local.trainer.loop import Diverged
from backends.local.trainer.publishing import describe, publish
from studio.domain.evaluation import Decoding
from studio.domain.jobs import Checkpoint
from studio.domain.models import BaseModel, ModelHandle
from studio.domain.training import Method
from tests import tiny_rows
from tests.contract.training_rigs import small_workers, spec
from tests.small_disk import mounted
from tests.unit.backends.local.trainer.conftest import Attach

pytestmark = pytest.mark.filterwarnings("ignore:`is_gradient_checkpointing`:FutureWarning")
"""peft asks transformers for a property that transformers has since renamed."""
PROGRESS = Progress(step=9, best_step=6, best_loss=0.5, tokens=100, seconds=2.0)


@pytest.fixture
def model(tiny_models: Callable[[str], BaseModel]) -> BaseModel:
    return tiny_models("llama")


@pytest.fixture
def run(model: BaseModel) -> RunSpec:
    return RunSpec(token="t", job_id="job_1", training=spec(), model=model)


@pytest.fixture
def tokenizer(model: BaseModel) -> Any:
    return AutoTokenizer.from_pretrained(Path(model.path))


def asked(tokenizer: Any, text: str) -> torch.Tensor:
    turns = [message.model_dump() for message in tiny_rows.messages(text)]
    found: torch.Tensor = tokenizer.apply_chat_template(
        turns, add_generation_prompt=True, return_tensors="pt", return_dict=False
    )
    return found


def answer(model: Any, tokenizer: Any, text: str) -> str:
    """Returns the likeliest answer through the library's own generation."""
    ids = asked(tokenizer, text)
    out = model.generate(
        input_ids=ids, attention_mask=torch.ones_like(ids), max_new_tokens=8, do_sample=False
    )
    return str(tokenizer.decode(out[0, ids.shape[1] :], skip_special_tokens=True))


@pytest.mark.parametrize("method", list(Method))
def test_plain_peft_computes_what_was_trained(
    tmp_path: Path, attach: Attach, model: BaseModel, run: RunSpec, tokenizer: Any, method: Method
) -> None:
    tuned = attach(method=method)
    publish(tuned, tokenizer, run, PROGRESS, tmp_path / "adapter")
    base = AutoModelForCausalLM.from_pretrained(model.path, dtype=torch.float32)
    plain = PeftModel.from_pretrained(base, tmp_path / "adapter")
    loaded = {name: p for name, p in plain.named_parameters() if ".lora_" in name}
    trained = adapters.trainable(tuned)
    assert loaded.keys() == trained.keys()
    assert all(torch.equal(loaded[name], trained[name]) for name in trained)
    if method is Method.LORA:  # Beside NF4 the base weights differ by their rounding.
        ids = asked(tokenizer, "What colour has coal?")
        with torch.no_grad():
            assert torch.allclose(
                plain(input_ids=ids).logits, tuned.eval()(input_ids=ids).logits, atol=1e-5
            )


def test_a_checkpoint_can_be_asked_as_it_lies(
    tmp_path: Path, attach: Attach, model: BaseModel, run: RunSpec
) -> None:
    tuned = attach()
    trained = adapters.trainable(tuned)
    kept = Checkpoints(tmp_path, lambda aside: describe(tuned, run, aside))
    folder = kept.save(PROGRESS, trained, torch.optim.AdamW(trained.values()))
    safety.check_folder(folder)
    assert model.path not in (folder / "adapter_config.json").read_text(encoding="utf-8")
    (told,) = kept_checkpoints(tmp_path)
    assert told == Checkpoint(
        step=PROGRESS.step,
        artifact=str(folder),
        manifest_sha256=manifest.manifest_sha256(folder),
    )
    base = AutoModelForCausalLM.from_pretrained(model.path, dtype=torch.float32)
    plain = PeftModel.from_pretrained(base, folder)
    loaded = {name: p for name, p in plain.named_parameters() if ".lora_" in name}
    assert loaded.keys() == trained.keys()
    assert all(torch.equal(loaded[name], trained[name]) for name in trained)
    (folder / "manifest.json").unlink()
    assert kept_checkpoints(tmp_path) == []


def test_the_studio_and_plain_peft_answer_alike(
    tmp_path: Path, attach: Attach, model: BaseModel, run: RunSpec, tokenizer: Any
) -> None:
    folder = tmp_path / "adapter"
    publish(attach(), tokenizer, run, PROGRESS, folder)
    base = AutoModelForCausalLM.from_pretrained(model.path, dtype=torch.float32)
    plain = PeftModel.from_pretrained(base, folder).eval()
    texts = [f"What colour has thing {n}?" for n in range(6)]
    theirs = [answer(plain, tokenizer, text) for text in texts]
    with plain.disable_adapter():
        untuned = [answer(plain, tokenizer, text) for text in texts]
    assert not set(theirs) & set(untuned), "the adapter makes no difference here"
    handle = ModelHandle(
        id="model_1",
        name="Tuned",
        base_path=model.path,
        base_manifest_sha256=model.manifest_sha256,
        adapter_path=str(folder),
        adapter_manifest_sha256=manifest.manifest_sha256(folder),
    )
    with small_workers(tmp_path):
        generator = WorkerGenerator(tmp_path / "generate.log")
        try:
            answers = generator.generate(
                handle, [tiny_rows.messages(text) for text in texts], Decoding(max_new_tokens=8)
            )
        finally:
            generator.close()
    ours = [answer.text for answer in answers]
    # Rounded to bf16 where the processor computes in it, so that a close call may fall otherwise.
    assert sum(a.strip() == b.strip() for a, b in zip(ours, theirs, strict=True)) >= len(texts) - 1


def test_the_folder_is_whole_safe_and_says_nothing_of_this_machine(
    tmp_path: Path, attach: Attach, model: BaseModel, run: RunSpec, tokenizer: Any
) -> None:
    folder = tmp_path / "adapter"
    publish(attach(), tokenizer, run, PROGRESS, folder)
    manifest.verify(folder)
    safety.check_folder(folder)
    texts = [path.read_text(encoding="utf-8") for path in folder.glob("*.json")]
    assert not any(model.path in text or str(tmp_path) in text for text in texts)
    described = json.loads((folder / "adapter_config.json").read_text(encoding="utf-8"))
    assert described["base_model_name_or_path"] == model.name
    made = json.loads((folder / "recipe.json").read_text(encoding="utf-8"))
    assert (made["job_id"], made["best_step"], made["validation_loss"]) == ("job_1", 6, 0.5)
    assert made["training"] == spec().model_dump(mode="json")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["adapter"]


def test_publishing_again_replaces_what_a_crash_left(
    tmp_path: Path, attach: Attach, run: RunSpec, tokenizer: Any
) -> None:
    folder = tmp_path / "adapter"
    for torn in (folder, tmp_path / ".adapter.tmp"):
        torn.mkdir()
        (torn / "adapter_model.safetensors").write_bytes(b"half")
    publish(attach(), tokenizer, run, PROGRESS, folder)
    manifest.verify(folder)


@pytest.mark.parametrize("bad", [float("nan"), float("inf")])
def test_numbers_that_are_not_finite_are_never_published(
    tmp_path: Path, attach: Attach, run: RunSpec, tokenizer: Any, bad: float
) -> None:
    tuned = attach()
    with torch.no_grad():
        list(adapters.trainable(tuned).values())[-1].view(-1)[3] = bad
    with pytest.raises(Diverged):
        publish(tuned, tokenizer, run, PROGRESS, tmp_path / "adapter")
    assert list(tmp_path.iterdir()) == []


def test_a_disk_that_fills_up_while_publishing_leaves_nothing_half(
    tmp_path: Path, attach: Attach, run: RunSpec, tokenizer: Any
) -> None:
    tuned = attach()
    publish(tuned, tokenizer, run, PROGRESS, tmp_path / "whole")
    size = sum(path.stat().st_size for path in (tmp_path / "whole").iterdir())
    for share in (0.1, 0.4, 0.7, 0.95):
        with mounted(tmp_path / f"disk-{share}", size=int(size * share)) as disk:
            with pytest.raises(Exception) as refused:  # noqa: PT011 - the kind depends on the file
                publish(tuned, tokenizer, run, PROGRESS, disk / "adapter")
            assert endings.explained(refused.value).failure == "disk", refused.value
            assert list(disk.iterdir()) == []
