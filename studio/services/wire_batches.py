"""Wire batches: many requests in one file, answered in the background and across restarts."""

from __future__ import annotations

import hashlib
import logging
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path
from typing import Literal

from studio.core.wire import batching
from studio.domain.errors import Conflict, InvalidInput, NotFound, StudioError
from studio.domain.values import new_id, now
from studio.domain.wire import WireFile
from studio.domain.wire_batches import ENDED, BatchStatus, Problem, WireBatch
from studio.services.completions import CompletionService
from studio.services.turns import Turns
from studio.services.wire_batch_run import BatchRun, numbered
from studio.services.wire_files import WireFileService
from studio.store.wire_batches import WireBatchStore

logger = logging.getLogger(__name__)

WINDOW = timedelta(hours=24)
"""Time for a batch; what is not answered by then is not answered."""
MOST_LINES = 50_000
TRIES = 3
"""How often a batch may stumble before it is given up, with what is answered by then."""
PAUSE = 30.0
EXPIRED = "The batch was not done within 24 hours."


class WireBatchService:
    """What a client can do with batches."""

    def __init__(
        self,
        store: WireBatchStore,
        files: WireFileService,
        completions: CompletionService,
        *,
        clock: Callable[[], datetime] = now,
        pause: float = PAUSE,
    ) -> None:
        """`pause` is how many seconds a batch that stumbled waits for its next turn."""
        self._store, self._files, self._completions = store, files, completions
        self._clock, self._pause = clock, pause
        self._lock = threading.Lock()
        self._stopping: set[str] = set()
        self._stumbles: Counter[str] = Counter()
        self._again: dict[str, float] = {}
        """Batches that wait for their next turn → when it comes, by the monotonic clock."""
        self._turns = Turns("batches", self._work, look=self._look, period=pause or None)

    def open(self) -> None:
        """Begins to work, on batches that an earlier studio left first."""
        self._turns.open(self._leftovers)

    def close(self) -> None:
        """Stops after the answers in progress; unfinished batches go on when opened again."""
        self._turns.close()

    def create(self, body: object, project_id: str, file_id: Callable[[str], str]) -> WireBatch:
        """Lines up a batch and returns it; `file_id` turns a file's id on the wire into ours.

        Raises:
            InvalidInput: naming what is wrong with the request.
            NotFound: when there is no such file.
        """
        wanted = batching.wanted(body)
        file = self._files.get(file_id(wanted.input_file_id), project_id)
        if file.purpose != "batch":
            raise InvalidInput(
                f"The file was sent with the purpose {file.purpose!r}, not 'batch'.",
                hint="Send it again with the purpose 'batch'.",
                param="input_file_id",
            )
        moment = self._clock()
        batch = WireBatch(
            id=new_id("batch"),
            project_id=project_id,
            endpoint=wanted.endpoint,
            input_file_id=file.id,
            metadata=wanted.metadata,
            keep_seconds=wanted.keep_seconds,
            created_at=moment,
            expires_at=moment + WINDOW,
        )
        self._store.add(batch)
        self._turns.put(batch.id)
        return batch

    def get(self, batch_id: str, project_id: str) -> WireBatch:
        """Returns a batch of the project, or raises NotFound."""
        batch = self._store.get(batch_id)
        if batch.project_id != project_id:
            raise NotFound(f"There is no batch {batch_id}.")
        return batch

    def all(self, project_id: str) -> list[WireBatch]:
        """Returns the project's batches, newest first."""
        return self._store.all(project_id)

    def cancel(self, batch_id: str, project_id: str) -> WireBatch:
        """Asks a batch to stop; what is answered by then stays.

        Raises:
            Conflict: when it has ended, or its files are being written.
        """
        with self._lock:
            batch = self.get(batch_id, project_id)
            if batch.status is BatchStatus.CANCELLING:
                return batch
            if batch.status not in (BatchStatus.VALIDATING, BatchStatus.IN_PROGRESS):
                raise Conflict(f"The batch is {batch.status} and cannot be cancelled.")
            asked = batch.with_(status=BatchStatus.CANCELLING, cancelling_at=self._clock())
            self._store.save(asked, expected=batch.status)
            self._stopping.add(batch_id)
        self._turns.put(batch_id)
        return asked

    def reading(self) -> set[str]:
        """Returns the ids of the files that unfinished batches read."""
        return {batch.input_file_id for batch in self._store.all() if batch.status not in ENDED}

    def _leftovers(self) -> Iterator[str]:
        for batch in reversed(self._store.all()):
            if batch.status not in ENDED:
                yield batch.id

    def _work(self, batch_id: str) -> None:
        try:
            self._carry_on(batch_id)
        except Exception as error:
            # A full disk may have room again; a defect must not leave a batch that looks alive.
            logger.exception("The batch %s stumbled.", batch_id)
            self._stumbles[batch_id] += 1
            if self._stumbles[batch_id] >= TRIES:
                self._fail(batch_id, error)
            else:
                self._again[batch_id] = time.monotonic() + self._pause

    def _look(self) -> None:
        for batch_id, due in list(self._again.items()):
            if time.monotonic() >= due:
                del self._again[batch_id]
                self._turns.put(batch_id)

    def _fail(self, batch_id: str, error: Exception) -> None:
        batch = self._store.get(batch_id)
        told = str(error) if isinstance(error, StudioError) else type(error).__name__
        problem = Problem(code="internal_error", message=f"The batch was given up: {told}")
        failed = batch.with_(problems=(problem,), failed_at=self._clock())
        self._end(failed, BatchStatus.FAILED)

    def _carry_on(self, batch_id: str) -> None:
        batch = self._store.get(batch_id)
        if batch.status is BatchStatus.VALIDATING:
            with suppress(Conflict):  # Somebody cancelled it at this moment: seen below.
                self._store.save(self._validated(batch), expected=batch.status)
            batch = self._store.get(batch_id)
        if batch.status is BatchStatus.IN_PROGRESS:
            self._answer(batch)
            batch = self._store.get(batch_id)
        if batch.status is BatchStatus.CANCELLING:
            self._end(batch, BatchStatus.CANCELLED)
        elif batch.status is BatchStatus.FINALIZING:
            late = batch.expired_at is not None
            self._end(batch, BatchStatus.EXPIRED if late else BatchStatus.COMPLETED)

    def _validated(self, batch: WireBatch) -> WireBatch:
        """Returns the batch under way, or failed when its file as a whole cannot be asked.

        A line that cannot be asked is no reason: it goes to the error file, by its number.
        """
        total, model, moment = 0, None, self._clock()
        try:
            for _, line in numbered(self._path(batch), batch.endpoint, set()):
                total += 1
                if model is None and isinstance(line.body.get("model"), str):
                    model = line.body["model"]
                if total > MOST_LINES:
                    break
        except OSError:
            problem = Problem(code="file_missing", message="The file is gone.")
        else:
            if 0 < total <= MOST_LINES:
                return batch.with_(
                    status=BatchStatus.IN_PROGRESS, total=total, model=model, in_progress_at=moment
                )
            problem = Problem(
                code="too_many_lines" if total else "empty_file",
                message=f"The file has no lines, or more than {MOST_LINES:,} of them.",
            )
        return batch.with_(status=BatchStatus.FAILED, problems=(problem,), failed_at=moment)

    def _answer(self, batch: WireBatch) -> None:
        run = BatchRun(self._store, self._completions, batch, lambda: self._stopped(batch))
        late = None
        try:
            run.work(self._path(batch))
        except Conflict:
            if self._turns.closing() or batch.id in self._stopping:
                return
            if self._clock() < batch.expires_at:
                raise
            run.give_up(self._path(batch), "batch_expired", EXPIRED)
            late = self._clock()
        done = batch.with_(
            status=BatchStatus.FINALIZING, finalizing_at=self._clock(), expired_at=late
        )
        with suppress(Conflict):  # Cancelled when all was answered: it ends as its client wishes.
            self._store.save(done, expected=batch.status)

    def _stopped(self, batch: WireBatch) -> bool:
        return (
            self._turns.closing() or batch.id in self._stopping or self._clock() >= batch.expires_at
        )

    def _end(self, batch: WireBatch, status: BatchStatus) -> None:
        """Writes the files, then how the batch ended; doing it again makes no second file."""
        ended = batch.with_(
            status=status,
            output_file_id=self._file(batch, "output") if batch.completed else None,
            error_file_id=self._file(batch, "error") if batch.failed else None,
            completed_at=self._clock() if status is BatchStatus.COMPLETED else None,
            cancelled_at=self._clock() if status is BatchStatus.CANCELLED else None,
        )
        self._store.save(ended, expected=batch.status)
        self._stopping.discard(batch.id)

    def _file(self, batch: WireBatch, which: Literal["output", "error"]) -> str:
        digest = hashlib.sha256(f"{batch.id}:{which}".encode()).hexdigest()
        moment = self._clock()
        keep = batch.keep_seconds
        file = WireFile(
            # Named after the batch, so that doing this twice after a crash makes one file.
            id=f"file_{digest[:16]}",
            project_id=batch.project_id,
            filename=f"{batch.id}_{which}.jsonl",
            purpose="batch_output",
            size=0,
            sha256="",
            created_at=moment,
            expires_at=None if keep is None else moment + timedelta(seconds=keep),
        )
        if self._files.known(file.id) is None:
            lines = self._store.lines(batch.id, succeeded=which == "output")
            self._files.make(file, (f"{line.told}\n".encode() for line in lines))
        return file.id

    def _path(self, batch: WireBatch) -> Path:
        file = self._files.known(batch.input_file_id)
        assert file is not None, "a batch is made of a file that is known for good"
        return self._files.path(file)
