"""Word documents (.docx): headings, paragraphs, lists, tables and notes as text."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from backends.reader.documents.outgoing import Outgoing, document, tidied
from backends.reader.documents.parts import DAMAGED, Parts, opened
from backends.reader.documents.patience import patience

WORD = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
STRICT = "http://purl.oclc.org/ooxml/wordprocessingml/main"
"""The same elements as some programs save them."""
RELATIONS = "_rels/.rels"
MAIN = "/officeDocument"
"""End of the relation type that leads to the text."""
DROPPED = frozenset({"del", "moveFrom", "instrText", "delText", "Fallback", "pPrChange"})
"""Deleted text, field codes, and the second version of what is there already."""

_LEVEL = re.compile(r"heading\s*([1-9])", re.IGNORECASE)


def documents(path: Path) -> Iterator[Outgoing]:
    """Yields a Word document as one document; headings become lines that begin with `#`."""
    with patience("The document"), opened(path) as parts:
        main = _main_part(parts)
        folder = main.rpartition("/")[0]
        levels = _heading_levels(parts, f"{folder}/styles.xml")
        body = _Body(levels)
        parts.walk(main, body)
        texts = [body.text()]
        for name in (f"{folder}/footnotes.xml", f"{folder}/endnotes.xml"):
            if name in parts.names:
                notes = _Body(levels)
                parts.walk(name, notes)
                texts.append(notes.text())
        title = _title(parts) or body.first_heading
    yield document("docx", tidied("\n\n".join(texts)), title)


def _main_part(parts: Parts) -> str:
    if "word/document.xml" in parts.names:
        return "word/document.xml"
    if RELATIONS in parts.names:
        found = _Relations()
        parts.walk(RELATIONS, found)
        if found.target in parts.names:
            return found.target
    raise DAMAGED


def _heading_levels(parts: Parts, name: str) -> dict[str, int]:
    found = _Styles()
    if name in parts.names:
        parts.walk(name, found)
    return found.levels


def _title(parts: Parts) -> str:
    found = _Properties()
    if "docProps/core.xml" in parts.names:
        parts.walk("docProps/core.xml", found)
    return "".join(found.title)


def _attribute(attributes: dict[str, str], name: str) -> str:
    for space in (WORD, STRICT):
        if f"{space} {name}" in attributes:
            return attributes[f"{space} {name}"]
    return ""


class _Relations:
    """Finds which part holds the text."""

    def __init__(self) -> None:
        self.target = ""

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        if attributes.get("Type", "").endswith(MAIN):
            self.target = attributes.get("Target", "").lstrip("/")

    def text(self, data: str) -> None:
        """Nothing is said between the relations."""

    def end(self, tag: str) -> None:
        """Nothing is nested in them."""


class _Styles:
    """Finds which styles are headings: by their English name, or by their outline level."""

    def __init__(self) -> None:
        self.levels: dict[str, int] = {}
        self._style = ""

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        name = tag.rpartition(" ")[2]
        value = _attribute(attributes, "val")
        if name == "style":
            self._style = _attribute(attributes, "styleId")
        elif name == "name" and (match := _LEVEL.fullmatch(value)):
            self.levels[self._style] = int(match[1])
        elif name == "name" and value.lower() == "title":
            self.levels[self._style] = 1
        elif name == "outlineLvl" and value.isdecimal() and int(value) < 9:
            self.levels.setdefault(self._style, int(value) + 1)

    def text(self, data: str) -> None:
        """Styles say nothing."""

    def end(self, tag: str) -> None:
        """The next style begins by itself."""


class _Properties:
    """Finds the title that the author gave."""

    def __init__(self) -> None:
        self.title: list[str] = []
        self._inside = False

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        self._inside = tag.endswith(" title")

    def text(self, data: str) -> None:
        if self._inside:
            self.title.append(data)

    def end(self, tag: str) -> None:
        self._inside = False


class _Body:
    """Collects paragraphs while elements go by; a text box is a paragraph within another."""

    def __init__(self, levels: dict[str, int]) -> None:
        self._levels = levels
        self.first_heading = ""
        self._lines: list[str] = []
        self._open: list[_Paragraph] = []
        self._tables: list[list[str]] = []
        """Open tables; each holds the cells of its present row."""
        self._cells: list[list[str]] = []
        self._dropped = 0
        self._in_text = False

    def text(self, data: str | None = None) -> str:
        """Takes characters, or without any returns the whole text."""
        if data is None:
            return "\n".join(self._lines)
        if self._in_text and not self._dropped and self._open:
            self._open[-1].pieces.append(data)
        return ""

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        """Notes where paragraphs, tables and dropped parts begin."""
        name = tag.rpartition(" ")[2]
        if name in DROPPED:
            self._dropped += 1
        elif name == "p":
            self._open.append(_Paragraph())
        elif name == "tbl":
            self._tables.append([])
        elif name == "tc":
            self._cells.append([])
        elif name == "t":
            self._in_text = True
        elif self._open and not self._dropped:
            self._shape(self._open[-1], name, attributes)

    def end(self, tag: str) -> None:
        """Notes where they end, and writes what is complete."""
        name = tag.rpartition(" ")[2]
        if name in DROPPED:
            self._dropped -= 1
        elif name == "t":
            self._in_text = False
        elif name == "p" and self._open:
            self._write(self._open.pop())
        elif name == "tc" and self._cells:
            cell = " ".join(self._cells.pop())
            if self._tables:
                self._tables[-1].append(cell)
        elif name == "tr" and self._tables:
            row = "| " + " | ".join(self._tables[-1])
            self._tables[-1].clear()
            self._put(row)
        elif name == "tbl" and self._tables:
            self._tables.pop()
            self._put("")

    def _shape(self, paragraph: _Paragraph, name: str, attributes: dict[str, str]) -> None:
        value = _attribute(attributes, "val")
        if name == "pStyle":
            paragraph.level = self._levels.get(value, 0) or paragraph.level
        elif name == "outlineLvl" and value.isdecimal() and int(value) < 9:
            paragraph.level = int(value) + 1
        elif name == "numPr":
            paragraph.listed = True
        elif name in ("br", "cr"):
            paragraph.pieces.append("\n")
        elif name == "tab":
            paragraph.pieces.append("\t")
        elif name == "noBreakHyphen":
            paragraph.pieces.append("-")

    def _write(self, paragraph: _Paragraph) -> None:
        text = "".join(paragraph.pieces).strip()
        if not text:
            self._put("")
        elif self._cells:
            self._cells[-1].append(" ".join(text.split()))
        elif paragraph.level:
            heading = " ".join(text.split())
            self.first_heading = self.first_heading or heading
            self._put(f"\n{'#' * min(paragraph.level, 6)} {heading}\n")
        elif paragraph.listed:
            self._put(f"- {text}")
        else:
            self._put(f"{text}\n")

    def _put(self, line: str) -> None:
        if self._cells:
            if line.strip():
                self._cells[-1].append(line)
        else:
            self._lines.append(line)


class _Paragraph:
    def __init__(self) -> None:
        self.pieces: list[str] = []
        self.level = 0
        """1 to 9 for headings."""
        self.listed = False
