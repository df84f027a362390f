"""Corrections and original rows for tests, by the question they are about."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

from studio.core.splits import percent_of, prompt_hash, split_of
from studio.domain.datasets import Example, Message
from studio.domain.feedback import ApprovedCorrection

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)


def asked(question: str) -> tuple[Message, ...]:
    return (Message(role="user", content=question),)


def correction(question: str, answer: str = "billing", **changes: Any) -> ApprovedCorrection:
    """Returns an approved correction of `sales`, named after its question."""
    messages = changes.pop("messages", asked(question))
    id = changes.pop("feedback_id", f"feedback_{question}")
    return ApprovedCorrection(
        feedback_id=id,
        inference_id=f"inference_{question}",
        deployment_id="deployment_1",
        prompt_hash=prompt_hash(messages),
        messages=messages,
        answer=answer,
        original="sales",
        rater="Ada",
        reviewer="Grace",
        created_at=NOON,
        approved_at=NOON + timedelta(minutes=1),
    ).with_(**changes)


def row(question: str, answer: str = "sales", system: str = "", **changes: Any) -> Example:
    """Returns an original row in the split that its question belongs to."""
    before = (Message(role="system", content=system),) if system else ()
    hashed = prompt_hash(asked(question))
    return Example(
        id=f"ex_{question}",
        line=1,
        messages=(*before, *asked(question), Message(role="assistant", content=answer)),
        prompt_hash=hashed,
        split=split_of(hashed),
    ).with_(**changes)


def questions(low: int, high: int, word: str = "Where is parcel") -> Iterator[str]:
    """Yields questions whose percent is at least `low` and below `high`."""
    for number in count():
        question = f"{word} {number}"
        if low <= percent_of(prompt_hash(asked(question))) < high:
            yield question
