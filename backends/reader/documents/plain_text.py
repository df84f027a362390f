"""Plain text and Markdown: kept as they are, headings included."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from backends.reader.documents.outgoing import Outgoing, document, plain
from backends.reader.limits import MAX_DOCUMENT_CHARACTERS
from backends.reader.opening import open_text

_FRONT_MATTER = re.compile(r"\A---\n(.*?)\n---\n", re.DOTALL)
_FRONT_TITLE = re.compile(r"^title:\s*(['\"]?)(.+?)\1\s*$", re.MULTILINE)
_HEADING = re.compile(r"^#{1,2}\s+(.+?)\s*#*\s*$", re.MULTILINE)
_UNDERLINED = re.compile(r"^(\S.*)\n=+\s*$", re.MULTILINE)


def text_documents(path: Path) -> Iterator[Outgoing]:
    """Yields a text file as one document."""
    yield document("txt", contents(path, MAX_DOCUMENT_CHARACTERS))


def markdown_documents(path: Path) -> Iterator[Outgoing]:
    """Yields a Markdown file as one document, titled by its front matter or first heading."""
    text = contents(path, MAX_DOCUMENT_CHARACTERS)
    title = ""
    if front := _FRONT_MATTER.match(text):
        text = text[front.end() :]
        if named := _FRONT_TITLE.search(front[1]):
            title = named[2]
    first = _HEADING.search(text) or _UNDERLINED.search(text)
    yield document("md", text, title or (first[1] if first else ""))


def contents(path: Path, most: int) -> str:
    """Returns the decoded text, at most one character more than `most`, which refuses it later."""
    with open_text(path, newline="") as stream:
        # Bytes that are no text became lone surrogates; `plain` shows them as question marks.
        return plain(stream.read(most + 1))
