"""Diff: what was changed in a text, word by word; marked by more than colour."""

from __future__ import annotations

import re
from difflib import SequenceMatcher
from typing import Literal

from nicegui.element import Element
from nicegui.elements.mixins.text_element import TextElement

Change = Literal["span", "del", "ins"]
"""Kept, taken out, put in: the elements that say so to screen readers."""

LONGEST = 4000
"""Words that are compared; longer texts are shown as replaced whole."""
ALIKE = 0.3
"""Share of words kept below which the old and the new text are shown whole, one after the other."""


def changes(before: str, after: str) -> list[tuple[Change, str]]:
    """Returns the pieces of both texts in reading order."""
    old, new = _words(before), _words(after)
    if before == after:
        return [("span", after)] if after else []
    whole: list[tuple[Change, str]] = [("del", before), ("ins", after)]
    matcher = SequenceMatcher(None, old, new, autojunk=False)
    if max(len(old), len(new)) > LONGEST or matcher.ratio() < ALIKE:
        return [piece for piece in whole if piece[1]]
    pieces: list[tuple[Change, str]] = []
    for what, i1, i2, j1, j2 in matcher.get_opcodes():
        if what == "equal":
            pieces.append(("span", "".join(new[j1:j2])))
            continue
        pieces.append(("del", "".join(old[i1:i2])))
        pieces.append(("ins", "".join(new[j1:j2])))
    return [piece for piece in pieces if piece[1]]


class Diff(Element):
    """`Diff("Mon–Fri", "Mon–Sat", marker="diff")`; never read as HTML."""

    def __init__(self, before: str, after: str, *, marker: str) -> None:
        super().__init__("p")
        self.classes("ls-text ls-diff").mark(marker)
        with self:
            for tag, text in changes(before, after):
                TextElement(tag=tag, text=text)


def _words(text: str) -> list[str]:
    return re.findall(r"\s+|\w+|[^\w\s]", text)
