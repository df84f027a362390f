"""Feedback: what people say of answers, kept for good, and what it counts towards."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Literal

from studio.domain.errors import InvalidInput, NotFound, StudioError
from studio.domain.feedback import Counted, Feedback, Preference, Source
from studio.domain.values import new_id, now
from studio.services.feedback_counts import FeedbackCounts
from studio.services.feedback_writer import FeedbackWriter, Outcome, Said
from studio.store.failures import HALF_CHARACTER, HALF_CHARACTER_HINT
from studio.store.feedback import FeedbackStore, Kept, Offered, no_answer

LONGEST_REMARK = 100_000
"""Characters of a correction or comment; more is a file, not a remark."""
LONGEST_RATER = 80
LONGEST_KEY = 255
"""Characters of an Idempotency-Key."""


class FeedbackService:
    """What people can say of answers; the latest word counts, earlier ones stay."""

    def __init__(self, store: FeedbackStore, counts: FeedbackCounts) -> None:
        self._store, self._counts = store, counts
        self._writer = FeedbackWriter(self._keep)

    def add(
        self,
        inference_id: str,
        *,
        thumb_up: bool | None = None,
        correction: str | None = None,
        comment: str | None = None,
        rater: str,
        source: Source = Source.STUDIO,
        key: str | None = None,
        project_id: str | None = None,
    ) -> Said:
        """Keeps what a person says of an answer; returns it and what it counted towards.

        Args:
            inference_id: the answer.
            thumb_up: True up, False down, None for neither.
            correction: the answer it should have been.
            comment: anything else.
            rater: who says it.
            source: where it came from.
            key: sent again with the same key, it is the same feedback and kept once.
            project_id: project that the answer must belong to; None for any.

        Raises:
            NotFound: when there is no such answer, or it is another project's than the one given.
            InvalidInput: when nothing is said, or a correction is empty.
            Conflict: when other feedback was kept under the same key.
            StorageFailed, BackendUnavailable: when it could not be kept.
        """
        feedback = _feedback(
            _id(project_id, key), inference_id, thumb_up, correction, comment, rater, source
        )
        return self._writer.add(Offered(feedback, project_id, key is not None))

    async def add_async(
        self,
        inference_id: str,
        *,
        thumb_up: bool | None,
        correction: str | None,
        comment: str | None,
        rater: str,
        source: Source,
        key: str | None,
        project_id: str | None,
    ) -> Said:
        """Does what `add` does, without a thread for each that waits."""
        feedback = _feedback(
            _id(project_id, key), inference_id, thumb_up, correction, comment, rater, source
        )
        return await self._writer.add_async(Offered(feedback, project_id, key is not None))

    def prefer(
        self,
        inference_a: str,
        inference_b: str,
        winner: Literal["a", "b", "tie", "both_bad"],
        *,
        shown_first: Literal["a", "b"],
        rater: str,
        blind: bool = False,
        comment: str = "",
        project_id: str | None = None,
    ) -> Preference:
        """Keeps which of two answers to the same question a person took.

        Raises:
            NotFound: when there is no such answer, or it is another project's than the one given.
            InvalidInput: when they answer different questions, or are the same answer.
        """
        pair = [self._store.inference(id) for id in (inference_a, inference_b)]
        for one in pair:
            if project_id not in (None, one.project_id):
                raise no_answer(one.id)
        if inference_a == inference_b or len({one.messages[-1:] for one in pair}) > 1:
            raise InvalidInput(
                "Only two answers to the same question can be compared.",
                hint="Ask both models the same.",
            )
        preference = Preference(
            id=new_id("preference"),
            inference_a=inference_a,
            inference_b=inference_b,
            winner=winner,
            shown_first=shown_first,
            blind=blind,
            rater=_name(rater),
            comment=_remark(comment),
            created_at=now(),
        )
        self._store.add_preference(preference)
        return preference

    def preferences(self, inference_id: str) -> list[Preference]:
        """Returns every choice between an answer and another one, oldest first."""
        return self._store.preferences(inference_id)

    def counted(self, deployment_id: str) -> Counted:
        """Returns how far a deployment is from its next training; NotFound when there is none."""
        return self._counts.of(deployment_id)

    def recount(self) -> None:
        """Lets everything be counted anew, because feedback was added from a file."""
        self._counts.forget()

    def was_given(self, inference_id: str, deployment_id: str, session: str) -> bool:
        """Says whether a deployment gave that answer to that session."""
        try:
            given = self._store.inference(inference_id)
        except NotFound:
            return False
        return (given.deployment_id, given.session) == (deployment_id, session)

    def for_inference(self, inference_id: str) -> list[Feedback]:
        """Returns everything said of an answer, oldest first; NotFound without such an answer."""
        self._store.inference(inference_id)
        return self._store.for_inference(inference_id)

    def said(self, deployment_id: str, *, limit: int = 50) -> list[Feedback]:
        """Returns the last that was said of a deployment's answers, newest first."""
        return self._store.said(deployment_id, limit)

    def thumbs(self, inference_ids: Sequence[str]) -> dict[str, bool]:
        """Returns the thumb that counts now, the last one given; answers without one are absent."""
        return self._store.latest_thumbs(inference_ids)

    def close(self) -> None:
        """Ends once everything that was taken is kept."""
        self._writer.close()

    def _keep(self, offered: Sequence[Offered]) -> list[Outcome]:
        with self._counts.held():
            kept = self._store.add_all(offered)
            counted = iter(self._counts.add([one for one in kept if isinstance(one, Kept)]))
            return [
                one if isinstance(one, StudioError) else (one.feedback, next(counted))
                for one in kept
            ]


def _id(project_id: str | None, key: str | None) -> str:
    """Returns a fresh id; with a key always the same one, for callers of the same project."""
    if key is None:
        return new_id("feedback")
    if not 1 <= len(key) <= LONGEST_KEY:
        raise InvalidInput(
            f"An Idempotency-Key has 1 to {LONGEST_KEY} characters, this one has {len(key):,}."
        )
    mark = hashlib.sha256(f"{project_id or ''}\n{key}".encode("utf-8", "surrogatepass"))
    return f"feedback_{mark.hexdigest()[:32]}"


def _feedback(
    id: str,
    inference_id: str,
    thumb_up: bool | None,
    correction: str | None,
    comment: str | None,
    rater: str,
    source: Source,
) -> Feedback:
    if correction is not None and not correction.strip():
        raise InvalidInput(
            "The correction is empty.",
            hint="Write the answer it should have been.",
            param="correction",
        )
    comment = (comment or "").strip() or None
    if thumb_up is None and correction is None and comment is None:
        raise InvalidInput(
            "There is nothing to keep.", hint="Give a thumb, a correction or a comment."
        )
    for remark in (correction or "", comment or ""):
        _remark(remark)
    # One text that cannot be written would keep out all others of its batch.
    for text in (inference_id, correction or "", comment or "", rater):
        try:
            text.encode()
        except UnicodeEncodeError as error:
            raise InvalidInput(HALF_CHARACTER, hint=HALF_CHARACTER_HINT) from error
    return Feedback(
        id=id,
        inference_id=inference_id,
        thumb_up=thumb_up,
        correction=correction,
        comment=comment,
        rater=_name(rater),
        source=source,
        created_at=now(),
    )


def _remark(text: str) -> str:
    if len(text) > LONGEST_REMARK:
        raise InvalidInput(
            f"A correction or comment has at most {LONGEST_REMARK:,} characters, this one "
            f"has {len(text):,}."
        )
    return text.strip()


def _name(rater: str) -> str:
    name = " ".join(rater.split())
    if not name or len(name) > LONGEST_RATER:
        raise InvalidInput(
            f"A rater's name has 1 to {LONGEST_RATER} characters, this one has {len(name)}.",
            param="rater",
        )
    return name
