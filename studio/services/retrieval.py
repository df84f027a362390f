"""Retrieval: documents in, cut, embedded and searched; how well that finds what is known."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from pathlib import Path

from studio.core.retrieval import chunking
from studio.domain.errors import Conflict, InvalidInput
from studio.domain.interfaces import DocumentReader, RowReader, TextEmbedder
from studio.domain.retrieval import (
    Added,
    Chunk,
    Corpus,
    CorpusStatus,
    Document,
    DocumentLine,
    Gold,
    GoldAdded,
    Passage,
    RetrievalMode,
    RetrievalScore,
)
from studio.domain.values import new_id, now
from studio.services.keyword_index import KeywordIndexes
from studio.services.retrieval_documents import DocumentIntake
from studio.services.retrieval_gold import measured, note, read_gold
from studio.services.retrieval_search import Neighbours, Progress, Searcher, silent
from studio.services.retrieval_turns import IndexTurns, never
from studio.store.chunks import ChunkStore
from studio.store.corpora import CorpusStore

TOKENS_PER_WORD = 4 / 3
"""OpenAI's rule of thumb for English: 100 tokens are about 75 words."""
MODES = tuple(RetrievalMode)


class RetrievalService:
    """What a user can do with documents; indexing takes turns, in the background if wanted."""

    def __init__(
        self,
        corpora: CorpusStore,
        chunks: ChunkStore,
        reader: DocumentReader,
        rows: RowReader,
        embedder: TextEmbedder | None,
        folder: Path | None = None,
        changed: Callable[[], None] = lambda: None,
        needed_by: Callable[[str], str | None] = lambda corpus_id: None,
    ) -> None:
        """`folder` holds keyword indexes, `changed` hears of changes, `needed_by` names users."""
        self._corpora, self._chunks = corpora, chunks
        self._reader, self._rows = reader, rows
        self._searcher = Searcher(chunks, KeywordIndexes(folder), embedder)
        self._neighbours = Neighbours(chunks, embedder)
        self._turns = IndexTurns(corpora, chunks, embedder, self._changed)
        self._tell, self._needed_by = changed, needed_by
        self._counting = threading.Lock()
        self._revision = 0

    def corpora(self, project_id: str) -> list[Corpus]:
        """Returns a project's corpora, oldest first."""
        return [self._turns.as_it_stands(corpus) for corpus in self._corpora.all(project_id)]

    def corpus(self, corpus_id: str) -> Corpus:
        """Returns a corpus as it stands now, or raises NotFound."""
        return self._turns.as_it_stands(self._corpora.get(corpus_id))

    def create(self, project_id: str, name: str) -> Corpus:
        """Makes an empty corpus; Conflict when the project has one of that name."""
        if not (bare := " ".join(name.split())):
            raise InvalidInput("A collection of documents needs a name.")
        corpus = Corpus(id=new_id("corpus"), project_id=project_id, name=bare, created_at=now())
        self._corpora.add(corpus)
        self._changed()
        return corpus

    def cut(self, corpus_id: str, chunk_words: int, overlap_words: int) -> Corpus:
        """Changes how long passages are; the next indexing cuts every document anew."""
        chunking.check_sizes(chunk_words, overlap_words)
        corpus = self.corpus(corpus_id)
        if corpus.status is CorpusStatus.INDEXING:
            raise Conflict(f"{corpus.name} is being indexed.", hint="Stop that first, or wait.")
        if (corpus.chunk_words, corpus.overlap_words) != (chunk_words, overlap_words):
            corpus = self._stale(corpus.with_(chunk_words=chunk_words, overlap_words=overlap_words))
        return corpus

    def remove(self, corpus_id: str) -> None:
        """Removes a corpus with its documents, chunks, vectors and gold; Conflict while needed."""
        if (user := self._needed_by(corpus_id)) is not None:
            raise Conflict(f"These documents are still needed: {user}.", hint="Let that end first.")
        self._turns.stop(corpus_id)
        self._corpora.remove(corpus_id)
        self._searcher.forget(corpus_id)
        self._changed()

    def add(
        self,
        corpus_id: str,
        path: str | Path,
        name: str | None = None,
        *,
        progress: Progress = silent,
    ) -> Added:
        """Reads a file's documents into the corpus and says what was refused and why.

        A document with the key of an earlier one takes its place; an equal one changes nothing.

        `path` is a txt, md, html, pdf or docx file, or JSONL with `text` and `document_id`; `name`
        is what the user calls it, its own name when left out.
        """
        corpus = self._corpora.get(corpus_id)
        intake = DocumentIntake(self._corpora, corpus.id, progress)
        added, changed = intake.take(self._reader.read(Path(path), name or Path(path).name))
        if changed:
            self._stale(self._corpora.get(corpus_id))
        return added

    def documents(self, corpus_id: str) -> list[DocumentLine]:
        """Returns the corpus's documents without their texts, by key."""
        return self._corpora.lines(self._corpora.get(corpus_id).id)

    def document(self, document_id: str) -> Document:
        """Returns a document with its text, or raises NotFound."""
        return self._corpora.document(document_id)

    def remove_document(self, document_id: str) -> None:
        """Removes a document; searches stop finding it at once."""
        saved = self._corpora.save(self._corpora.get(self._corpora.remove_document(document_id)))
        if not saved.n_documents and saved.status is not CorpusStatus.INDEXING:
            self._corpora.save(saved.with_(status=CorpusStatus.EMPTY, message=""))
        self._changed()

    def index(
        self,
        corpus_id: str,
        *,
        progress: Progress = silent,
        cancelled: Callable[[], bool] = never,
    ) -> Corpus:
        """Brings chunks, vectors and keyword index up to date and returns the corpus.

        Only what changed is done again, and a stopped or killed indexing goes on where it was.
        Without an embedding model the corpus is ready for keyword search, and its message says so.
        When cancelled the corpus is left stale.
        """
        return self._turns.index(corpus_id, progress, cancelled)

    def start_index(self, corpus_id: str) -> Corpus:
        """Does the same in the background and returns at once; calling it again changes nothing."""
        return self._turns.start(corpus_id)

    def cancel_index(self, corpus_id: str) -> Corpus:
        """Asks the indexing under way to stop; nothing that is done is lost."""
        self._turns.cancel(corpus_id)
        return self.corpus(corpus_id)

    def search(
        self,
        corpus_id: str,
        question: str,
        k: int = 4,
        mode: RetrievalMode = RetrievalMode.HYBRID,
    ) -> list[Passage]:
        """Returns the `k` best passages for a question, best first; raises as `search_many`."""
        return self.search_many(corpus_id, [question], k, mode)[0]

    def search_many(
        self,
        corpus_id: str,
        questions: Sequence[str],
        k: int = 4,
        mode: RetrievalMode = RetrievalMode.HYBRID,
        *,
        progress: Progress = silent,
    ) -> list[list[Passage]]:
        """Returns the `k` best passages for each question, best first.

        In a corpus without vectors both together become keyword alone.

        Raises:
            Conflict: when the corpus has not been indexed.
            BackendUnavailable: when meaning alone is asked for and there are no vectors.
            WorkerFailed: when a question could not be embedded.
        """
        return self._searcher.search(
            self._corpora.get(corpus_id), questions, k, RetrievalMode(mode), progress
        )

    def chunks(self, corpus_id: str, ids: Sequence[str]) -> list[Chunk]:
        """Returns the chunks of these ids in the same order; those that are gone are absent."""
        shown = self._chunks.shown(corpus_id, ids)
        return [shown[id].chunk for id in ids if id in shown]

    def whole(self, corpus_id: str) -> list[Passage]:
        """Returns every document as one passage, by key, for a prompt that holds them all."""
        return [
            Passage(
                chunk=Chunk(
                    id=one.id,
                    document_id=one.id,
                    position=0,
                    start=0,
                    end=len(one.text),
                    text=one.text,
                ),
                document_key=one.key,
                title=one.title,
                rank=rank,
                score=0.0,
            )
            for rank, one in enumerate(self._corpora.documents(corpus_id), 1)
        ]

    def keep_gold(self, corpus_id: str, gold: Sequence[Gold]) -> int:
        """Keeps where answers stand and returns how many places the corpus has in all."""
        self._corpora.get(corpus_id)
        if any(one.corpus_id != corpus_id for one in gold):
            raise InvalidInput("A place of an answer names another corpus.")
        self._corpora.keep_gold(gold)
        return len(self._corpora.gold(corpus_id))

    def add_gold(self, corpus_id: str, path: str | Path) -> GoldAdded:
        """Reads where answers stand from a file with question, answer, document_id, answer_start.

        Raises:
            InvalidDataset: when the file as a whole cannot be read.
        """
        return read_gold(self._rows, self._corpora, self._corpora.get(corpus_id).id, Path(path))

    def note_gold(
        self,
        corpus_id: str,
        question: str,
        chunk_id: str,
        prompt_hash: str | None = None,
        *,
        holds: bool = True,
    ) -> list[Gold]:
        """Notes that a passage holds a question's answer, or takes it back; returns all places."""
        shown = self._chunks.shown(corpus_id, [chunk_id]).get(chunk_id)
        return note(self._corpora, corpus_id, shown, question, prompt_hash, holds=holds)

    def gold(self, corpus_id: str) -> list[Gold]:
        """Returns every known place of an answer."""
        return self._corpora.gold(self._corpora.get(corpus_id).id)

    def measure(
        self,
        corpus_id: str,
        questions: Sequence[tuple[str, str]] | None = None,
        modes: Sequence[RetrievalMode] = MODES,
        *,
        progress: Progress = silent,
    ) -> list[RetrievalScore]:
        """Returns how well each mode finds the right passages.

        Args:
            corpus_id: where to search.
            questions: prompt hash and question; those without a known place do not count. All
                whose place and words are known when left out.
            modes: ways to search; without vectors only keyword search is measured.
            progress: called with what is being done.
        """
        corpus = self._corpora.get(corpus_id)
        gold = self._corpora.gold(corpus_id)
        if questions is None:
            questions = sorted({(one.prompt_hash, one.question) for one in gold if one.question})
        return measured(self._searcher, self._chunks, corpus, gold, questions, modes, progress)

    def nearest(self, questions: Sequence[str], pool: Sequence[str], k: int) -> list[list[int]]:
        """Returns, for each question, the places in the pool of the `k` most alike, best first."""
        return self._neighbours.nearest(questions, pool, k)

    def tokens(self, corpus_id: str) -> int:
        """Returns about how many tokens all documents have, estimated as 4/3 of their words."""
        return round(self._corpora.get(corpus_id).n_words * TOKENS_PER_WORD)

    def revision(self) -> int:
        """Returns a number that grows whenever a corpus has changed."""
        return self._revision

    def close(self) -> None:
        """Stops indexing after the passages in progress; the rest is done another time."""
        self._turns.close()

    def _stale(self, corpus: Corpus) -> Corpus:
        if corpus.status is not CorpusStatus.INDEXING:
            corpus = corpus.with_(status=CorpusStatus.STALE, message="")
        saved = self._corpora.save(corpus)
        self._changed()
        return saved

    def _changed(self) -> None:
        with self._counting:
            self._revision += 1
        self._tell()
