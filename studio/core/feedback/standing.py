"""Standing: what counts of a correction, from everything that reviewers said of it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from studio.core.quality.personal_data import redacted
from studio.core.splits import normalised, prompt_hash
from studio.domain.datasets import Message
from studio.domain.feedback import (
    ApprovedCorrection,
    Feedback,
    Inference,
    Review,
    ReviewVerdict,
)
from studio.domain.reviews import ReviewState

SECOND_PERCENT = 12
"""Of the corrections, this many in a hundred are asked of a second reviewer."""
SECOND_SALT = "ladder-studio/second-opinion/1"


class Standing(NamedTuple):
    """A correction as it counts now."""

    state: ReviewState
    words: tuple[Review, ...]
    """The reviews that count, oldest first."""
    answer: str
    messages: tuple[Message, ...]
    kept: bool
    """Whether a person decided to keep personal data."""


def asks_second(feedback_id: str) -> bool:
    """Says whether a correction is one of those that two people judge."""
    digest = hashlib.md5((feedback_id + SECOND_SALT).encode(), usedforsecurity=False).digest()
    return int.from_bytes(digest[8:], "little") % 100 < SECOND_PERCENT


def says_nothing(correction: str, output: str) -> bool:
    """Says whether a correction is empty, or the answer it corrects, read the same."""
    wanted = normalised(correction)
    return not wanted or wanted == normalised(output)


def latest(reviews: Iterable[Review]) -> list[Review]:
    """Returns each reviewer's latest word, oldest first; words taken back are left out.

    A word that settles a disagreement and one given without knowing of it are two words.
    """
    newest: dict[tuple[str, bool], Review] = {}
    for review in sorted(reviews, key=lambda one: (one.created_at, one.id)):
        newest[review.reviewer, review.settles] = review
    standing = [one for one in newest.values() if one.verdict is not ReviewVerdict.WITHDRAWN]
    return sorted(standing, key=lambda one: (one.created_at, one.id))


def standing(correction: Feedback, inference: Inference, reviews: Iterable[Review]) -> Standing:
    """Returns where a correction stands.

    One approval is enough, and one other word is enough to hold it up; the newest word that
    settles replaces everything that was said before it.
    """
    words = latest(reviews)
    settled = max((at for at, one in enumerate(words) if one.settles), default=0)
    words = words[settled:]
    given = correction.correction or ""
    approvals = [one for one in words if one.verdict is ReviewVerdict.APPROVED]
    chosen = _chosen(approvals)
    answer = given if chosen is None or chosen.answer is None else chosen.answer
    messages = inference.messages
    if chosen is not None and chosen.messages is not None:
        messages = chosen.messages
    kept = chosen is not None and chosen.personal_data == "kept"
    return Standing(_state(given, words, approvals), tuple(words), answer, messages, kept)


def approved(
    correction: Feedback, inference: Inference, now: Standing
) -> ApprovedCorrection | None:
    """Returns the correction to learn from, or None when it does not count."""
    if now.state is not ReviewState.APPROVED or inference.deployment_id is None:
        return None
    if says_nothing(now.answer, inference.output):
        return None
    last = [one for one in now.words if one.verdict is ReviewVerdict.APPROVED][-1]
    return ApprovedCorrection(
        feedback_id=correction.id,
        inference_id=inference.id,
        deployment_id=inference.deployment_id,
        prompt_hash=prompt_hash(now.messages),
        messages=now.messages,
        answer=now.answer,
        # What a pair is told not to say is learnt from as well.
        original=inference.output if now.kept else redacted(inference.output),
        rater=correction.rater,
        reviewer=last.reviewer,
        created_at=correction.created_at,
        approved_at=last.created_at,
    )


def without_conflicts(
    corrections: Sequence[ApprovedCorrection],
) -> tuple[list[ApprovedCorrection], dict[str, list[ApprovedCorrection]]]:
    """Returns the corrections whose question has one approved answer, and the others by question.

    Answers that read the same are one answer.
    """
    by_question: dict[str, list[ApprovedCorrection]] = {}
    for one in corrections:
        by_question.setdefault(one.prompt_hash, []).append(one)
    torn = {
        hash: those
        for hash, those in by_question.items()
        if len({normalised(one.answer) for one in those}) > 1
    }
    return [one for one in corrections if one.prompt_hash not in torn], torn


def _state(given: str, words: Sequence[Review], approvals: Sequence[Review]) -> ReviewState:
    if not words:
        return ReviewState.WAITING
    if len(approvals) == len(words) == 1:
        return ReviewState.APPROVED
    if len(approvals) == len(words):
        answers = {
            normalised(redacted(given if one.answer is None else one.answer)) for one in approvals
        }
        return ReviewState.APPROVED if len(answers) == 1 else ReviewState.DISPUTED
    if approvals:
        return ReviewState.DISPUTED
    if all(one.verdict is ReviewVerdict.REJECTED for one in words):
        return ReviewState.REJECTED
    return ReviewState.NEEDS_WORK


def _chosen(approvals: Sequence[Review]) -> Review | None:
    # Where one reviewer took personal data out, it stays out.
    careful = [one for one in approvals if one.personal_data == "redacted"]
    return (careful or approvals)[-1] if approvals else None
