"""From messages to prompt tokens and from answer tokens to text, whole characters only."""

from __future__ import annotations

import faulthandler
from collections.abc import Sequence
from typing import Any

import jinja2

from backends.local.trainer.encoding import PLAIN_TEMPLATE, prompt_text
from studio.domain.datasets import Message
from studio.domain.errors import InvalidInput

RENDERING_SECONDS = 20.0
"""A template that takes longer for one request ends the worker: it may never return."""

BROKEN = "\N{REPLACEMENT CHARACTER}"


def encode_prompts(
    tokenizer: Any, conversations: Sequence[Sequence[Message]], context_length: int
) -> list[list[int]]:
    """Returns the prompts' tokens, rendered by the model's chat template in its sandbox.

    Raises:
        InvalidInput: when the template refuses a conversation, or one is too long to answer.
    """
    if not tokenizer.chat_template:
        tokenizer.chat_template = PLAIN_TEMPLATE
    # A hostile template can loop for ever, and nothing but the end of the process stops it.
    faulthandler.dump_traceback_later(RENDERING_SECONDS + 0.01 * len(conversations), exit=True)
    try:
        texts = [prompt_text(tokenizer, conversation) for conversation in conversations]
    except (jinja2.TemplateError, TypeError) as error:
        raise InvalidInput(
            f"The model's chat template refuses this conversation: {error}",
            hint="Some models take no system message; put the instructions into the question.",
        ) from error
    finally:
        faulthandler.cancel_dump_traceback_later()
    prompts: list[list[int]] = tokenizer(texts, add_special_tokens=False)["input_ids"]
    for number, prompt in enumerate(prompts, 1):
        if not 0 < len(prompt) < context_length:
            raise InvalidInput(
                f"Conversation {number} has {len(prompt):,} tokens, but the model reads at most "
                f"{context_length:,} with its answer.",
                hint="Shorten it, or start a new conversation.",
            )
    return prompts


class Growing:
    """The text of an answer while it is written, told in pieces that are whole characters."""

    def __init__(self, tokenizer: Any) -> None:
        self._tokenizer = tokenizer
        self._told = ""

    def piece(self, tokens: Sequence[int]) -> str:
        """Returns what can be told beyond the earlier pieces."""
        told = decode(self._tokenizer, tokens)
        if not told.startswith(self._told):
            return ""
        fresh, self._told = told[len(self._told) :], told
        return fresh


def decode(tokenizer: Any, tokens: Sequence[int]) -> str:
    """Returns the text of answer tokens, without special ones and without half a character."""
    options = {"skip_special_tokens": True, "clean_up_tokenization_spaces": False}
    text = tokenizer.decode(list(tokens), **options)
    # A character may need several tokens; until the last one came it reads as broken.
    return str(text).rstrip(BROKEN)
