"""Keyword index: BM25 over texts, kept in memory and on disk, made again when stale."""

from __future__ import annotations

import itertools
import json
import logging
import secrets
import shutil
import threading
from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Self

from studio.core.retrieval.words import METHOD, words_of

if TYPE_CHECKING:
    from bm25s import BM25

logger = logging.getLogger(__name__)

K1, B = 0.9, 0.4
"""How fast a repeated word stops counting, and how much a long text is discounted.

A. Trotman, X. Jia, M. Crane, Towards an efficient and effective search engine, SIGIR workshop 2012;
the defaults of Anserini. On expert questions about research articles they found more than the
textbook's 1.5 and 0.75.
"""

MOST_OPEN = 8
"""Indexes held in memory; the one used longest ago is let go."""
IDS = "ids.json"


class KeywordIndex:
    """Texts that are searched by the words they share with a question."""

    def __init__(self, ids: Sequence[str], engine: BM25 | None) -> None:
        """`engine` scores the texts in the order of `ids`; None when no text has a word."""
        self._ids, self._engine = list(ids), engine

    @classmethod
    def of(cls, ids: Sequence[str], texts: Sequence[str]) -> Self:
        """Returns the index of these texts."""
        listed = [words_of(text) for text in texts]
        if not any(listed):
            return cls(ids, None)
        from bm25s import BM25  # a tenth of a second, which only a search should pay

        engine = BM25(k1=K1, b=B)
        engine.index(listed, show_progress=False)
        return cls(ids, engine)

    @classmethod
    def read(cls, folder: Path) -> Self:
        """Returns an index that was written; OSError or ValueError when it is not whole."""
        ids = json.loads((folder / IDS).read_text(encoding="utf-8"))
        if not (folder / "params.index.json").exists():
            return cls(ids, None)
        from bm25s import BM25

        return cls(ids, BM25.load(folder, show_progress=False))

    def write(self, folder: Path) -> None:
        """Writes the index into a folder, which appears when it is whole."""
        part = folder.with_name(f".{folder.name}.{secrets.token_hex(4)}.part")
        part.mkdir(parents=True)
        try:
            (part / IDS).write_text(json.dumps(self._ids), encoding="utf-8")
            if self._engine is not None:
                self._engine.save(part, show_progress=False)
            shutil.rmtree(folder, ignore_errors=True)
            part.replace(folder)
        finally:
            shutil.rmtree(part, ignore_errors=True)

    def search(self, question: str, k: int) -> list[str]:
        """Returns the ids of the `k` best texts, best first; those that share no word are absent.

        Several texts may have one id, which then stands where its best one does. Equal scores keep
        the order of the texts.
        """
        asked = words_of(question)
        if self._engine is None or not asked:
            return []
        import numpy as np

        known = self._engine.get_tokens_ids(asked)
        if not known:
            return []
        scores = self._engine.get_scores_from_ids(known)
        (found,) = np.nonzero(scores > 0)
        best = (self._ids[at] for at in found[np.argsort(-scores[found], kind="stable")])
        return list(itertools.islice(_each_once(best), k))


def _each_once(ids: Iterable[str]) -> Iterator[str]:
    seen: set[str] = set()
    for id in ids:
        if id not in seen:
            seen.add(id)
            yield id


class KeywordIndexes:
    """Indexes by name; what each was made of is told by a fingerprint."""

    def __init__(self, folder: Path | None) -> None:
        """Indexes lie in `folder`; None keeps them in memory only."""
        self._folder = folder
        self._open: OrderedDict[str, tuple[str, KeywordIndex]] = OrderedDict()
        self._lock = threading.Lock()

    def get(
        self, name: str, fingerprint: str, texts: Callable[[], tuple[list[str], list[str]]]
    ) -> KeywordIndex:
        """Returns the index of that fingerprint, made from `texts()` (ids, texts) if need be."""
        wanted = f"{METHOD}-{fingerprint}"
        with self._lock:
            held = self._open.get(name)
            if held is None or held[0] != wanted:
                held = (wanted, self._read(name, wanted) or self._made(name, wanted, texts))
                self._open[name] = held
            self._open.move_to_end(name)
            if len(self._open) > MOST_OPEN:
                self._open.popitem(last=False)
            return held[1]

    def drop(self, name: str) -> None:
        """Removes an index."""
        with self._lock:
            self._open.pop(name, None)
            if self._folder is not None:
                shutil.rmtree(self._folder / name, ignore_errors=True)

    def _read(self, name: str, wanted: str) -> KeywordIndex | None:
        if self._folder is None:
            return None
        folder = self._folder / name / wanted
        if not folder.is_dir():
            return None
        try:
            return KeywordIndex.read(folder)
        except (OSError, ValueError, KeyError) as error:
            logger.warning("The keyword index %s is damaged and made again: %s", folder, error)
            return None

    def _made(
        self, name: str, wanted: str, texts: Callable[[], tuple[list[str], list[str]]]
    ) -> KeywordIndex:
        made = KeywordIndex.of(*texts())
        if self._folder is not None:
            home = self._folder / name
            try:
                shutil.rmtree(home, ignore_errors=True)
                made.write(home / wanted)
            except OSError as error:
                # It works from memory; only the next start pays for it.
                logger.warning("The keyword index of %s is not kept: %s", name, error)
        return made
