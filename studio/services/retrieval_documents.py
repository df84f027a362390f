"""Document intake: what a reader gave becomes documents of a corpus, or a refusal with a reason."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import closing
from typing import Any, cast

from studio.core.retrieval.chunking import count_words
from studio.core.retrieval.outline import opening
from studio.domain.interfaces import RawDocument
from studio.domain.retrieval import Added, Document, Refusal
from studio.domain.values import new_id, now
from studio.services.retrieval_search import Progress, text_hash
from studio.store.corpora import CorpusStore

DOCUMENTS_AT_ONCE = 100
CHARACTERS_AT_ONCE = 4_000_000
"""Kept in one transaction at most, so that a large file does not fill the memory."""


class DocumentIntake:
    """Takes documents into one corpus; keys tell which are new, changed or the same."""

    def __init__(self, corpora: CorpusStore, corpus_id: str, progress: Progress) -> None:
        self._corpora, self._corpus_id, self._progress = corpora, corpus_id, progress
        self._known = corpora.known(corpus_id)
        self._seen: dict[str, str] = {}
        self._refused: list[Refusal] = []
        self._waiting: list[Document] = []
        self._changed = False

    def take(self, given: Iterable[RawDocument | Refusal]) -> tuple[Added, bool]:
        """Keeps the documents and returns them with the refusals, and whether anything changed."""
        # A refusal on the way must end the reading process at once.
        with closing(cast("Any", iter(given))) as items:
            for number, item in enumerate(items, 1):
                self._progress(f"{number:,} documents", None)
                if isinstance(item, Refusal):
                    self._refused.append(item)
                else:
                    self._sort(item)
                if self._is_plenty():
                    self._keep()
        self._keep()
        lines = self._corpora.lines(self._corpus_id, list(self._seen.values()))
        return Added(documents=tuple(lines), refused=tuple(self._refused)), self._changed

    def _sort(self, raw: RawDocument) -> None:
        n_words, sha256 = count_words(raw.text), text_hash(raw.text)
        known_id, known_sha = self._known.get(raw.key, ("", ""))
        if not n_words:
            self._refuse(raw, "It holds no text.")
        elif raw.key in self._seen:
            self._refuse(raw, "The file has another document of that name before it.")
        elif sha256 == known_sha:
            self._seen[raw.key] = known_id
        else:
            document = Document(
                id=new_id("doc"),
                corpus_id=self._corpus_id,
                key=raw.key,
                # A number for a name says nothing; the first line often does.
                title=(raw.title if raw.title != raw.key else opening(raw.text)) or raw.key,
                kind=raw.kind,
                sha256=sha256,
                n_words=n_words,
                text=raw.text,
                created_at=now(),
            )
            self._seen[raw.key] = document.id
            self._waiting.append(document)

    def _refuse(self, raw: RawDocument, reason: str) -> None:
        self._refused.append(Refusal(name=raw.key, reason=reason))

    def _is_plenty(self) -> bool:
        waiting = self._waiting
        return (
            len(waiting) >= DOCUMENTS_AT_ONCE
            or sum(len(one.text) for one in waiting) >= CHARACTERS_AT_ONCE
        )

    def _keep(self) -> None:
        if self._waiting:
            self._corpora.put_documents(self._waiting)
            self._waiting, self._changed = [], True
