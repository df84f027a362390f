"""HTML: the page's own text with its headings, without scripts, styles and navigation."""

from __future__ import annotations

from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

from backends.reader.documents.outgoing import Outgoing, document, tidied
from backends.reader.documents.patience import patience
from backends.reader.documents.plain_text import contents
from backends.reader.limits import MAX_MARKUP_CHARACTERS, FileRefused

NEVER_SHOWN = frozenset(
    ("script", "style", "template", "noscript", "iframe", "object", "svg", "math", "canvas")
    + ("audio", "video", "select", "button", "textarea", "datalist")
)
FURNITURE = frozenset({"nav", "dialog", "menu"})
"""What belongs to the site rather than to the page."""
BLOCKS = frozenset(
    ("address", "article", "aside", "blockquote", "body", "caption", "center", "dd", "details")
    + ("dialog", "div", "dl", "dt", "fieldset", "figcaption", "figure", "footer", "form", "header")
    + ("hgroup", "hr", "legend", "li", "main", "menu", "nav", "ol", "p", "pre", "section")
    + ("summary", "table", "tbody", "tfoot", "thead", "tr", "ul")
)
HEADINGS = {f"h{level}": level for level in range(1, 7)}
ENOUGH = 200
"""Characters within `main` from which on the rest of the page is furniture too."""


def documents(path: Path) -> Iterator[Outgoing]:
    """Yields a page as one document; headings become lines that begin with `#`."""
    markup = contents(path, MAX_MARKUP_CHARACTERS)
    if len(markup) > MAX_MARKUP_CHARACTERS:
        raise FileRefused("The page has more than 32 million characters of HTML.")
    with patience("The page"):
        page = _read(_without_comments(markup), NEVER_SHOWN | FURNITURE)
        # A <nav> that is never closed would take the whole page with it.
        text = page.text() or _read(_without_comments(markup), NEVER_SHOWN).text()
    yield document("html", text, "".join(page.title) or page.first_heading)


def _read(markup: str, dropped: frozenset[str]) -> _Page:
    page = _Page(dropped)
    page.feed(markup)
    page.close()
    return page


def _without_comments(markup: str) -> str:
    """Drops comments; one that never ends takes the rest, as browsers have it.

    The parser looks for the end of each anew, which takes hours for a million beginnings.
    """
    parts, at = [], 0
    while (start := markup.find("<!--", at)) >= 0:
        parts.append(markup[at:start])
        end = markup.find("-->", start + 2)
        if end < 0:
            return "".join(parts)
        at = end + 3
    return "".join([*parts, markup[at:]])


class _Page(HTMLParser):
    """Collects text while tags go by; depth costs nothing, because nothing is nested here."""

    def __init__(self, dropped: frozenset[str]) -> None:
        super().__init__(convert_charrefs=True)
        self._dropped = dropped
        self.title: list[str] = []
        self.first_heading = ""
        self._all: list[str] = []
        self._main: list[str] = []
        self._hidden: dict[str, int] = {}
        """Open elements whose contents are dropped, by tag."""
        self._in_main = self._in_pre = 0
        self._in_title = False
        self._heading: list[str] | None = None

    def text(self) -> str:
        """Returns what the page says: its `main` part where it has one."""
        main = tidied("".join(self._main))
        return main if len(main) >= ENOUGH else tidied("".join(self._all))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Notes where blocks, headings and dropped parts begin."""
        if tag in self._dropped or tag in self._hidden:
            self._hidden[tag] = self._hidden.get(tag, 0) + 1
        elif tag == "title":
            self._in_title = not self.title
        elif tag in HEADINGS:
            self._end_heading()
            self._put(f"\n\n{'#' * HEADINGS[tag]} ")
            self._heading = []
        elif tag == "main":
            self._in_main += 1
        self._separate(tag)
        self._in_pre += tag == "pre"

    def handle_endtag(self, tag: str) -> None:
        """Notes where they end; an end without a beginning means nothing."""
        if tag in self._hidden:
            self._hidden[tag] -= 1
            if not self._hidden[tag]:
                del self._hidden[tag]
        elif tag == "title":
            self._in_title = False
        elif tag in HEADINGS:
            self._end_heading()
        elif tag == "main" and self._in_main:
            self._in_main -= 1
        if tag in BLOCKS:
            self._put("\n")
        self._in_pre -= tag == "pre" and self._in_pre > 0

    def handle_data(self, data: str) -> None:
        """Keeps text that is shown."""
        if self._in_title:
            self.title.append(data)
        elif not self._hidden:
            if not self._in_pre:
                data = data.replace("\n", " ")
            if self._heading is not None:
                self._heading.append(data)
            self._put(data)

    def _separate(self, tag: str) -> None:
        if tag in ("td", "th"):
            self._put(" | ")
        elif tag == "li":
            self._put("\n- ")
        elif tag in ("p", "table", "blockquote", "pre"):
            self._put("\n\n")
        elif tag in BLOCKS or tag == "br":
            self._put("\n")

    def _end_heading(self) -> None:
        if self._heading is not None:
            self.first_heading = self.first_heading or "".join(self._heading).strip()
            self._heading = None
            self._put("\n\n")

    def _put(self, text: str) -> None:
        if self._hidden:
            return
        self._all.append(text)
        if self._in_main:
            self._main.append(text)
