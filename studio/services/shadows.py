"""Shadows: copies of answered requests, asked of another revision where nobody waits for it."""

from __future__ import annotations

import logging
import queue
import threading
from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple, Protocol

from studio.domain.datasets import Message
from studio.domain.deployments import Revision
from studio.domain.errors import StudioError
from studio.domain.feedback import Inference
from studio.domain.interfaces import Answer, TextGenerator
from studio.domain.models import ModelHandle
from studio.domain.values import new_id, now
from studio.store.feedback import FeedbackStore

logger = logging.getLogger(__name__)

MOST_WAITING = 100
"""Copies that may wait; what comes on top is not copied, so that nothing piles up."""
SECONDS_TO_STOP = 10.0
SHADOW_OF = "shadow_of"
"""Entry of a shadow answer's metadata: the id of the answer that was shown."""


class Arranging(Protocol):
    """The part of the arranger that is needed here."""

    def arrange(
        self, revision: Revision, conversations: Sequence[Sequence[Message]]
    ) -> list[tuple[Message, ...]]:
        """Returns the conversations as the revision's model is asked them."""

    def handle(self, revision: Revision) -> ModelHandle:
        """Returns its model, or raises NotFound."""


class Copy(NamedTuple):
    """A request to ask once more."""

    revision: Revision
    shown: Inference


class Shadows:
    """Answers copies one after the other, in a thread that begins with the first."""

    def __init__(
        self,
        arranger: Arranging,
        generator: TextGenerator,
        feedback: FeedbackStore,
        most: int = MOST_WAITING,
    ) -> None:
        self._arranger, self._generator, self._feedback = arranger, generator, feedback
        self._waiting: queue.Queue[Copy | None] = queue.Queue(most)
        self._closing = threading.Event()
        self._starting = threading.Lock()
        self._thread: threading.Thread | None = None
        self.dropped: Counter[str] = Counter()
        """Deployment id → copies that were not asked since the studio started."""

    def put(self, revision: Revision, shown: Inference) -> None:
        """Lines a copy up; one that finds the queue full is dropped and counted."""
        if self._closing.is_set():
            return
        try:
            self._waiting.put_nowait(Copy(revision, shown))
        except queue.Full:
            self.dropped[revision.deployment_id] += 1
            return
        with self._starting:
            if self._thread is None or not self._thread.is_alive():
                self._thread = threading.Thread(target=self._work, name="shadows", daemon=True)
                self._thread.start()

    def settle(self) -> None:
        """Returns when everything that waits is answered."""
        self._waiting.join()

    def close(self) -> None:
        """Stops after the copy in progress; what waits is forgotten."""
        self._closing.set()
        if self._thread is not None:
            # A full queue needs no sign: the thread looks after each copy.
            try:
                self._waiting.put_nowait(None)
            except queue.Full:
                logger.debug("Copies that wait are forgotten.")
            self._thread.join(SECONDS_TO_STOP)

    def _work(self) -> None:
        while not self._closing.is_set():
            copy = self._waiting.get()
            try:
                if copy is None:
                    return
                self._answer(copy)
            except StudioError:
                # It cannot be kept, or the studio ends: nobody waits for a copy.
                logger.info("A shadow answer was not kept.", exc_info=True)
            finally:
                self._waiting.task_done()

    def _answer(self, copy: Copy) -> None:
        revision, shown = copy
        kept = shown.with_(
            id=new_id("inference"),
            model_id=revision.model_id,
            model_name=revision.name,
            revision_id=revision.id,
            variant="shadow",
            metadata={SHADOW_OF: shown.id},
            output="",
            prompt_tokens=None,
            output_tokens=None,
            seconds=None,
        )
        try:
            kept, answer = self._asked(revision, kept)
        except StudioError as error:
            if self._closing.is_set():
                return
            kept = kept.with_(error=error.message[:1000], created_at=now())
        else:
            kept = kept.with_(
                output=answer.text,
                prompt_tokens=answer.prompt_tokens,
                output_tokens=answer.output_tokens,
                seconds=answer.seconds,
                created_at=now(),
            )
        self._feedback.add_inference(kept)

    def _asked(self, revision: Revision, kept: Inference) -> tuple[Inference, Answer]:
        handle = self._arranger.handle(revision)
        decoding = kept.decoding
        if revision.setup is not None:
            decoding = decoding.with_(raw=False)
        (answer,) = self._generator.generate(
            handle,
            self._arranger.arrange(revision, [kept.messages]),
            decoding,
            cancelled=self._closing.is_set,
        )
        named = kept.with_(model_id=handle.id, model_name=handle.name, decoding=decoding)
        return named, answer
