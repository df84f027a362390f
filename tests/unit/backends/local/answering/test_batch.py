"""Real answers of the starter model: the same in any batch, with or without a shared prefix."""

from collections.abc import Iterator, Sequence
from typing import Any

import pytest
import torch
from peft import LoraConfig, get_peft_model
from transformers import AutoModelForCausalLM

from backends.local import manifest
from backends.local.answering.batch import Row, answer
from backends.local.answering.loaded import MOST_ADAPTERS, Loaded
from backends.local.answering.plain import Prefix
from backends.local.answering.telling import Telling
from backends.local.answering.text import decode, encode_prompts
from studio.domain.datasets import Message
from studio.domain.evaluation import Decoding
from studio.domain.models import BaseModel, ModelHandle

# peft asks transformers for something by its old name.
pytestmark = pytest.mark.filterwarnings("ignore:`is_gradient_checkpointing`:FutureWarning")

TOPICS = ["rain", "tea", "music", "winter", "bread", "glass", "trains", "cats", "paper", "salt"]
QUESTIONS = [
    f"Tell me one thing about {topic}{', please' * (n % 5)}." for n, topic in enumerate(TOPICS)
]


@pytest.fixture(scope="module", autouse=True)
def without_gradients() -> Iterator[None]:
    with torch.no_grad():
        yield


@pytest.fixture(scope="module")
def handle(starter_model: BaseModel) -> ModelHandle:
    return ModelHandle(id="base", name="Base", base_path=starter_model.path)


@pytest.fixture(scope="module")
def loaded(handle: ModelHandle) -> Loaded:
    return Loaded(handle)


@pytest.fixture(scope="module")
def prompts(loaded: Loaded) -> list[list[int]]:
    conversations = [[Message(role="user", content=question)] for question in QUESTIONS]
    return encode_prompts(loaded.tokenizer, conversations, loaded.context_length)


def answered(
    loaded: Loaded, prompts: Sequence[list[int]], *, shared: int = 0, most: int = 10
) -> list[list[int]]:
    rows = [Row(n, prompt, most) for n, prompt in enumerate(prompts)]
    prefix = Prefix(loaded.model.get_decoder(), prompts[0][:shared])
    for _ in answer(loaded.model, rows, Decoding(), loaded.stops, prefix):
        pass
    return [row.tokens for row in rows]


def one_by_one(loaded: Loaded, prompts: Sequence[list[int]]) -> list[list[int]]:
    return [answered(loaded, [prompt])[0] for prompt in prompts]


def test_answers_do_not_depend_on_the_batch_or_on_sharing(
    loaded: Loaded, prompts: list[list[int]]
) -> None:
    alone = one_by_one(loaded, prompts)
    assert len({tuple(tokens) for tokens in alone}) > 6
    assert answered(loaded, prompts) == alone
    assert answered(loaded, prompts, shared=24) == alone


def test_the_library_itself_gives_the_same_answer(loaded: Loaded, prompts: list[list[int]]) -> None:
    exact = AutoModelForCausalLM.from_pretrained(
        loaded.model.config._name_or_path, dtype=torch.float32
    )
    prompt = encode_prompts(
        loaded.tokenizer,
        [[Message(role="user", content="What is the capital of France?")]],
        loaded.context_length,
    )[0]
    reference = exact.generate(torch.tensor([prompt]), max_new_tokens=10, do_sample=False)
    tokens = reference[0, len(prompt) :].tolist()
    assert answered(loaded, [prompt])[0] == tokens[: tokens.index(2)]


def test_a_model_of_another_kind_answers_through_the_library(
    loaded: Loaded, prompts: list[list[int]]
) -> None:
    rows = [Row(n, prompt, 6) for n, prompt in enumerate(prompts)]
    for _ in answer(loaded.model, rows, Decoding(), loaded.stops, None):
        pass
    pairs = zip(answered(loaded, prompts, most=1), rows, strict=True)
    # Its arithmetic rounds otherwise, so a close call may fall differently.
    assert sum(first == row.tokens[:1] for first, row in pairs) >= len(rows) - 1


@pytest.fixture(scope="module")
def adapters(
    starter_model: BaseModel, tmp_path_factory: pytest.TempPathFactory
) -> list[ModelHandle]:
    base: Any = AutoModelForCausalLM.from_pretrained(starter_model.path, dtype=torch.bfloat16)
    config = LoraConfig(r=4, lora_alpha=8, target_modules=["q_proj"], init_lora_weights=False)
    tuned: Any = get_peft_model(base, config)
    handles = []
    for seed in range(MOST_ADAPTERS + 1):
        torch.manual_seed(seed)
        for name, weights in tuned.named_parameters():
            if "lora_" in name:
                torch.nn.init.normal_(weights, std=0.3)
        folder = tmp_path_factory.mktemp("adapter")
        tuned.save_pretrained(folder)
        (folder / "README.md").unlink(missing_ok=True)
        handles.append(
            ModelHandle(
                id=f"version_{seed}",
                name=f"V{seed}",
                base_path=starter_model.path,
                adapter_path=str(folder),
                adapter_manifest_sha256=manifest.publish(folder),
            )
        )
    return handles


def test_adapters_are_switched_without_a_trace(
    loaded: Loaded, handle: ModelHandle, adapters: list[ModelHandle], prompts: list[list[int]]
) -> None:
    def answers(of: ModelHandle) -> list[list[int]]:
        loaded.use(of)
        return answered(loaded, prompts[:3], most=4)

    base = answers(handle)
    first = answers(adapters[0])
    assert first != base
    # More adapters than are kept: the first one is dropped and has to be attached again.
    others = [answers(adapter) for adapter in adapters[1:]]
    assert all(other != base for other in others)
    assert answers(handle) == base
    assert answers(adapters[0]) == first
    loaded.use(handle)


def test_pieces_of_text_are_whole_characters_and_add_up(loaded: Loaded) -> None:
    tokens = loaded.tokenizer("naïve 😀 日本語", add_special_tokens=False)["input_ids"]
    telling = Telling(loaded.tokenizer)
    pieces = [telling.piece(tokens[: n + 1], last=False) for n in range(len(tokens))]
    assert len(tokens) > 8
    assert "".join(pieces) == decode(loaded.tokenizer, tokens) == "naïve 😀 日本語"
    assert not any("\N{REPLACEMENT CHARACTER}" in piece for piece in pieces)
