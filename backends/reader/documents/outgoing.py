"""Outgoing: a document or a refusal on its way out of the reading process, checked and tidied."""

from __future__ import annotations

import re
from typing import NamedTuple

from backends.reader.limits import MAX_DOCUMENT_CHARACTERS, FileRefused

LONGEST_TITLE = 300

_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufeff]")
_SPACE = re.compile(r"[^\S\n]+")
_BLANK = re.compile(r"\n{3,}")


class Outgoing(NamedTuple):
    """One line to the studio: a document, or with `reason` a row that is none."""

    kind: str
    text: str = ""
    title: str = ""
    """Empty when the document names none."""
    key: str = ""
    """Empty when the file's name is the key."""
    line: int | None = None
    """Row of a JSONL file; None when the file is the document."""
    reason: str = ""


def document(kind: str, text: str, title: str = "") -> Outgoing:
    """Returns a whole file as one document.

    Raises:
        FileRefused: when there is no text, or more than the limit.
    """
    text = text.strip()
    if not text:
        raise FileRefused("The document holds no text.")
    return Outgoing(kind, refused_if_long(text), titled(title))


def refused_if_long(text: str) -> str:
    """Returns the text, or raises FileRefused when it is longer than a document may be."""
    if len(text) > MAX_DOCUMENT_CHARACTERS:
        raise FileRefused(
            f"The document has more than {MAX_DOCUMENT_CHARACTERS // 1_000_000} million "
            "characters of text.",
            "Split it into several files.",
        )
    return text


def titled(title: str) -> str:
    """Returns a title on one line, shortened to what a list can show."""
    return " ".join(plain(title).split())[:LONGEST_TITLE]


def plain(text: str) -> str:
    """Returns text with one kind of line end, without control characters and half characters."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    return _CONTROL.sub("", text).encode("utf-8", "replace").decode("utf-8")


def tidied(text: str) -> str:
    """Returns text that markup gave, with single spaces and at most one blank line in a row."""
    lines = (_SPACE.sub(" ", line).strip() for line in plain(text).split("\n"))
    return _BLANK.sub("\n\n", "\n".join(lines)).strip()
