"""Ranks: OpenAI's encodings without a network, from rank files checked before every first use."""

from __future__ import annotations

import gzip
import hashlib
import os
import tempfile
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import platformdirs

from studio.domain.errors import InvalidInput, StorageFailed

SHIPPED = Path(__file__).parents[2] / "assets" / "tokens"
FILES = {
    "cl100k_base": (
        "9b5ad71b2ce5302211f9c61530b329a4922fc6a4",
        "223921b76ee99bde995b7ff738513eef100fb51d18c93597a113bcffe865b2a7",
    ),
    "o200k_base": (
        "fb374d419588a4632f3f557e76b4b70aebbca790",
        "446a9538cb6c348e3516120d7c08b09f57c36495e2acfffe59a5bf8b0cfb1a2d",
    ),
}
"""Encoding → the name tiktoken looks for in its cache, and the sha256 of the file."""
_lock = threading.Lock()
_loaded: dict[str, Any] = {}


def count(texts: Sequence[str], encoding: str, cache: Path | None = None) -> list[int]:
    """Returns the tokens of each text; special tokens in it count as the text they are.

    Raises:
        InvalidInput: when there is no such encoding.
        StorageFailed: when the shipped file is damaged or the cache cannot be written.
    """
    loaded = _encoding(encoding, cache or _cache())
    return [len(loaded.encode(text, disallowed_special=())) for text in texts]


def unpacked(encoding: str, cache: Path) -> Path:
    """Returns the cache folder once it holds the encoding's file with the right hash."""
    if encoding not in FILES:
        raise InvalidInput(
            f"There is no encoding {encoding!r}.", hint=f"Choose one of {', '.join(FILES)}."
        )
    name, expected = FILES[encoding]
    target = cache / name
    try:
        if target.is_file() and _sha256(target.read_bytes()) == expected:
            return cache
        content = gzip.decompress((SHIPPED / f"{encoding}.tiktoken.gz").read_bytes())
        if _sha256(content) != expected:
            raise StorageFailed(
                f"The shipped rank file of {encoding} is damaged.",
                hint="Install Ladder Studio again.",
            )
        cache.mkdir(parents=True, exist_ok=True)
        handle, aside = tempfile.mkstemp(dir=cache)
        with os.fdopen(handle, "wb") as stream:
            stream.write(content)
        Path(aside).replace(target)
    except (OSError, EOFError) as error:
        raise StorageFailed(
            f"The rank file of {encoding} could not be unpacked into {cache}: {error}.",
            hint="Free some disk space, or make that folder writable.",
        ) from error
    return cache


def _encoding(name: str, cache: Path) -> Any:
    with _lock:
        if name not in _loaded:
            folder = unpacked(name, cache)
            before = os.environ.get("TIKTOKEN_CACHE_DIR")
            # tiktoken deletes a file that does not match and asks the network for another, so it
            # is shown this folder only after the check, and only for the moment of reading.
            os.environ["TIKTOKEN_CACHE_DIR"] = str(folder)
            try:
                import tiktoken

                _loaded[name] = tiktoken.get_encoding(name)
            finally:
                if before is None:
                    os.environ.pop("TIKTOKEN_CACHE_DIR", None)
                else:
                    os.environ["TIKTOKEN_CACHE_DIR"] = before
        return _loaded[name]


def _cache() -> Path:
    return Path(platformdirs.user_cache_dir("ladder-studio")) / "tokens"


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
