"""Review repairs: one repair for all the answers it fits, and words for those nobody corrected."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

from studio.core.feedback.ordering import likeness
from studio.core.feedback.standing import says_nothing
from studio.core.quality.personal_data import redacted
from studio.core.splits import normalised
from studio.domain.errors import InvalidInput
from studio.domain.feedback import Feedback, Inference, Review, ReviewVerdict, Source
from studio.domain.reviews import SimilarAnswer
from studio.domain.values import new_id
from studio.services import review_queue
from studio.store.feedback import FeedbackStore
from studio.store.reviews import ReviewStore

NEARLY = 0.95
"""Likeness from which two answers are nearly the same."""
QUESTION = 0.5
"""Likeness from which two questions may want the same answer."""
LOOKED_AT = 5000
"""Newest answers that are compared."""
OFFERED = 50
MOST = 200
"""Answers repaired at once."""


class Repairs:
    """Finds similar answers; repairs those that were chosen."""

    def __init__(
        self, store: ReviewStore, feedback: FeedbackStore, clock: Callable[[], datetime]
    ) -> None:
        self._store, self._feedback, self._clock = store, feedback, clock

    def similar(self, inference: Inference) -> list[SimilarAnswer]:
        """Returns answers of the same deployment that the same repair may fit, likest first.

        Those that somebody corrected already are left out.
        """
        if inference.deployment_id is None:
            return []
        taken = {one.inference.id for one in self._store.corrections(inference.deployment_id)} | {
            inference.id
        }
        output, question = normalised(inference.output), _asked(inference)
        found = []
        for other in self._store.answers(inference.deployment_id, LOOKED_AT):
            if other.id in taken:
                continue
            same = normalised(other.output) == output
            ratio = 1.0 if same else likeness(other.output, inference.output)
            if ratio < NEARLY:
                continue
            asked = likeness(_asked(other), question)
            if asked >= QUESTION:
                found.append(SimilarAnswer(inference=other, same=same, ratio=ratio, question=asked))
        found.sort(key=lambda one: (-one.question, -one.ratio))
        return found[:OFFERED]

    def apply(self, inference_ids: Sequence[str], *, answer: str, reviewer: str) -> list[Review]:
        """Corrects answers and approves the corrections; personal data is taken out of both.

        Raises:
            NotFound: when one of the answers is not there.
            InvalidInput: when one is none of a deployment's, or says this already.
        """
        answer = redacted(answer)
        if not 1 <= len(inference_ids) <= MOST:
            raise InvalidInput(
                f"A repair takes 1 to {MOST} answers at once, not {len(inference_ids)}."
            )
        answers = [self._feedback.inference(id) for id in dict.fromkeys(inference_ids)]
        for inference in answers:
            if inference.deployment_id is None:
                raise InvalidInput(
                    "Only answers of a deployment are learnt from.",
                    hint="Deploy the model, and correct what it answers then.",
                )
            if says_nothing(answer, inference.output):
                raise InvalidInput(
                    "The repair is empty, or one of the answers reads as it already.",
                    hint="Write what it should have answered.",
                )
        # The corrections first: without an approval a repair counts for nothing.
        return [self._repair(inference, answer, reviewer) for inference in answers]

    def _repair(self, inference: Inference, answer: str, reviewer: str) -> Review:
        given = Feedback(
            id=new_id("feedback"),
            inference_id=inference.id,
            correction=answer,
            rater=reviewer,
            source=Source.REPAIR,
            created_at=self._clock(),
        )
        self._feedback.add(given)
        messages = review_queue.redacted(inference.messages)
        changed = messages != inference.messages
        review = Review(
            id=new_id("review"),
            feedback_id=given.id,
            verdict=ReviewVerdict.APPROVED,
            messages=messages if changed else None,
            personal_data="redacted" if changed else "none",
            reviewer=reviewer,
            created_at=self._clock(),
        )
        self._store.add(review)
        return review


def _asked(inference: Inference) -> str:
    asked = [turn.content for turn in inference.messages if turn.role == "user"]
    return asked[-1] if asked else ""
