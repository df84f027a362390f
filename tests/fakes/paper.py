"""What stands on the pages of a PDF, for tests that read a report as a client does."""

from __future__ import annotations

import unicodedata
from pathlib import Path

from pypdf import PdfReader


def plain(text: str) -> str:
    """Without spaces, ligatures and hyphens, which paper has where text has none."""
    joined = unicodedata.normalize("NFKC", text).replace("\u00ad", "").replace("-", "")
    return "".join(joined.split())


def pages(path: Path) -> list[str]:
    """Returns the plain text of each page."""
    return [plain(page.extract_text()) for page in PdfReader(path).pages]
