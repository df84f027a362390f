"""What a file may cost: sizes, depth, processor time and memory of reading it."""

from __future__ import annotations

MEBIBYTE = 1 << 20

MAX_DECODED_BYTES = 512 * MEBIBYTE
"""Bytes after decompression, counted while they stream: the size in a header proves nothing."""
SUSPICIOUS_BYTES = 64 * MEBIBYTE
MAX_EXPANSION = 200
"""How many times its size a file may unpack to beyond that; text reaches about 20."""
MAX_ROWS = 500_000
MAX_BROKEN_ROWS = 10_000
"""Beyond this many unreadable rows the file is not what its name says."""
MAX_RECORD_CHARACTERS = 8 * MEBIBYTE
"""Longest line or array element."""
MAX_CELL_CHARACTERS = 1_000_000
MAX_DEPTH = 32
"""Deepest nesting of lists and objects in a row."""
MAX_FIELDS = 1_000
"""Columns of a table, fields of a row."""
MAX_DOCUMENT_CHARACTERS = 5_000_000
"""Longest text of one document: about 800,000 words, more than the longest novels."""
MAX_DOCUMENTS = 200_000
"""Documents in one JSONL file."""
MAX_PAGES = 5_000
MAX_MARKUP_CHARACTERS = 32 * MEBIBYTE
"""Longest HTML; what is shown of it is shorter."""
MAX_PART_BYTES = 128 * MEBIBYTE
"""Unpacked bytes of one part of a zipped document."""
MAX_ZIP_ENTRIES = 20_000
MAX_MARKUP_DEPTH = 1_000
"""Deepest nesting of XML elements; word processors reach about 60."""
DOCUMENT_SECONDS = 10.0
"""Processor time for one document, or one page of it, before it counts as made to be slow."""
CPU_SECONDS = 120
RESIDENT_BYTES = 1024 * MEBIBYTE
"""Watched from outside, on every system."""
ADDRESS_SPACE_BYTES = 2048 * MEBIBYTE
"""Set by the kernel; above the resident limit because libraries reserve space they never use."""
MAX_OUTPUT_LINE = 6 * MAX_RECORD_CHARACTERS + MEBIBYTE
"""Longest line the reading process may send: every character of a record escaped."""


def refuse_expansion(decoded: int, on_disk: int) -> None:
    """Raises FileRefused when what came out of a file is too much, or too much for its size."""
    if decoded > MAX_DECODED_BYTES:
        raise FileRefused(
            f"The file holds more than {MAX_DECODED_BYTES // MEBIBYTE} MB once unpacked.",
            "Split it into smaller files.",
        )
    if decoded > SUSPICIOUS_BYTES and decoded > MAX_EXPANSION * on_disk:
        raise FileRefused(
            f"The file unpacks to more than {MAX_EXPANSION} times its size; genuine files do not.",
            "If this one does, bring it without compression.",
        )


class FileRefused(Exception):
    """The file as a whole cannot be read; carries what to tell the user."""

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
