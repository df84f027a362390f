"""What is refused in a model folder, and that the table of rules decides it."""

import json
import struct
from pathlib import Path

import pytest

from backends.local import safety
from studio.domain.errors import ModelRefused
from tests.fakes.model_files import write_model


@pytest.mark.parametrize(
    "name",
    [
        "model-00001-of-00002.safetensors",
        "config.json",
        "chat_template.jinja",
        "LICENSE",
        "README.md",
    ]
    + ["tokenizer.model", "merges.txt", "model.safetensors.index.json"],
)
def test_what_a_model_needs_is_taken(name: str) -> None:
    assert safety.taken(name)


@pytest.mark.parametrize(
    "name",
    ["modeling.py", "MODELING.PY", "pytorch_model.bin", "model.pt", "x.pkl", "x.so", "m.gguf"]
    + ["onnx/config.json", "original/model.safetensors", "photo.png", ".gitattributes"],
)
def test_nothing_else_is_taken(name: str) -> None:
    assert not safety.taken(name)


def test_every_refusing_rule_is_enforced_on_folders(tmp_path: Path) -> None:
    for number, rule in enumerate(rule for rule in safety.RULES if not rule.taken):
        for pattern in rule.patterns:
            folder = write_model(tmp_path / f"{number}-{pattern[2:]}")
            (folder / pattern.replace("*", "some")).write_bytes(b"x")
            with pytest.raises(ModelRefused, match=rule.because):
                safety.check_folder(folder)


def test_a_whole_plain_model_passes(tmp_path: Path) -> None:
    safety.check_folder(write_model(tmp_path / "model"))


def test_code_hidden_in_a_subfolder_is_refused(tmp_path: Path) -> None:
    folder = write_model(tmp_path / "model")
    (folder / "deep").mkdir()
    (folder / "deep" / "modeling.py").write_text("import os")
    with pytest.raises(ModelRefused, match="modeling.py"):
        safety.check_folder(folder)


def test_a_link_is_refused(tmp_path: Path) -> None:
    folder = write_model(tmp_path / "model")
    (folder / "notes.json").symlink_to("/etc/hostname")
    with pytest.raises(ModelRefused, match="links are not followed"):
        safety.check_folder(folder)


@pytest.mark.parametrize("file", ["config.json", "tokenizer_config.json", "generation_config.json"])
@pytest.mark.parametrize("entry", [{"auto_map": {}}, {"deep": [{"trust_remote_code": True}]}])
def test_a_configuration_that_asks_for_code_is_refused(
    tmp_path: Path, file: str, entry: dict[str, object]
) -> None:
    folder = write_model(tmp_path / "model")
    (folder / file).write_text(json.dumps(entry))
    with pytest.raises(ModelRefused, match="asks to run code"):
        safety.check_folder(folder)


def test_a_vocabulary_may_hold_any_word(tmp_path: Path) -> None:
    folder = write_model(tmp_path / "model")
    (folder / "tokenizer.json").write_text('{"model": {"vocab": {"trust_remote_code": 3}}}')
    safety.check_folder(folder)
    (folder / "tokenizer.json").write_text('{"auto_map": {}}')
    with pytest.raises(ModelRefused):
        safety.check_folder(folder)


def test_deeply_nested_json_is_refused_in_a_sentence(tmp_path: Path) -> None:
    folder = write_model(tmp_path / "model")
    (folder / "config.json").write_text("[" * 100_000 + "]" * 100_000)
    with pytest.raises(ModelRefused, match="not valid JSON"):
        safety.check_folder(folder)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\x05",
        struct.pack("<Q", 1 << 60) + b"{}",
        struct.pack("<Q", 2) + b"[]",
        struct.pack("<Q", 2) + b"{}" + b"more",
        struct.pack("<Q", 10) + b'{"a": 1}  ',
    ],
)
def test_torn_weights_are_refused(tmp_path: Path, content: bytes) -> None:
    folder = write_model(tmp_path / "model")
    (folder / "model.safetensors").write_bytes(content)
    with pytest.raises(ModelRefused, match="not a whole safetensors file"):
        safety.check_folder(folder)
