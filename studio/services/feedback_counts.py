"""Feedback counts: how far a deployment is from its next training, kept in memory."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import NamedTuple

from studio.core.feedback.standing import says_nothing
from studio.domain.errors import NotFound
from studio.domain.feedback import Counted
from studio.store.feedback import Kept

SHARE = 20
"""Of the time in which feedback is kept, counting anew takes at most one part in so many."""
DIRECT = "Kept. A model was asked directly, so it counts towards no training of a deployment."
RATED = "Kept; a thumb watches over the quality, corrections are what is learnt. "
REMARKED = "Kept; a comment helps whoever reviews, corrections are what is learnt. "
CORRECTED = "Kept, and waits for a review. "
SAME = "Kept, though the correction reads the same as the answer. "


class Facts(NamedTuple):
    """What is counted of a deployment."""

    name: str
    may_train: bool
    corrections: int
    """Approved corrections of different questions that no training has learnt from."""
    pending: int
    """Corrections that wait for a reviewer."""
    needed: int | None
    """Corrections with which a training may begin; None where none begins by itself."""
    corrected: frozenset[tuple[str, str]] = frozenset()
    """(answer, rater) of every correction that counts."""


@dataclass
class _Entry:
    facts: Facts
    stamp: object
    """What `stamp` said when it was counted; when it says something else, this is out of date."""
    at: float
    """When it was counted."""
    cost: float
    """Seconds that took."""
    since: set[tuple[str, str]] = field(default_factory=set)
    """(answer, rater) of the corrections that came since."""


class FeedbackCounts:
    """Counts once, then adds what comes; counts anew when somebody else changed something."""

    def __init__(
        self,
        facts: Callable[[str], Facts],
        stamp: Callable[[], object],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Counts nothing yet.

        Args:
            facts: counts a deployment or raises NotFound.
            stamp: differs once anything but feedback has changed what is counted.
            clock: seconds that pass.
        """
        self._facts, self._stamp, self._clock = facts, stamp, clock
        self._lock = threading.RLock()
        self._entries: dict[str, _Entry] = {}

    def of(self, deployment_id: str) -> Counted:
        """Returns where a deployment stands; NotFound when there is none."""
        with self._lock:
            stamp = self._stamp()
            entry = self._entries.get(deployment_id)
            if entry is None or entry.stamp != stamp:
                entry = self._counted(deployment_id, stamp)
            return _told(entry)

    def forget(self) -> None:
        """Lets everything be counted anew, because feedback was added from elsewhere."""
        with self._lock:
            self._entries.clear()

    @contextmanager
    def held(self) -> Iterator[None]:
        """Lets nobody count between the keeping of a batch and `add`, or it would count twice."""
        with self._lock:
            yield

    def add(self, kept: Sequence[Kept]) -> list[Counted]:
        """Adds what was just kept; returns for each where its deployment stands then."""
        with self._lock:
            entries: dict[str | None, _Entry | None] = {None: None}
            asked = {one.about.deployment_id for one in kept} - {None}
            stamp = self._stamp() if asked else None
            for id in asked:
                if id is not None:
                    entries[id] = self._raised(id, kept, stamp)
            return [_thanked(one, entries[one.about.deployment_id]) for one in kept]

    def _raised(self, deployment_id: str, kept: Sequence[Kept], stamp: object) -> _Entry | None:
        entry = self._entries.get(deployment_id)
        if entry is None or self._due(entry, stamp):
            try:
                # What was just kept is among it.
                return self._counted(deployment_id, stamp)
            except NotFound:
                return None
        for one in kept:
            if one.about.deployment_id == deployment_id and one.fresh and one.about.shown:
                _add(entry, one)
        return entry

    def _due(self, entry: _Entry, stamp: object) -> bool:
        return entry.stamp != stamp and self._clock() - entry.at >= SHARE * entry.cost

    def _counted(self, deployment_id: str, stamp: object) -> _Entry:
        # The stamp is older than the count: what changes meanwhile is counted again.
        began = self._clock()
        facts = self._facts(deployment_id)
        at = self._clock()
        entry = self._entries[deployment_id] = _Entry(facts, stamp, at, at - began)
        return entry


def _add(entry: _Entry, one: Kept) -> None:
    feedback = one.feedback
    if feedback.correction is None:
        return
    pair = (feedback.inference_id, feedback.rater)
    if pair in entry.facts.corrected or pair in entry.since:
        # A second thought takes the place of the first, wherever that one stands.
        entry.stamp = None
    elif not says_nothing(feedback.correction, one.about.output):
        entry.since.add(pair)


def _told(entry: _Entry, thanks: str = "") -> Counted:
    facts = entry.facts
    pending = facts.pending + len(entry.since)
    return Counted(
        deployment=facts.name,
        corrections=facts.corrections,
        pending=pending,
        needed=facts.needed,
        sentence=f"{thanks}{_sentence(facts, pending)}",
    )


def _sentence(facts: Facts, pending: int) -> str:
    if not facts.may_train:
        return f"Nothing that is said of {facts.name} is trained on."
    waits = f"{pending:,} {'waits' if pending == 1 else 'wait'} for a review."
    if facts.needed is None:
        done = f"{facts.corrections:,} approved; no training begins by itself"
    else:
        done = (
            f"{facts.corrections:,} of {facts.needed:,} approved corrections towards the next"
            " training"
        )
    return f"{done}; {waits}" if pending else f"{done}."


def _thanked(one: Kept, entry: _Entry | None) -> Counted:
    if entry is None:
        return Counted(sentence=DIRECT)
    if one.feedback.correction is None:
        return _told(entry, REMARKED if one.feedback.thumb_up is None else RATED)
    if says_nothing(one.feedback.correction, one.about.output):
        return _told(entry, SAME)
    return _told(entry, CORRECTED)
