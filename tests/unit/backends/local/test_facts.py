"""Facts come from configuration and headers; what is missing is said."""

import json
from pathlib import Path

import pytest

from backends.local.facts import read_facts
from studio.domain.errors import ModelRefused
from studio.domain.models import BaseModel
from tests.fakes.model_files import write_model, write_tensors


def test_sizes_and_shapes_are_read(tmp_path: Path) -> None:
    facts = read_facts(write_model(tmp_path / "model"))
    assert (facts.architecture, facts.parameters) == ("LlamaForCausalLM", 88)
    assert (facts.heads, facts.kv_heads, facts.head_dim) == (2, 1, 4)
    assert (facts.context_length, facts.vocabulary) == (64, 10)
    assert facts.tied_embeddings
    assert facts.has_chat_template


def test_weights_in_several_files_are_added_up(tmp_path: Path) -> None:
    folder = write_model(tmp_path / "model")
    (folder / "model.safetensors").unlink()
    write_tensors(folder / "a.safetensors", {"model.embed_tokens.weight": (10, 8)})
    write_tensors(folder / "b.safetensors", {"lm_head.weight": (10, 8)})
    index = {"weight_map": {"one": "a.safetensors", "two": "b.safetensors"}}
    (folder / "model.safetensors.index.json").write_text(json.dumps(index))
    facts = read_facts(folder)
    assert facts.parameters == 160
    assert not facts.tied_embeddings
    (folder / "b.safetensors").unlink()
    with pytest.raises(ModelRefused, match="b.safetensors is missing"):
        read_facts(folder)


@pytest.mark.parametrize(
    ("config", "words"),
    [
        ({"architectures": ["BertModel"]}, "BertModel does not write text"),
        ({"architectures": None}, "does not write text"),
        ({"quantization_config": {"bits": 4}}, "already quantized"),
        ({"num_attention_heads": 0}, "missing or no number"),
        ({"vocab_size": "many"}, "missing or no number"),
    ],
)
def test_a_model_that_cannot_be_tuned_is_refused(
    tmp_path: Path, config: dict[str, object], words: str
) -> None:
    with pytest.raises(ModelRefused, match=words):
        read_facts(write_model(tmp_path / "model", **config))


@pytest.mark.parametrize("name", ["config.json", "model.safetensors", "tokenizer.json"])
def test_a_folder_without_what_is_needed_is_refused(tmp_path: Path, name: str) -> None:
    folder = write_model(tmp_path / "model")
    (folder / name).unlink()
    with pytest.raises(ModelRefused):
        read_facts(folder)


def test_the_starter_model_is_what_its_publisher_says(starter_model: BaseModel) -> None:
    facts = starter_model.facts
    assert starter_model.id == "smollm2-135m-instruct"
    assert starter_model.licence == "Apache-2.0"
    assert (facts.architecture, facts.parameters) == ("LlamaForCausalLM", 134_515_008)
    assert (facts.layers, facts.hidden_size, facts.vocabulary) == (30, 576, 49_152)
    assert facts.tied_embeddings
    assert facts.has_chat_template
    config = json.loads((Path(starter_model.path) / "config.json").read_text())
    assert "quantization_config" not in config
