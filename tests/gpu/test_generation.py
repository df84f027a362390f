"""On a GPU the generator answers as transformers does, whoever else is in the batch."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import torch
from transformers import AutoModelForCausalLM, AutoTokenizer

from backends.local.generator import WorkerGenerator
from backends.local.trainer.encoding import prompt_text
from studio.domain.datasets import Message
from studio.domain.evaluation import Decoding
from studio.domain.models import BaseModel, ModelHandle
from tests.gpu import device
from tests.gpu.device import needs_gpu

pytestmark = needs_gpu

QUESTIONS = [
    [Message(role="user", content="What is the capital of France?")],
    [
        Message(role="system", content="You answer with one word."),
        Message(role="user", content="Which colour has a clear sky in the early afternoon?"),
    ],
    [Message(role="user", content="Say hello.")],
]
SHORT = Decoding(max_new_tokens=12)


@pytest.fixture(scope="module")
def generator() -> Iterator[WorkerGenerator]:
    made = WorkerGenerator()
    yield made
    made.close()


@pytest.fixture(scope="module")
def handle(starter_model: BaseModel) -> ModelHandle:
    return ModelHandle(
        id=starter_model.id,
        name=starter_model.name,
        base_path=starter_model.path,
        base_manifest_sha256=starter_model.manifest_sha256,
    )


def test_answers_do_not_depend_on_their_neighbours(
    generator: WorkerGenerator, handle: ModelHandle
) -> None:
    together = generator.generate(handle, QUESTIONS, SHORT)
    alone = [generator.generate(handle, [question], SHORT)[0] for question in QUESTIONS]
    assert [answer.text for answer in together] == [answer.text for answer in alone]


def test_the_first_words_are_those_of_the_library(
    generator: WorkerGenerator, handle: ModelHandle, starter_model: BaseModel
) -> None:
    folder = Path(starter_model.path)
    tokenizer = AutoTokenizer.from_pretrained(folder)
    model = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.bfloat16)
    model = model.to(device.DEVICE).eval()
    answers = generator.generate(handle, QUESTIONS, SHORT)
    for question, answer in zip(QUESTIONS, answers, strict=True):
        tokens = tokenizer(
            prompt_text(tokenizer, question), return_tensors="pt", add_special_tokens=False
        ).to(device.DEVICE)
        with torch.inference_mode():
            ids = model.generate(**tokens, max_new_tokens=4, do_sample=False)[0]
        said = tokenizer.decode(ids[tokens["input_ids"].shape[1] :], skip_special_tokens=True)
        assert answer.text.startswith(said.strip()[:4])
