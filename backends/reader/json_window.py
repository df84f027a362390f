"""A window on JSON text that grows until the value at its beginning is complete."""

from __future__ import annotations

import json
from typing import Any, TextIO

from backends.reader.json_text import DECODER, fault_of
from backends.reader.limits import MAX_RECORD_CHARACTERS, MEBIBYTE, FileRefused

SPACE = " \t\r\n"
CHUNK = 256 * 1024
NEAR_THE_END = 16
"""Whatever happens this close to the end of the window may look different with the rest."""


class TooLong(FileRefused):
    """A value does not end within the longest record allowed."""


class JsonWindow:
    """Walks through a document value by value with bounded memory."""

    def __init__(self, stream: TextIO, chunk: int = CHUNK) -> None:
        self._stream, self._text, self._at = stream, "", 0
        self._chunk = chunk
        self._first_line, self._ended = 1, False

    @property
    def line(self) -> int:
        """The physical line of the present position."""
        return self._first_line + self._text.count("\n", 0, self._at)

    def peek(self) -> str:
        """Returns the next character that is not space, empty at the end."""
        while True:
            while self._at < len(self._text):
                if self._text[self._at] not in SPACE:
                    return self._text[self._at]
                self._at += 1
            if not self._grow():
                return ""

    def skip(self, wanted: str) -> None:
        """Steps over one character, refusing the file when another stands there."""
        found = self.peek()
        if found != wanted:
            what = f"{found!r} stands where" if found else "the file ends where"
            raise FileRefused(f"Line {self.line}: {what} {wanted!r} was expected.")
        self._at += 1

    def value(self) -> Any:
        """Decodes the value that begins here; a refused value leaves the position unchanged."""
        self.peek()
        while True:
            try:
                value, end = DECODER.raw_decode(self._text, self._at)
            except (ValueError, RecursionError) as error:
                if self._is_final(error):
                    raise FileRefused(f"Line {self._line_of(error)}: {_why(error)}") from error
            else:
                # `1.` is a whole number to the decoder when `5` is still to be read.
                if end + NEAR_THE_END < len(self._text) or self._ended:
                    self._at = end
                    return value
            if len(self._text) - self._at > MAX_RECORD_CHARACTERS:
                limit = MAX_RECORD_CHARACTERS // MEBIBYTE
                raise TooLong(
                    f"Line {self.line}: a value is longer than {limit} million characters."
                )
            self._grow()

    def _is_final(self, error: ValueError | RecursionError) -> bool:
        """More text can only repair what broke at the end of the window."""
        if self._ended or not isinstance(error, json.JSONDecodeError):
            return True
        if error.msg.startswith("Unterminated string"):
            return False
        return error.pos + NEAR_THE_END < len(self._text)

    def _line_of(self, error: ValueError | RecursionError) -> int:
        if isinstance(error, json.JSONDecodeError):
            return self._first_line + error.lineno - 1
        return self.line

    def _grow(self) -> bool:
        if self._ended:
            return False
        # Twice as much each time: repeated attempts cost no more than twice the final one.
        piece = self._stream.read(max(self._chunk, len(self._text) - self._at))
        self._first_line = self.line
        self._text, self._at = self._text[self._at :] + piece, 0
        self._ended = not piece
        return bool(piece)


def _why(error: ValueError | RecursionError) -> str:
    if isinstance(error, json.JSONDecodeError):
        return f"this is not valid JSON: {error.msg}."
    return fault_of(error)
