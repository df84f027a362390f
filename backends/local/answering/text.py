"""From messages to prompt tokens and from answer tokens to text, whole characters only."""

from __future__ import annotations

import faulthandler
import signal
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from types import FrameType
from typing import Any

import jinja2

from backends.local.trainer.encoding import PLAIN_TEMPLATE, prompt_text
from studio.domain.datasets import Message
from studio.domain.errors import InvalidInput, ModelRefused

RENDERING_SECONDS = 2.0
"""Processor time a chat template gets, and as much again for every 500 conversations."""

PATIENCE = 20
"""After so many times that, the worker ends itself: what cannot be interrupted may never return."""

BROKEN = "\N{REPLACEMENT CHARACTER}"


def encode_prompts(
    tokenizer: Any,
    conversations: Sequence[Sequence[Message]],
    context_length: int,
    *,
    raw: bool = False,
) -> list[list[int]]:
    """Returns the prompts' tokens, rendered by the model's chat template in its sandbox.

    Args:
        tokenizer: the model's own.
        conversations: what is to be answered.
        context_length: tokens the model reads at most, its answer included.
        raw: takes the last message as it stands instead, as the start of a text to go on with.

    Raises:
        InvalidInput: when the template refuses a conversation, or one is too long to answer.
    """
    if raw:
        texts = [conversation[-1].content for conversation in conversations]
    else:
        texts = _rendered(tokenizer, conversations)
    # The template writes the special tokens itself; a bare text has none.
    prompts: list[list[int]] = tokenizer(texts, add_special_tokens=raw)["input_ids"]
    for number, prompt in enumerate(prompts, 1):
        if not 0 < len(prompt) < context_length:
            raise InvalidInput(
                f"Conversation {number} has {len(prompt):,} tokens, but the model reads at most "
                f"{context_length:,} with its answer.",
                hint="Shorten it, or start a new conversation.",
                param="prompt" if raw else "messages",
                code="context_length_exceeded",
            )
    return prompts


def _rendered(tokenizer: Any, conversations: Sequence[Sequence[Message]]) -> list[str]:
    if not tokenizer.chat_template:
        tokenizer.chat_template = PLAIN_TEMPLATE
    try:
        with _limited(RENDERING_SECONDS * (1 + len(conversations) / 500)):
            return [prompt_text(tokenizer, conversation) for conversation in conversations]
    except (jinja2.TemplateError, TypeError) as error:
        raise InvalidInput(
            f"The model's chat template refuses this conversation: {error}",
            hint="Some models take no system message; put the instructions into the question.",
            param="messages",
        ) from error


@contextmanager
def _limited(seconds: float) -> Iterator[None]:
    """Stops what runs too long: a hostile template can loop for ever.

    Raises:
        ModelRefused: when the processor time is spent.
    """
    faulthandler.dump_traceback_later(seconds * PATIENCE, exit=True)
    counts = hasattr(signal, "setitimer") and threading.current_thread() is threading.main_thread()
    if counts:
        before = signal.signal(signal.SIGVTALRM, _refuse)
        signal.setitimer(signal.ITIMER_VIRTUAL, seconds)
    try:
        yield
    finally:
        faulthandler.cancel_dump_traceback_later()
        if counts:
            signal.setitimer(signal.ITIMER_VIRTUAL, 0)
            signal.signal(signal.SIGVTALRM, before)


def _refuse(number: int, frame: FrameType | None) -> None:
    raise ModelRefused(
        "The model's chat template did not come to an end and was stopped.",
        hint="Use a model from a publisher you trust.",
    )


def decode(tokenizer: Any, tokens: Sequence[int]) -> str:
    """Returns the text of answer tokens, without special ones and without half a character."""
    options = {"skip_special_tokens": True, "clean_up_tokenization_spaces": False}
    text = tokenizer.decode(list(tokens), **options)
    # A character may need several tokens; until the last one came it reads as broken.
    return str(text).rstrip(BROKEN)
