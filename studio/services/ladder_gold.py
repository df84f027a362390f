"""Where answers stand in the documents, read from the rows a dataset was imported from."""

from __future__ import annotations

from pathlib import Path

from studio.core.formats.fields import cell_text
from studio.core.retrieval.gold import gold_of
from studio.domain.datasets import DatasetVersion
from studio.domain.errors import InvalidDataset
from studio.domain.interfaces import RowReader
from studio.domain.retrieval import Gold
from studio.services.ladder_parts import Retrieving
from studio.store.datasets import DatasetStore

PLACE = "document_id"
"""Column that says in which document a row's answer stands."""

LOOKED_AT = 20
"""Rows without that column after which a file is taken to have none."""


class GoldFinder:
    """Keeps where answers stand when a dataset's own file says so."""

    def __init__(self, datasets: DatasetStore, reader: RowReader, retrieval: Retrieving) -> None:
        self._datasets, self._reader, self._retrieval = datasets, reader, retrieval
        self._looked: set[tuple[str, str]] = set()

    def find(self, version_id: str, corpus_id: str) -> int:
        """Keeps what the version's file says of a corpus; returns how many places are known.

        Rows name `document_id` and `answer_start`; rows that name no such place are passed over,
        because retrieval is measured on the others alone.
        """
        # What is known may have been noted by hand, so it does not say that the file was read.
        if (version_id, corpus_id) not in self._looked:
            found = self._read(self._datasets.version(version_id), corpus_id)
            if found:
                self._retrieval.keep_gold(corpus_id, found)
            self._looked.add((version_id, corpus_id))
        return len(self._retrieval.gold(corpus_id))

    def _read(self, version: DatasetVersion, corpus_id: str) -> list[Gold]:
        source = self._datasets.source_by_sha(version.source_sha256)
        if source is None:
            return []
        texts: dict[str, str] = {}
        found: list[Gold] = []
        without = 0
        mapping = version.mapping
        try:
            for row in self._reader.read(Path(source.path)):
                values = row.values or {}
                if not cell_text(values, PLACE):
                    without += 1
                    if without >= LOOKED_AT and not found:
                        return []
                    continue
                texts = texts or self._texts(corpus_id)
                named = dict(values)
                if mapping is not None:
                    named["question"] = values.get(mapping.prompt)
                    named["answer"] = values.get(mapping.answer)
                try:
                    found.append(gold_of(named, corpus_id, texts))
                except InvalidDataset:
                    continue
        except InvalidDataset:
            # The import read this file once; if it cannot be read now, nothing is known of places.
            return []
        return found

    def _texts(self, corpus_id: str) -> dict[str, str]:
        lines = self._retrieval.documents(corpus_id)
        return {line.key: self._retrieval.document(line.id).text for line in lines}
