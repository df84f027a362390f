"""Gold and measures: where answers stand, brought in from a file, and how well they are found."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any, cast

from studio.core.formats.fields import cell_text
from studio.core.retrieval import measures
from studio.core.retrieval.gold import gold_of, question_hash
from studio.domain.datasets import RawRow
from studio.domain.errors import InvalidDataset, InvalidInput, NotFound
from studio.domain.interfaces import RowReader
from studio.domain.retrieval import (
    Corpus,
    Gold,
    GoldAdded,
    Passage,
    Refusal,
    RetrievalMode,
    RetrievalScore,
)
from studio.services.retrieval_search import Progress, Searcher, silent
from studio.store.chunks import ChunkStore, Shown
from studio.store.corpora import CorpusStore

ROWS_AT_ONCE = 1000


def read_gold(reader: RowReader, corpora: CorpusStore, corpus_id: str, path: Path) -> GoldAdded:
    """Keeps the places of answers that a file of questions names, and says which rows it cannot.

    Raises:
        InvalidDataset: when the file as a whole cannot be read.
    """
    intake = _Intake(corpora, corpus_id)
    batch: list[RawRow] = []
    with closing(cast("Any", reader.read(path))) as rows:
        for row in rows:
            batch.append(row)
            if len(batch) >= ROWS_AT_ONCE:
                intake.take(batch)
                batch = []
    intake.take(batch)
    return GoldAdded(n=intake.n, refused=tuple(intake.refused))


def note(
    corpora: CorpusStore,
    corpus_id: str,
    passage: Shown | None,
    question: str,
    prompt_hash: str | None,
    *,
    holds: bool,
) -> list[Gold]:
    """Notes that a passage holds a question's answer, or takes it back; returns every place.

    Raises:
        NotFound: when there is no such passage any more.
        InvalidInput: when there is no question.
    """
    if passage is None:
        raise NotFound("This passage is no longer in the documents.", hint="Search again.")
    if not question.strip():
        raise InvalidInput("There is no question.", hint="Ask what a user would ask.")
    place = Gold(
        corpus_id=corpus_id,
        prompt_hash=prompt_hash or question_hash(question.strip()),
        document_key=passage.document_key,
        start=passage.chunk.start,
        end=passage.chunk.end,
        question=question.strip(),
    )
    if holds:
        corpora.keep_gold([place])
    else:
        corpora.drop_gold(place)
    return corpora.gold(corpus_id)


def measured(
    searcher: Searcher,
    chunks: ChunkStore,
    corpus: Corpus,
    gold: Sequence[Gold],
    questions: Iterable[tuple[str, str]],
    modes: Sequence[RetrievalMode],
    progress: Progress = silent,
) -> list[RetrievalScore]:
    """Returns the measures of each mode over the questions whose right passage is known.

    Empty when there is no such question. Without vectors both together are keyword alone, measured
    and named as such, and meaning is absent.
    """
    known: defaultdict[str, list[Gold]] = defaultdict(list)
    for one in gold:
        known[one.prompt_hash].append(one)
    asked = [(known[hashed], question) for hashed, question in questions if hashed in known]
    if not asked:
        return []
    n_right = _n_right(chunks, corpus, [places for places, _ in asked])
    scores = []
    for mode in _possible(modes, searcher.has_meaning(corpus)):
        found = searcher.search(
            corpus, [question for _, question in asked], measures.DEPTH, mode, progress
        )
        scores.append(measures.score(mode, _found(asked, found, n_right)))
    return [score for score in scores if score is not None]


def _possible(modes: Sequence[RetrievalMode], has_meaning: bool) -> list[RetrievalMode]:
    if has_meaning:
        return list(dict.fromkeys(modes))
    by_keyword = any(mode is not RetrievalMode.MEANING for mode in modes)
    return [RetrievalMode.KEYWORD] if by_keyword else []


def _found(
    asked: Sequence[tuple[Sequence[Gold], str]],
    found: Sequence[Sequence[Passage]],
    n_right: Sequence[int],
) -> list[measures.Found]:
    return [
        measures.Found(measures.right_ranks(passages, places), right)
        for (places, _), passages, right in zip(asked, found, n_right, strict=True)
    ]


def _n_right(chunks: ChunkStore, corpus: Corpus, asked: Sequence[Sequence[Gold]]) -> list[int]:
    """Returns how many chunks of the corpus are right for each question."""
    of_document: defaultdict[str, list[tuple[int, int]]] = defaultdict(list)
    for place in chunks.places(corpus.id):
        of_document[place.document_key].append((place.start, place.end))
    return [
        len(
            {
                (one.document_key, span)
                for one in places
                for span in of_document[one.document_key]
                if measures.is_right(*span, one)
            }
        )
        for places in asked
    ]


class _Intake:
    """Sorts rows into places that are kept and rows that are refused with their reason."""

    def __init__(self, corpora: CorpusStore, corpus_id: str) -> None:
        self.n, self.refused = 0, list[Refusal]()
        self._corpora, self._corpus_id = corpora, corpus_id

    def take(self, batch: Sequence[RawRow]) -> None:
        """Takes some rows in."""
        keys = {_key(row) for row in batch}
        texts = self._corpora.texts(self._corpus_id, sorted(keys))
        gold: list[Gold] = []
        for row in batch:
            try:
                gold.append(self._gold(row, texts))
            except InvalidDataset as error:
                self.refused.append(Refusal(name=f"line {row.line}", reason=error.message))
        self._corpora.keep_gold(gold)
        self.n += len(gold)

    def _gold(self, row: RawRow, texts: Mapping[str, str]) -> Gold:
        if row.values is None:
            raise InvalidDataset(row.error or "The row cannot be read.")
        return gold_of(row.values, self._corpus_id, texts)


def _key(row: RawRow) -> str:
    try:
        return cell_text(row.values or {}, "document_id")
    except InvalidDataset:
        return ""
