"""Telemetry: answers, thumbs and checks of gates that came between two moments."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import NamedTuple

from studio.store import rows
from studio.store.database import Database


class AnswerRow(NamedTuple):
    """One answer, without a word of it."""

    id: str
    deployment: str | None
    """Name of the deployment; None when a model was asked directly."""
    model_id: str
    model_name: str
    seconds: float | None
    prompt_tokens: int | None
    output_tokens: int | None
    failed: bool


class ThumbRow(NamedTuple):
    """One thumb, without its comment."""

    id: str
    inference_id: str
    up: bool
    at: datetime


class CheckRow(NamedTuple):
    """One check of a gate."""

    id: str
    name: str
    kind: str
    verdict: str
    value: float | None
    """Its difference, else its p-value."""
    sentence: str
    at: datetime


class TelemetryRows:
    """Reads what is new."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def answers(self, since: datetime) -> list[AnswerRow]:
        """Returns the answers since a moment."""
        with self._database.read() as cursor:
            cursor.execute(
                "SELECT i.id, d.name, i.model_id, i.model_name, i.seconds, i.prompt_tokens,"
                " i.output_tokens, i.error <> '' FROM inferences AS i"
                " LEFT JOIN deployments AS d ON d.id = i.deployment_id WHERE i.created_at >= ?",
                [rows.cell(since)],
            )
            return [AnswerRow(*row) for row in cursor.fetchall()]

    def thumbs(self, since: datetime) -> list[ThumbRow]:
        """Returns the thumbs since a moment."""
        with self._database.read() as cursor:
            cursor.execute(
                "SELECT id, inference_id, thumb_up, created_at FROM feedback"
                " WHERE thumb_up IS NOT NULL AND created_at >= ?",
                [rows.cell(since)],
            )
            return [
                ThumbRow(id, inference, up, at.replace(tzinfo=UTC))
                for id, inference, up, at in cursor.fetchall()
            ]

    def checks(self, since: datetime) -> list[CheckRow]:
        """Returns the checks of gates that were decided since a moment."""
        with self._database.read() as cursor:
            cursor.execute(
                "SELECT id, checks, created_at FROM gate_decisions WHERE created_at >= ?",
                [rows.cell(since)],
            )
            found = cursor.fetchall()
        return [
            CheckRow(
                id=f"{gate}/{check['name']}",
                name=check["name"],
                kind=check["kind"],
                verdict=check["verdict"],
                value=check.get("p_value")
                if check.get("difference") is None
                else check["difference"],
                sentence=check.get("sentence", ""),
                at=at.replace(tzinfo=UTC),
            )
            for gate, checks, at in found
            for check in json.loads(checks)
        ]
