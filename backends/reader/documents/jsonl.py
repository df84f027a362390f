"""JSONL documents: one a row, its `text` kept to the letter so that places in it stay right."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from backends.reader import json_document, json_lines
from backends.reader.documents.outgoing import Outgoing, titled
from backends.reader.limits import MAX_BROKEN_ROWS, MAX_DOCUMENTS, FileRefused
from backends.reader.opening import open_text
from backends.reader.record import Record

KEYS = ("document_id", "id", "key")
"""Fields that may name a document, the first one present counts."""
LONGEST_KEY = 300


def documents(path: Path) -> Iterator[Outgoing]:
    """Yields a document or a refusal for every row that is not blank."""
    with open_text(path, newline="\n") as stream:
        start = stream.read(1).lstrip()
    broken = 0
    with open_text(path, newline="\n") as stream:
        rows = (json_document if start == "[" else json_lines).records(stream)
        for count, row in enumerate(rows, start=1):
            found = _document(row)
            broken += bool(found.reason)
            _refuse_excess(count, broken)
            yield found


def _document(row: Record) -> Outgoing:
    if row.values is None:
        return _refused(row, row.error)
    text = row.values.get("text")
    if not isinstance(text, str):
        fields = ", ".join(map(str, list(row.values)[:8])) or "none"
        return _refused(row, f"The row has no `text`; its fields are: {fields}.")
    if not text.strip():
        return _refused(row, "The row's `text` is empty.")
    title = row.values.get("title")
    return Outgoing(
        "jsonl",
        text,
        titled(title) if isinstance(title, str) else "",
        key=_key(row.values),
        line=row.line,
    )


def _key(values: dict[str, Any]) -> str:
    for name in KEYS:
        value = values.get(name)
        if isinstance(value, (str, int)) and str(value).strip():
            return str(value).strip()[:LONGEST_KEY]
    return ""


def _refused(row: Record, reason: str) -> Outgoing:
    return Outgoing("jsonl", line=row.line, reason=reason)


def _refuse_excess(count: int, broken: int) -> None:
    if count > MAX_DOCUMENTS:
        raise FileRefused(
            f"The file has more than {MAX_DOCUMENTS:,} documents.", "Split it into smaller files."
        )
    if broken > MAX_BROKEN_ROWS:
        raise FileRefused(
            f"More than {MAX_BROKEN_ROWS:,} rows are no documents.",
            "Each row needs a field `text`, and a `document_id` to be cited by.",
        )
