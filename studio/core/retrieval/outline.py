"""Outline: where a text's sections, paragraphs and sentences begin, and under which heading."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from enum import IntEnum
from typing import NamedTuple


class Strength(IntEnum):
    """What begins at a word."""

    NONE = 0
    SENTENCE = 1
    PARAGRAPH = 2
    SECTION = 3


class Line(NamedTuple):
    """A line without the white space around it."""

    start: int
    text: str

    @property
    def end(self) -> int:
        """The character after it."""
        return self.start + len(self.text)


LONGEST_HEADING = 12
"""Words; a longer line alone is a sentence."""
LONGEST_LINE = 200
"""Characters of a heading."""

# Every repetition is bounded or cannot be entered twice: a hostile text costs no more than another.
_BLANK = re.compile(r"\n[^\S\n]*\n\s*|\f\s*")
_ITEM = re.compile(r"\n[^\S\n]*(?=(?:[-*•‣–]|\d{1,3}[.)]|\|)\s)")
_STOP = re.compile(r"[.!?…][\"'”’)\]]{0,4}\s+(?=[\"'“‘(\[]{0,4}[^\Wa-z_])|[。！？][」』”’]{0,4}\s*")
_MARKED = re.compile(r"#{1,6}[^\S\n]+(\S.*)")
_SHORTENED = re.compile(
    r"(?:\b[A-Z]|\b(?:al|approx|ca|cf|dr|ed|eds|eq|etc|e\.g|fig|figs|i\.e|inc|ltd|mr|mrs|ms|no|nos"
    r"|p|pp|prof|ref|refs|sec|st|tab|vol|vs))\.\s+$",
    re.IGNORECASE,
)


def read(text: str, words: Sequence[int]) -> tuple[list[Strength], list[str]]:
    """Returns, for each word, what begins there and the nearest heading above it.

    Args:
        text: the document.
        words: where its words begin, in order.
    """
    strengths = [Strength.NONE] * len(words)
    headings = list(_headings(text))
    for starts, strength in (
        (_sentences(text), Strength.SENTENCE),
        ((match.end() for match in _ITEM.finditer(text)), Strength.SENTENCE),
        ((match.end() for match in _BLANK.finditer(text)), Strength.PARAGRAPH),
        # What follows a heading stays with it.
        ((line.end for line in headings), Strength.NONE),
        ((line.start for line in headings), Strength.SECTION),
    ):
        for start in starts:
            at = bisect_left(words, start)
            if at < len(words):
                strengths[at] = strength
    return strengths, _above(words, headings)


def title_of(heading: str) -> str:
    """Returns a heading's line without its marks."""
    match = _MARKED.fullmatch(heading)
    return match[1].rstrip("# \t") or match[1] if match else heading


def opening(text: str) -> str:
    """Returns the text's first line if it can serve as a title, else nothing."""
    first = text.lstrip()[: LONGEST_LINE + 1].split("\n", 1)[0].strip()
    return "" if len(first) > LONGEST_LINE or first[-1:] in (".", ";", ",") else title_of(first)


def _above(words: Sequence[int], headings: Sequence[Line]) -> list[str]:
    found = [""] * len(words)
    borders = [bisect_left(words, line.start) for line in headings] + [len(words)]
    for number, line in enumerate(headings):
        span = borders[number + 1] - borders[number]
        found[borders[number] : borders[number + 1]] = [title_of(line.text)] * span
    return found


def _sentences(text: str) -> Iterator[int]:
    for match in _STOP.finditer(text):
        # "et al. Smith" and "J. Smith" go on.
        if not _SHORTENED.search(text, max(0, match.start() - 8), match.end()):
            yield match.end()


def _headings(text: str) -> Iterator[Line]:
    """Yields lines marked with #, and short lines that stand alone above other text."""
    lines = list(_lines(text))
    last = max((at for at, line in enumerate(lines) if line.text), default=0)
    for at, line in enumerate(lines):
        if _MARKED.fullmatch(line.text):
            yield line
        elif line.text and at < last:
            alone = not lines[at + 1].text and (at == 0 or not lines[at - 1].text)
            if alone and _looks_like_heading(line.text):
                yield line


def _lines(text: str) -> Iterator[Line]:
    start = 0
    for raw in re.split(r"[\n\f]", text):
        if len(raw) <= 2 * LONGEST_LINE:
            bare = raw.lstrip()
            yield Line(start + len(raw) - len(bare), bare.rstrip())
        else:
            # Too long for a heading; only that something stands there matters.
            yield Line(start, raw[: 2 * LONGEST_LINE])
        start += len(raw) + 1


def _looks_like_heading(line: str) -> bool:
    return (
        len(line) <= LONGEST_LINE
        and len(line.split()) <= LONGEST_HEADING
        and (line[0].isupper() or line[0].isdigit())
        and line[-1] not in ".!?;:,…。！？"
        and not any(mark in line for mark in (": ", "://", "|", "@"))
        and any(c.isalpha() for c in line)
    )
