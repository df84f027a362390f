"""Index turns: one indexing at a time, in front or in the background, stopped on request."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable

from studio.domain.errors import NotFound, StudioError
from studio.domain.interfaces import TextEmbedder
from studio.domain.retrieval import Corpus, CorpusStatus
from studio.services.retrieval_index import STOPPED, Indexing
from studio.services.retrieval_search import Progress, silent
from studio.store.chunks import ChunkStore
from studio.store.corpora import CorpusStore

logger = logging.getLogger(__name__)

SECONDS_BETWEEN_NOTES = 0.5
"""How old the progress that pages show may be."""
SECONDS_TO_STOP = 10.0
"""How long closing waits; what is lost then is embedded again."""
LOOK = 0.2
WAITING = "Waits for its turn."


def never() -> bool:
    """Says that nobody wants the work to stop."""
    return False


class IndexTurns:
    """Carries indexings out one after the other and knows which are under way."""

    def __init__(
        self,
        corpora: CorpusStore,
        chunks: ChunkStore,
        embedder: TextEmbedder | None,
        changed: Callable[[], None],
    ) -> None:
        self._corpora, self._chunks, self._embedder = corpora, chunks, embedder
        self._changed = changed
        self._turn = threading.Lock()
        self._state = threading.Condition()
        self._under_way: dict[str, list[threading.Event]] = {}
        self._threads: list[threading.Thread] = []

    def index(self, corpus_id: str, progress: Progress, cancelled: Callable[[], bool]) -> Corpus:
        """Indexes a corpus when its turn has come and returns it."""
        return self._carry_out(corpus_id, self._enter(corpus_id), progress, cancelled)

    def start(self, corpus_id: str) -> Corpus:
        """Begins in the background, unless it is under way already, and returns the corpus."""
        with self._state:
            if corpus_id in self._under_way:
                return self._corpora.get(corpus_id)
            stop = self._enter(corpus_id)
        thread = threading.Thread(
            target=self._in_background, args=(corpus_id, stop), name="indexing", daemon=True
        )
        self._threads = [*(one for one in self._threads if one.is_alive()), thread]
        thread.start()
        return self._corpora.get(corpus_id)

    def cancel(self, corpus_id: str) -> None:
        """Asks whatever indexes this corpus to stop; NotFound when there is no such corpus."""
        self._corpora.get(corpus_id)
        with self._state:
            for stop in self._under_way.get(corpus_id, []):
                stop.set()

    def stop(self, corpus_id: str) -> None:
        """Cancels, and waits a while until nothing indexes the corpus any more."""
        self.cancel(corpus_id)
        with self._state:
            self._state.wait_for(lambda: corpus_id not in self._under_way, SECONDS_TO_STOP)

    def close(self) -> None:
        """Asks everything to stop and waits a while."""
        with self._state:
            for stops in self._under_way.values():
                for stop in stops:
                    stop.set()
        for thread in self._threads:
            thread.join(SECONDS_TO_STOP)

    def as_it_stands(self, corpus: Corpus) -> Corpus:
        """Returns the corpus; one that a studio left in the middle of its indexing is stale."""
        if corpus.status is not CorpusStatus.INDEXING:
            return corpus
        with self._state:
            kept = self._corpora.get(corpus.id)
            if kept.id in self._under_way or kept.status is not CorpusStatus.INDEXING:
                return kept
            return self._corpora.save(
                kept.with_(
                    status=CorpusStatus.STALE if kept.n_documents else CorpusStatus.EMPTY,
                    message="The last indexing was interrupted; it goes on where it was.",
                    progress=None,
                )
            )

    def _enter(self, corpus_id: str) -> threading.Event:
        stop = threading.Event()
        with self._state:
            corpus = self._corpora.get(corpus_id)
            self._under_way.setdefault(corpus_id, []).append(stop)
            self._corpora.save(
                corpus.with_(status=CorpusStatus.INDEXING, message=WAITING, progress=None)
            )
        self._changed()
        return stop

    def _leave(self, corpus_id: str, stop: threading.Event) -> None:
        with self._state:
            self._under_way[corpus_id].remove(stop)
            if not self._under_way[corpus_id]:
                del self._under_way[corpus_id]
            self._state.notify_all()
        self._changed()

    def _in_background(self, corpus_id: str, stop: threading.Event) -> None:
        try:
            self._carry_out(corpus_id, stop, silent, never)
        except NotFound:
            logger.info("Corpus %s was removed while it was indexed.", corpus_id)
        except Exception:
            # Nobody else watches this thread; the corpus says that it failed.
            logger.exception("Indexing corpus %s failed.", corpus_id)

    def _carry_out(
        self,
        corpus_id: str,
        stop: threading.Event,
        progress: Progress,
        cancelled: Callable[[], bool],
    ) -> Corpus:
        def stopped() -> bool:
            return stop.is_set() or cancelled()

        try:
            while not self._turn.acquire(timeout=LOOK):
                if stopped():
                    return self._ended(corpus_id, CorpusStatus.STALE, STOPPED)
            try:
                return self._indexed(corpus_id, progress, stopped)
            finally:
                self._turn.release()
        finally:
            self._leave(corpus_id, stop)

    def _indexed(self, corpus_id: str, progress: Progress, stopped: Callable[[], bool]) -> Corpus:
        work = Indexing(
            self._corpora,
            self._chunks,
            self._embedder,
            progress=_both(progress, self._noted(corpus_id)),
            stopped=stopped,
        )
        try:
            return work.carry_out(self._corpora.get(corpus_id))
        except NotFound:
            raise
        except StudioError as error:
            self._ended(corpus_id, CorpusStatus.FAILED, str(error))
            raise
        except Exception:
            # A corpus whose indexing met a defect must not look as if it were under way.
            logger.exception("Indexing corpus %s met an unforeseen error.", corpus_id)
            told = "The studio met an unforeseen error; its log has details."
            self._ended(corpus_id, CorpusStatus.FAILED, told)
            raise

    def _noted(self, corpus_id: str) -> Progress:
        """Returns a progress that is kept for pages to show, not more often than they look."""
        last = 0.0

        def note(what: str, share: float | None) -> None:
            nonlocal last
            if time.monotonic() - last >= SECONDS_BETWEEN_NOTES:
                last = time.monotonic()
                self._corpora.note(corpus_id, what, share)
                self._changed()

        return note

    def _ended(self, corpus_id: str, status: CorpusStatus, message: str) -> Corpus:
        corpus = self._corpora.get(corpus_id)
        return self._corpora.save(corpus.with_(status=status, message=message, progress=None))


def _both(one: Progress, other: Progress) -> Progress:
    def told(what: str, share: float | None) -> None:
        one(what, share)
        other(what, share)

    return told
