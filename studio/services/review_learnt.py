"""Review learnt: what a decision would let a model learn, and whether it may."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from studio.core.feedback.standing import says_nothing
from studio.core.quality import personal_data as patterns
from studio.domain.datasets import Message
from studio.domain.errors import Conflict, InvalidInput
from studio.services import review_queue
from studio.services.review_reading import Reviewed

PersonalData = Literal["none", "redacted", "kept"]

LONGEST_ANSWER = 100_000
"""Characters of an answer to learn."""


class Learnt:
    """What would be learnt if a decision is kept."""

    def __init__(
        self, reviewed: Reviewed, answer: str | None, messages: Sequence[Message] | None
    ) -> None:
        self._given = reviewed.feedback.correction or ""
        self._asked = reviewed.inference.messages
        self._output = reviewed.inference.output
        self.answer = self._given if answer is None else answer
        self.messages = self._asked if messages is None else tuple(messages)
        if [turn.role for turn in self.messages] != [turn.role for turn in self._asked]:
            raise InvalidInput(
                "The question has other turns than the one that was asked.",
                hint="Change what the turns say; leave out none and add none.",
            )
        if len(self.answer) > LONGEST_ANSWER:
            raise InvalidInput(
                f"An answer has at most {LONGEST_ANSWER:,} characters, this one has "
                f"{len(self.answer):,}."
            )

    @property
    def changed_answer(self) -> str | None:
        """The answer where it differs from the correction as given."""
        return None if self.answer == self._given else self.answer

    @property
    def changed_messages(self) -> tuple[Message, ...] | None:
        """The question where it differs from the one that was asked."""
        return None if self.messages == self._asked else self.messages

    def redact(self) -> None:
        """Takes out what the patterns see."""
        self.answer = patterns.redacted(self.answer)
        self.messages = review_queue.redacted(self.messages)

    def check(self, personal_data: PersonalData, note: str) -> None:
        """Refuses an approval of what must not, or cannot, be learnt."""
        if says_nothing(self.answer, self._output):
            raise InvalidInput(
                "There is nothing to learn: the answer is empty, or reads as the one it corrects.",
                hint="Edit it, or reject it.",
            )
        if personal_data == "kept":
            if not note.strip():
                raise InvalidInput(
                    "Personal data is kept only with a note.", hint="Write why it may be learnt."
                )
            return
        seen = review_queue.found(self.messages, self.answer)
        if seen:
            kinds = ", ".join(dict.fromkeys(one.kind for one in seen))
            raise Conflict(
                f"This holds personal data: {kinds}.",
                hint="Take it out, or keep it and write why.",
                code="personal_data",
            )
