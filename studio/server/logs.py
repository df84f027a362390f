"""The studio's own log file: what went wrong, without anybody's data."""

from __future__ import annotations

import logging
import re
from logging.handlers import RotatingFileHandler
from pathlib import Path

SIZE, KEPT = 5_000_000, 3
QUIET = ("httpx", "httpcore", "asyncio", "multipart", "socketio", "engineio", "uvicorn")
"""Parts that tell too much: some of their news carries what works like a password."""

KEYS = re.compile(r"((?<!\w)(?:ls|sk)-[\w-]{6})[\w-]{14,}|(Bearer )[^\s\"']+", re.IGNORECASE)
"""Keys of this studio, of OpenAI and of services like it, and whatever else opens a door."""


class WithoutKeys(logging.Formatter):
    """Writes a record without the keys in it, wherever they stand: text, error or its trace."""

    def format(self, record: logging.LogRecord) -> str:
        """Returns the text with the beginning of each key only."""
        return KEYS.sub(lambda key: f"{key[1] or key[2]}…", super().format(record))


def open_log(folder: Path) -> logging.Handler:
    """Writes warnings of all parts, and the studio's own news, to `studio.log`; returns its end."""
    folder.mkdir(parents=True, exist_ok=True)
    handler = RotatingFileHandler(
        folder / "studio.log", maxBytes=SIZE, backupCount=KEPT, encoding="utf-8"
    )
    handler.setFormatter(WithoutKeys("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    handler.addFilter(_not_noise)
    root = logging.getLogger()
    root.addHandler(handler)
    root.setLevel(logging.INFO)
    for name in QUIET:
        logging.getLogger(name).setLevel(logging.WARNING)
    return handler


def close_log(handler: logging.Handler) -> None:
    """Ends writing to the log file."""
    logging.getLogger().removeHandler(handler)
    handler.close()


def _not_noise(record: logging.LogRecord) -> bool:
    """A browser that leaves in the middle of a request is nobody's fault."""
    return "No response returned." not in record.getMessage()
