"""A desk for reviewers: answers of a deployment, corrections of them, and a clock that is moved."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from studio.domain.datasets import Message
from studio.domain.evaluation import Decoding
from studio.domain.feedback import Feedback, Inference, Review, ReviewVerdict, Source
from studio.services.review import ReviewService
from studio.store.database import Database
from studio.store.feedback import FeedbackStore
from studio.store.reviews import ReviewStore
from tests.unit.store.cycles import NOON

DEPLOYMENT = "deployment_1"
TWICE = "feedback_10"
"""Id of a correction that is asked of a second reviewer as well."""


class ReviewDesk:
    def __init__(self) -> None:
        self.database = Database(None)
        self.feedback = FeedbackStore(self.database)
        self.at = NOON
        self.review = ReviewService(ReviewStore(self.database), self.feedback, self.clock)
        self._number = 0

    def clock(self) -> Any:
        """A second passes with every look."""
        self.at += timedelta(seconds=1)
        return self.at

    def answer(
        self, question: str = "Where is my parcel?", output: str = "No idea.", **changes: Any
    ) -> Inference:
        self._number += 1
        kept = Inference(
            id=f"inference_{self._number:04}",
            project_id="project_1",
            model_id="small",
            model_name="Small",
            messages=(Message(role="user", content=question),),
            decoding=Decoding(),
            output=output,
            deployment_id=DEPLOYMENT,
            revision_id="revision_1",
            variant="champion",
            created_at=self.clock(),
        ).with_(**changes)
        self.feedback.add_inference(kept)
        return kept

    def say(self, inference: Inference, **said: Any) -> Feedback:
        self._number += 1
        given = Feedback(
            id=f"feedback_{self._number:04}_given",
            inference_id=inference.id,
            rater="ada",
            source=Source.API,
            created_at=self.clock(),
        ).with_(**said)
        self.feedback.add(given)
        return given

    def correct(self, correction: str = "It left today.", **said: Any) -> Feedback:
        """Corrects a fresh answer to a question of its own."""
        self._number += 1
        question = said.pop("question", f"Where is parcel {self._number}?")
        output = said.pop("output", "No idea.")
        return self.say(self.answer(question, output), correction=correction, **said)

    def decide(
        self,
        given: Feedback,
        verdict: ReviewVerdict = ReviewVerdict.APPROVED,
        reviewer: str = "grace",
        **more: Any,
    ) -> Review:
        return self.review.decide(given.id, verdict, reviewer=reviewer, **more)

    def learnt(self) -> list[str]:
        """The answers that may be learnt."""
        return [one.answer for one in self.review.approved(DEPLOYMENT)]
