"""Feedback rows: rated answers and preferences of a deployment, as they are written to files."""

from __future__ import annotations

import json
from typing import Any

from studio.domain.curation import Preferred, Rated
from studio.domain.datasets import Message
from studio.store.database import Database

_RATED = """
SELECT answer.id, answer.messages, answer.output, answer.session,
       count(*) FILTER (thumb.thumb_up), count(*) FILTER (NOT thumb.thumb_up)
FROM latest_thumbs AS thumb JOIN inferences AS answer ON answer.id = thumb.inference_id
WHERE answer.deployment_id = ? AND coalesce(answer.error, '') = ''
  AND coalesce(answer.variant, '') <> 'shadow'
GROUP BY ALL ORDER BY min(answer.created_at), answer.id
"""
_PREFERRED = """
SELECT said.id, a.messages, b.messages, a.output, b.output, said.winner
FROM preferences AS said
JOIN inferences AS a ON a.id = said.inference_a JOIN inferences AS b ON b.id = said.inference_b
WHERE a.deployment_id = $1 AND b.deployment_id = $1
  AND coalesce(a.error, '') = '' AND coalesce(b.error, '') = ''
QUALIFY row_number() OVER (
    PARTITION BY said.inference_a, said.inference_b, said.rater
    ORDER BY said.created_at DESC, said.id DESC) = 1
ORDER BY said.created_at, said.id
"""


class FeedbackRowStore:
    """Reads what people said, and changes nothing."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def rated(self, deployment_id: str) -> list[Rated]:
        """Returns the answers that somebody was shown and rated, each rater's latest thumb."""
        with self._database.read() as cursor:
            found = cursor.execute(_RATED, [deployment_id]).fetchall()
        return [
            Rated(id, _turns(messages), output, ups, downs, session or "")
            for id, messages, output, session, ups, downs in found
        ]

    def preferred(self, deployment_id: str) -> list[Preferred]:
        """Returns which of two answers to one question people took, each one's latest word."""
        with self._database.read() as cursor:
            found = cursor.execute(_PREFERRED, [deployment_id]).fetchall()
        return [
            Preferred(id, _turns(asked), a, b, winner)
            for id, asked, again, a, b, winner in found
            if _turns(asked) == _turns(again)
        ]


def _turns(text: Any) -> tuple[Message, ...]:
    return tuple(Message.model_validate(turn) for turn in json.loads(text))
