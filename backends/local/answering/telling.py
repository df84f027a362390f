"""Telling: the text of an answer as it grows, cut where a stop text begins, with its tokens."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from backends.local.answering.choosing import Chances
from backends.local.answering.spelling import spelled
from backends.local.answering.text import decode
from studio.domain.logprobs import Likely, TokenLogprob


class Telling:
    """One answer; its pieces are whole characters, and together they are its text."""

    def __init__(self, tokenizer: Any, stop: Sequence[str] = ()) -> None:
        self._tokenizer = tokenizer
        self._stop = tuple(stop)
        self._told, self._tokens_told = "", 0

    def ends(self, tokens: Sequence[int]) -> bool:
        """Says whether the answer so far holds a stop text."""
        return bool(self._stop) and _cut(decode(self._tokenizer, tokens), self._stop) is not None

    def text(self, tokens: Sequence[int]) -> str:
        """Returns the answer of these tokens, up to the first stop text."""
        whole = decode(self._tokenizer, tokens)
        return whole[: _cut(whole, self._stop)]

    def piece(self, tokens: Sequence[int], *, last: bool) -> str:
        """Returns what can be told beyond the earlier pieces.

        The beginning of what may become a stop text is held back until it is known, or `last`.
        """
        text = self.text(tokens)
        if not last:
            text = text[: len(text) - _begun(text, self._stop)]
        if not text.startswith(self._told):
            return ""
        fresh, self._told = text[len(self._told) :], text
        return fresh

    def tokens_of_piece(
        self, tokens: Sequence[int], chances: Sequence[Chances], *, last: bool
    ) -> tuple[TokenLogprob, ...]:
        """Returns the tokens that the pieces told so far complete, each once."""
        begin, end = self._tokens_told, self._tokens_told
        if last:
            end = max(begin, _needed(self._tokenizer, tokens, len(self._told)))
        else:
            while end < len(tokens) and self._length(tokens[: end + 1]) <= len(self._told):
                end += 1
        self._tokens_told = end
        return named(self._tokenizer, tokens[begin:end], chances[begin:end])

    def all_tokens(
        self, tokens: Sequence[int], chances: Sequence[Chances]
    ) -> tuple[TokenLogprob, ...]:
        """Returns the tokens that the whole answer needs."""
        end = _needed(self._tokenizer, tokens, len(self.text(tokens)))
        return named(self._tokenizer, tokens[:end], chances[:end])

    def _length(self, tokens: Sequence[int]) -> int:
        return len(decode(self._tokenizer, tokens))


def named(
    tokenizer: Any, tokens: Sequence[int], chances: Sequence[Chances]
) -> tuple[TokenLogprob, ...]:
    """Returns tokens and their chances as people and programs read them."""
    return tuple(
        TokenLogprob(
            **_likely(tokenizer, token, chance.logprob),
            top=tuple(Likely(**_likely(tokenizer, *other)) for other in chance.top),
        )
        for token, chance in zip(tokens, chances, strict=True)
    )


def _likely(tokenizer: Any, token: int, logprob: float) -> dict[str, Any]:
    text, written = spelled(tokenizer, token)
    return {"token": text, "logprob": logprob, "bytes": written}


def _cut(text: str, stop: Sequence[str]) -> int | None:
    """Returns where the stop text begins that is complete first, None when there is none.

    That one, and not the one that begins first: the answer ends as soon as any is written.
    """
    whole = [(at + len(word), at) for word in stop if (at := text.find(word)) >= 0]
    return min(whole)[1] if whole else None


def _begun(text: str, stop: Sequence[str]) -> int:
    """Returns how many of the last characters may be the beginning of a stop text."""
    longest = min(max(map(len, stop), default=0) - 1, len(text))
    return next(
        (n for n in range(longest, 0, -1) if any(word.startswith(text[-n:]) for word in stop)), 0
    )


def _needed(tokenizer: Any, tokens: Sequence[int], length: int) -> int:
    """Returns how many first tokens it takes to write so many characters."""
    count = len(tokens)
    while count and len(decode(tokenizer, tokens[: count - 1])) >= length:
        count -= 1
    return count if length else 0
