"""Opening a file of unknown compression and encoding, counting every decoded byte."""

from __future__ import annotations

import codecs
import gzip
import io
import re
import zlib
from pathlib import Path
from typing import Any, TextIO

from backends.reader.limits import FileRefused, refuse_expansion

CHUNK = 256 * 1024
GZIP_MAGIC = b"\x1f\x8b"
BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
FOREIGN = (
    (b"PK\x03\x04", "an Excel workbook or a zip archive", "Save the sheet as CSV."),
    (b"\xd0\xcf\x11\xe0", "an old Excel or Word file", "Save the sheet as CSV."),
    (b"%PDF", "a PDF document", "Bring a table or JSON Lines."),
)
"""First bytes of files that people bring by mistake, and what to do instead."""

_INVALID = re.compile("[\udc80-\udcff]")
_BEYOND_ASCII = re.compile("[^\x00-\x7f\udc80-\udcff]")


class CountedBytes(io.RawIOBase):
    """A stream that refuses to give more than the limit, and names damage in plain words."""

    def __init__(self, source: io.BufferedIOBase, on_disk: int) -> None:
        self._source, self._on_disk, self._seen = source, on_disk, 0

    def readable(self) -> bool:
        """Says that it can be read."""
        return True

    def readinto(self, buffer: Any) -> int:
        """Fills the buffer from the source and counts."""
        try:
            piece = self._source.read(min(len(buffer), CHUNK))
        except (gzip.BadGzipFile, EOFError, zlib.error) as error:
            raise FileRefused("The compressed file is damaged or cut short.") from error
        self._seen += len(piece)
        refuse_expansion(self._seen, self._on_disk)
        buffer[: len(piece)] = piece
        return len(piece)

    def close(self) -> None:
        """Closes the source too."""
        self._source.close()
        super().close()


def is_gzip(path: Path) -> bool:
    """Says whether the file begins like gzip, whatever it is called."""
    with path.open("rb") as stream:
        return stream.read(2) == GZIP_MAGIC


def open_bytes(path: Path) -> io.BufferedReader:
    """Opens the unpacked bytes; reading more than the limit raises FileRefused."""
    source: io.BufferedIOBase = gzip.GzipFile(path) if is_gzip(path) else path.open("rb")
    return io.BufferedReader(CountedBytes(source, path.stat().st_size), CHUNK)


def open_text(path: Path, newline: str) -> TextIO:
    """Opens the file as text in the encoding its bytes show.

    Bytes that do not fit a UTF-8 file stay visible as lone surrogates, so that only their rows
    are refused.
    """
    encoding = encoding_of(path)
    return io.TextIOWrapper(
        open_bytes(path), encoding=encoding, errors=_errors_for(encoding), newline=newline
    )


def encoding_of(path: Path) -> str:
    """Returns a codec name: by byte-order mark, else by zero bytes, else by validity as UTF-8."""
    with open_bytes(path) as stream:
        head = stream.read(4096)
        if not head.strip():
            raise FileRefused("The file is empty.")
        for magic, what, remedy in FOREIGN:
            if head.startswith(magic):
                raise FileRefused(f"This is {what}, not a text file.", remedy)
        for mark, encoding in BOMS:
            if head.startswith(mark):
                return encoding
        if b"\0" in head:
            return _wide_encoding(head)
        return _narrow_encoding(head, stream)


def _wide_encoding(head: bytes) -> str:
    """UTF-16 without a mark has zeros in every second byte of Latin text."""
    pairs = len(head) // 2
    even, odd = head[0::2].count(0), head[1::2].count(0)
    if odd > pairs * 0.4 and even == 0:
        return "utf-16-le"
    if even > pairs * 0.4 and odd == 0:
        return "utf-16-be"
    raise FileRefused("This is a binary file, not text.", "Bring CSV, JSON, JSON Lines or Parquet.")


def _narrow_encoding(head: bytes, stream: io.BufferedReader) -> str:
    """UTF-8, unless what is not UTF-8 outnumbers what is.

    One bad byte among many good ones must not turn the whole file into Windows-1252.
    """
    decoder = codecs.getincrementaldecoder("utf-8")("surrogateescape")
    invalid = valid = 0
    undefined = False
    piece = head
    while piece:
        text = decoder.decode(piece)
        if not text.isascii():
            invalid += len(_INVALID.findall(text))
            valid += len(_BEYOND_ASCII.findall(text))
        undefined = undefined or any(byte in piece for byte in b"\x81\x8d\x8f\x90\x9d")
        piece = stream.read(CHUNK)
    if invalid <= valid:
        return "utf-8"
    return "latin-1" if undefined else "cp1252"


def _errors_for(encoding: str) -> str:
    if encoding.startswith("utf-8"):
        return "surrogateescape"
    return "surrogatepass" if encoding.startswith("utf-16") else "strict"
