"""PDF: the text layer page by page; scans and locked files are refused in words."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from backends.reader.documents.outgoing import Outgoing, document, refused_if_long, tidied
from backends.reader.documents.patience import patience
from backends.reader.limits import MAX_PAGES, FileRefused

if TYPE_CHECKING:
    from pypdf import PageObject, PdfReader

LETTERS_OF_A_PAGE = 20
"""Letters and digits a page has on average, unless it is a picture with a stamp."""
NO_TEXT = FileRefused(
    "The PDF has no text layer: its pages are pictures.",
    "Run text recognition (OCR) over it first, and bring the result.",
)
MACHINE_TITLES = re.compile(
    r"(?i)^(microsoft (word|powerpoint|excel) - |untitled|.*\.(docx?|pdf)$)"
)
"""Titles that a program wrote, not a person."""

_HYPHEN = re.compile(r"([a-zà-öø-ÿ])-\n([a-zà-öø-ÿ])")


def documents(path: Path) -> Iterator[Outgoing]:
    """Yields a PDF as one document, pages apart by a blank line."""
    from pypdf.errors import PyPdfError

    logging.getLogger("pypdf").setLevel(logging.CRITICAL)  # it talks about every oddity
    try:
        with path.open("rb") as stream:
            yield _read(stream)
    except (FileRefused, MemoryError):
        raise
    except RecursionError as error:
        raise FileRefused("The PDF is nested without end.", "It may be damaged.") from error
    except (PyPdfError, ArithmeticError, LookupError, TypeError, ValueError, OSError) as error:
        raise _damaged() from error
    except (AttributeError, AssertionError, NotImplementedError) as error:
        # What is not where the format says reaches the library as None.
        raise _damaged() from error


def _read(stream: Any) -> Outgoing:
    from pypdf import PdfReader

    with patience("The PDF"):
        reader = PdfReader(stream, strict=False)
        _unlock(reader)
        n_pages = len(reader.pages)
    if n_pages > MAX_PAGES:
        raise FileRefused(f"The PDF has more than {MAX_PAGES:,} pages.", "Split it.")
    pages: list[str] = []
    length = 0
    pictures = False
    for number in range(n_pages):
        with patience(f"Page {number + 1}"):
            page = reader.pages[number]
            pages.append(_HYPHEN.sub(r"\1\2", tidied(page.extract_text())))
            pictures = pictures or _shows_pictures(page)
        length += len(pages[-1])
    text = refused_if_long("\n\n".join(page for page in pages if page))
    letters = sum(map(str.isalnum, text))
    if not letters or (pictures and letters < LETTERS_OF_A_PAGE * n_pages):
        raise NO_TEXT
    return document("pdf", text, _title(reader))


def _unlock(reader: PdfReader) -> None:
    """Opens files that only forbid printing; those with a real password are refused."""
    from pypdf.errors import DependencyError, PyPdfError

    if not reader.is_encrypted:
        return
    try:
        opened = bool(reader.decrypt(""))
    except (PyPdfError, DependencyError, NotImplementedError):
        opened = False
    if not opened:
        raise FileRefused(
            "The PDF is encrypted, so it has no text layer that can be read.",
            "Save it without a password.",
        )


def _shows_pictures(page: PageObject) -> bool:
    objects = _entries(_entries(page).get("/Resources")).get("/XObject")
    return any(
        _entries(one).get("/Subtype") == "/Image" for one in list(_entries(objects).values())[:50]
    )


def _entries(found: Any) -> dict[str, Any]:
    """Returns a dictionary of the file, empty where there is none."""
    found = found.get_object() if hasattr(found, "get_object") else found
    return found if isinstance(found, dict) else {}


def _title(reader: PdfReader) -> str:
    told = reader.metadata.title if reader.metadata else None
    title = (told or "").strip()
    return "" if MACHINE_TITLES.match(title) else title


def _damaged() -> FileRefused:
    return FileRefused(
        "The PDF is damaged and cannot be read.", "Open it in its program and save it again."
    )
