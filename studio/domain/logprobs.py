"""Logprobs: how likely a model held each token of an answer, and which others it weighed."""

from __future__ import annotations

from studio.domain.values import Value


class Likely(Value):
    """A token and its chance."""

    token: str
    """Its text; half a character reads as the replacement character."""
    logprob: float
    """Natural logarithm of its chance under the model, before temperature and top_p."""
    bytes: tuple[int, ...] | None = None
    """Its UTF-8 bytes, which may be half a character; None where the tokenizer does not tell."""


class TokenLogprob(Likely):
    """A token of the answer, with the likeliest ones at its place."""

    top: tuple[Likely, ...] = ()
    """The likeliest tokens there, best first; as many as were asked for."""


class Piece(str):
    """A piece of a streamed answer that also tells its tokens; otherwise a plain text."""

    __slots__ = ("logprobs",)

    logprobs: tuple[TokenLogprob, ...]

    def __new__(cls, text: str, logprobs: tuple[TokenLogprob, ...] = ()) -> Piece:
        """Returns the text, which knows its tokens."""
        made = super().__new__(cls, text)
        made.logprobs = logprobs
        return made
