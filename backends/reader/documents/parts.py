"""Parts: the files inside a zipped document, unpacked a piece at a time and counted."""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from xml.parsers import expat

from backends.reader.limits import (
    MAX_EXPANSION,
    MAX_MARKUP_DEPTH,
    MAX_PART_BYTES,
    MAX_ZIP_ENTRIES,
    MEBIBYTE,
    SUSPICIOUS_BYTES,
    FileRefused,
)

PIECE = 256 * 1024
DAMAGED = FileRefused(
    "The document is damaged or not what its name says.", "Open it in its program and save it anew."
)


class Parts:
    """The parts of one document; together they may unpack to no more than the limits."""

    def __init__(self, archive: zipfile.ZipFile, on_disk: int) -> None:
        self._archive, self._on_disk, self._seen = archive, on_disk, 0
        self.names = frozenset(archive.namelist())

    def pieces(self, name: str) -> Iterator[bytes]:
        """Yields a part's bytes; raises FileRefused for what is damaged, encrypted or a bomb."""
        size = 0
        try:
            with self._archive.open(name) as stream:
                while piece := stream.read(PIECE):
                    size += len(piece)
                    self._seen += len(piece)
                    self._refuse_bomb(size)
                    yield piece
        except (zipfile.BadZipFile, zlib.error, KeyError, EOFError, NotImplementedError) as error:
            raise DAMAGED from error
        except RuntimeError as error:  # zipfile's word for a part that wants a password
            raise FileRefused(
                "The document is protected by a password.", "Save it without one."
            ) from error

    def walk(self, name: str, walker: Any) -> None:
        """Sends a part's elements to `walker.start`, `.text` and `.end`, names as `space name`.

        A document type is refused: only it can define entities, and no word processor writes one.
        """
        depth = 0

        def begin(tag: str, attributes: dict[str, str]) -> None:
            nonlocal depth
            depth += 1
            if depth > MAX_MARKUP_DEPTH:
                raise FileRefused(f"The document is nested deeper than {MAX_MARKUP_DEPTH} levels.")
            walker.start(tag, attributes)

        def finish(tag: str) -> None:
            nonlocal depth
            depth -= 1
            walker.end(tag)

        parser = expat.ParserCreate(namespace_separator=" ")
        parser.buffer_text = True
        parser.StartElementHandler, parser.EndElementHandler = begin, finish
        parser.CharacterDataHandler = walker.text
        parser.StartDoctypeDeclHandler = _refuse_document_type
        try:
            for piece in self.pieces(name):
                parser.Parse(piece, False)
            parser.Parse(b"", True)
        except expat.ExpatError as error:
            raise DAMAGED from error

    def _refuse_bomb(self, size: int) -> None:
        if size > MAX_PART_BYTES:
            raise FileRefused(
                f"A part of the document holds more than {MAX_PART_BYTES // MEBIBYTE} MB.",
                "Split it into smaller documents.",
            )
        if self._seen > SUSPICIOUS_BYTES and self._seen > MAX_EXPANSION * self._on_disk:
            raise FileRefused(
                f"The document unpacks to more than {MAX_EXPANSION} times its size; "
                "genuine ones do not."
            )


@contextmanager
def opened(path: Path) -> Iterator[Parts]:
    """Opens a zipped document; raises FileRefused when it is none."""
    try:
        with zipfile.ZipFile(path) as archive:
            if len(archive.infolist()) > MAX_ZIP_ENTRIES:
                raise FileRefused(f"The document has more than {MAX_ZIP_ENTRIES:,} parts.")
            yield Parts(archive, path.stat().st_size)
    except (zipfile.BadZipFile, ValueError) as error:
        raise DAMAGED from error


def _refuse_document_type(*told: Any) -> None:
    raise FileRefused(
        "The document declares XML entities, which no word processor does.",
        "It may have been made to do harm.",
    )
