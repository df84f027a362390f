"""Encoding: a conversation as token ids, split into the prompt and the answer that is learnt."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from studio.domain.datasets import Example, Message
from studio.domain.errors import InvalidDataset

PLAIN_TEMPLATE = (
    "{% for message in messages %}{{ message['role'].capitalize() + ': ' + message['content'] }}"
    "{% if message['role'] == 'assistant' %}{{ eos_token }}{% endif %}{{ '\n\n' }}{% endfor %}"
    "{% if add_generation_prompt %}{{ 'Assistant: ' }}{% endif %}"
)
"""Given to models that come without a chat template, and saved with the tuned model."""


class Tokenizer(Protocol):
    """The part of a transformers tokenizer that encoding needs."""

    eos_token_id: int
    chat_template: Any

    def apply_chat_template(self, conversation: list[dict[str, str]], **options: Any) -> Any:
        """Renders a conversation in the library's sandbox."""

    def __call__(self, text: list[str], **options: Any) -> Any:
        """Encodes texts."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Encoded:
    """One example as token ids."""

    example_id: str
    ids: list[int]
    answer_start: int
    """Index of the first answer token; everything before it is prompt."""

    @property
    def n_answer(self) -> int:
        """Tokens the loss is taken on, the end-of-turn token included."""
        return len(self.ids) - self.answer_start

    @property
    def rows(self) -> tuple[Encoded]:
        """Its rows of tokens: itself."""
        return (self,)

    @property
    def tokens(self) -> int:
        """Tokens read to learn from it."""
        return len(self.ids)

    @property
    def longest(self) -> int:
        """Tokens of its longest row."""
        return len(self.ids)

    @property
    def weight(self) -> int:
        """What it counts for in a mean: every answer token is worth the same."""
        return self.n_answer


def encode(tokenizer: Tokenizer, examples: Iterable[Example]) -> list[Encoded]:
    """Encodes every example; the answer ends with the end-of-turn token.

    Prompt and answer are encoded apart, because that is how the model meets them when it answers.

    Raises:
        InvalidDataset: when the chat template drops or alters an answer.
    """
    if not tokenizer.chat_template:
        tokenizer.chat_template = PLAIN_TEMPLATE
    kept = list(examples)
    texts = [_texts(tokenizer, example) for example in kept]
    # All at once: a call for each text costs more than its encoding.
    prompts, answers = (_ids(tokenizer, [pair[part] for pair in texts]) for part in (0, 1))
    return [
        Encoded(
            example_id=example.id,
            ids=prompt + _ended(answer, tokenizer.eos_token_id),
            answer_start=len(prompt),
        )
        for example, prompt, answer in zip(kept, prompts, answers, strict=True)
    ]


def prompt_text(tokenizer: Tokenizer, messages: Sequence[Message]) -> str:
    """Returns the prompt as the model sees it, up to where its answer begins."""
    rendered = tokenizer.apply_chat_template(
        [{"role": m.role, "content": m.content} for m in messages],
        tokenize=False,
        add_generation_prompt=True,
    )
    return str(rendered)


def _texts(tokenizer: Tokenizer, example: Example) -> tuple[str, str]:
    """Returns the prompt and what the template makes of the answer."""
    prompt = prompt_text(tokenizer, example.prompt)
    whole = str(
        tokenizer.apply_chat_template(
            [{"role": m.role, "content": m.content} for m in example.messages], tokenize=False
        )
    )
    if not whole.startswith(prompt) or example.answer.strip() not in whole[len(prompt) :]:
        raise InvalidDataset(
            f"Row {example.line}: the model's chat template does not keep the answer as it is.",
            hint="Choose another base model, or one whose template ends with the answer.",
        )
    return prompt, whole[len(prompt) :]


def _ids(tokenizer: Tokenizer, texts: list[str]) -> list[list[int]]:
    if not texts:
        return []
    found: list[list[int]] = tokenizer(texts, add_special_tokens=False)["input_ids"]
    return found


def _ended(answer: list[int], end: int) -> list[int]:
    # What follows the end-of-turn token (a newline, usually) is never generated, so never learnt.
    if end not in answer:
        return [*answer, end]
    return answer[: len(answer) - answer[::-1].index(end)]
