"""Spelling: a single token as text and as bytes, half characters included."""

from __future__ import annotations

import re
from typing import Any

from tokenizers.decoders import ByteLevel

BROKEN = "\N{REPLACEMENT CHARACTER}"
ONE_BYTE = re.compile(r"<0x([0-9A-F]{2})>")
"""How vocabularies made of words spell a byte that is no character."""


def spelled(tokenizer: Any, token: int) -> tuple[str, tuple[int, ...] | None]:
    """Returns a token's text and its bytes, None where the tokenizer does not tell them."""
    name = str(tokenizer.convert_ids_to_tokens(token))
    if isinstance(tokenizer.backend_tokenizer.decoder, ByteLevel):
        written = bytes(BYTES[letter] for letter in name if letter in BYTES)
        return written.decode("utf-8", "replace"), tuple(written)
    if byte := ONE_BYTE.fullmatch(name):
        value = int(byte.group(1), 16)
        return (chr(value) if value < 128 else BROKEN), (value,)
    if "\N{LOWER ONE EIGHTH BLOCK}" in name:
        name = name.replace("\N{LOWER ONE EIGHTH BLOCK}", " ")
        return name, tuple(name.encode())
    text = str(tokenizer.decode([token], clean_up_tokenization_spaces=False))
    return text, None if BROKEN in text else tuple(text.encode())


def _bytes() -> dict[str, int]:
    """Returns letter → byte of vocabularies that give every byte a visible letter of its own.

    Bytes that are visible in Latin-1 stand for themselves; the others take the letters from
    U+0100 on, in order.
    """
    visible = [*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
    hidden = [byte for byte in range(256) if byte not in visible]
    return {chr(byte): byte for byte in visible} | {
        chr(0x100 + place): byte for place, byte in enumerate(hidden)
    }


BYTES = _bytes()
