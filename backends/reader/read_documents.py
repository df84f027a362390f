"""The document process: `python -m backends.reader.read_documents PATH ENDING PARENT`.

It writes one JSON line a document or refused row; the last line is `{"end": true}` or
`{"refused": message, "hint": hint}`; without one it died.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from importlib import import_module
from pathlib import Path

from backends.reader import sandbox
from backends.reader.documents.outgoing import Outgoing
from backends.reader.limits import MEBIBYTE, RESIDENT_BYTES, FileRefused
from backends.reader.read import encoded

Reader = Callable[[Path], Iterator[Outgoing]]

READERS = {
    ".txt": "plain_text:text_documents",
    ".md": "plain_text:markdown_documents",
    ".markdown": "plain_text:markdown_documents",
    ".html": "html:documents",
    ".htm": "html:documents",
    ".xhtml": "html:documents",
    ".pdf": "pdf:documents",
    ".docx": "docx:documents",
    ".jsonl": "jsonl:documents",
    ".ndjson": "jsonl:documents",
    ".json": "jsonl:documents",
}
"""Ending → what reads it; each is loaded when its first file comes."""

FIRST_BYTES = ((b"%PDF-", ".pdf"), (b"PK\x03\x04", ".docx"))
"""What a file is, whatever it is called."""

OLD_OFFICE = b"\xd0\xcf\x11\xe0"


def reader_of(path: Path, ending: str) -> Reader:
    """Returns what reads this file, by its first bytes and then by its ending."""
    with path.open("rb") as stream:
        head = stream.read(1024)
    if not head:
        raise FileRefused("The file is empty.")
    if head.startswith(OLD_OFFICE):
        raise FileRefused("This is an old Word or Excel file.", "Save it as .docx.")
    shown = next((known for first, known in FIRST_BYTES if head.startswith(first)), ending)
    if shown == ".docx" and ending in (".xlsx", ".pptx", ".odt", ".epub", ".zip"):
        shown = ending
    if shown not in READERS:
        raise FileRefused(
            f"Documents ending in {shown or 'nothing'} are not understood.",
            f"Bring one of {', '.join(READERS)}.",
        )
    module, _, name = READERS[shown].partition(":")
    found: Reader = getattr(import_module(f"backends.reader.documents.{module}"), name)
    return found


def main(path: Path, ending: str, parent: int) -> None:
    """Reads the file and writes its documents to standard output."""
    sandbox.enter(parent)
    out = sys.stdout.buffer
    last: dict[str, object]
    try:
        if not path.is_file():
            raise FileRefused("There is no such file.")
        for found in reader_of(path, ending)(path):
            out.write(encoded(found._asdict()))
        last = {"end": True}
    except FileRefused as refusal:
        last = {"refused": refusal.message, "hint": refusal.hint}
    except UnicodeError as error:
        last = {"refused": f"The text is damaged or cut short: {error}.", "hint": ""}
    except MemoryError:
        limit = RESIDENT_BYTES // MEBIBYTE
        last = {"refused": f"Reading the file takes more than {limit} MB of memory.", "hint": ""}
    out.write(encoded(last))
    out.flush()
    # Libraries may hold threads; everything is written, so nothing is worth waiting for.
    os._exit(0)


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]))
