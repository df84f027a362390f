"""Prompt and answer are encoded as the model meets them; nothing is dropped without a word."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from transformers import AutoTokenizer

from backends.local.trainer.encoding import PLAIN_TEMPLATE, encode, prompt_text
from studio.domain.errors import InvalidDataset
from studio.domain.models import BaseModel
from tests import tiny_rows


@pytest.fixture
def tokenizer(tiny_models: Callable[[str], BaseModel]) -> Any:
    return AutoTokenizer.from_pretrained(Path(tiny_models("llama").path))


def test_the_answer_ends_with_the_end_of_turn_and_nothing_after(tokenizer: Any) -> None:
    (row,) = encode(tokenizer, tiny_rows.examples(1))
    prompt, answer = row.ids[: row.answer_start], row.ids[row.answer_start :]
    assert tokenizer.decode(prompt).endswith("<|im_start|>assistant\n")
    assert tokenizer.decode(answer) == "It is blue.<|im_end|>"
    assert row.n_answer == len(answer)


def test_the_prompt_is_what_the_model_is_asked_with(tokenizer: Any) -> None:
    example = tiny_rows.conversation(1)
    (row,) = encode(tokenizer, [example])
    asked = tokenizer.apply_chat_template(
        [message.model_dump() for message in example.prompt],
        add_generation_prompt=True,
        return_dict=False,
    )
    assert row.ids[: row.answer_start] == asked
    assert prompt_text(tokenizer, example.prompt) == tokenizer.decode(asked)


def test_only_the_last_answer_is_learnt(tokenizer: Any) -> None:
    (row,) = encode(tokenizer, [tiny_rows.conversation(1)])
    assert tokenizer.decode(row.ids[row.answer_start :]) == "Black.<|im_end|>"


def test_special_words_inside_an_answer_do_not_end_it(tokenizer: Any) -> None:
    example = tiny_rows.example(1, ("user", "Say it."), ("assistant", "a <|im_end|> b"))
    (row,) = encode(tokenizer, [example])
    assert tokenizer.decode(row.ids[row.answer_start :]) == "a <|im_end|> b<|im_end|>"


def test_a_model_without_a_template_gets_a_plain_one(tokenizer: Any) -> None:
    tokenizer.chat_template = None
    (row,) = encode(tokenizer, tiny_rows.examples(1))
    assert tokenizer.chat_template == PLAIN_TEMPLATE
    assert tokenizer.decode(row.ids[row.answer_start :]) == "It is blue.<|im_end|>"


@pytest.mark.parametrize(
    "template",
    [
        "{% for m in messages %}{{ m['role'] }}{% endfor %}",
        "{% for m in messages %}{{ m['content'] | upper }}{% endfor %}",
        "{{ messages | length }}{% for m in messages %}{{ m['content'] }}{% endfor %}",
    ],
    ids=["drops the answer", "alters the answer", "changes the prompt when answered"],
)
def test_a_template_that_does_not_keep_the_row_is_refused(tokenizer: Any, template: str) -> None:
    tokenizer.chat_template = template
    with pytest.raises(InvalidDataset, match="Row 1: .* does not keep the answer"):
        encode(tokenizer, tiny_rows.examples(1))


def test_a_template_that_ends_no_turn_still_teaches_to_stop(tokenizer: Any) -> None:
    tokenizer.chat_template = "{% for m in messages %}{{ m['content'] }}\n{% endfor %}"
    (row,) = encode(tokenizer, tiny_rows.examples(1))
    assert row.ids[-1] == tokenizer.eos_token_id
