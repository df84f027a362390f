"""Telemetry: tells an OpenTelemetry collector what was answered and judged, when one is named."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Protocol, TypeVar

from studio.domain.endpoints import PREFIX
from studio.domain.errors import BackendUnavailable
from studio.domain.monitoring import AnswerSeen, Judgement, Telemetry
from studio.domain.values import now
from studio.services.turns import Turns
from studio.store.telemetry import AnswerRow, CheckRow, TelemetryRows, ThumbRow

log = logging.getLogger(__name__)

ADDRESSES = (
    "OTEL_EXPORTER_OTLP_ENDPOINT",
    "OTEL_EXPORTER_OTLP_METRICS_ENDPOINT",
    "OTEL_EXPORTER_OTLP_LOGS_ENDPOINT",
)
"""Nothing is sent, and nothing loaded, unless the first of these is set."""
PERIOD = 10.0
LAG = timedelta(minutes=2)
"""How late a row may come into the database and still be told."""
HERE = "ladder_studio"


class Row(Protocol):
    """Anything that is told once."""

    @property
    def id(self) -> str:
        """What it is known by."""


R = TypeVar("R", bound=Row)


class TelemetryService:
    """Reads what is new every few seconds; whoever is answered waits for nothing of this."""

    def __init__(
        self,
        rows: TelemetryRows,
        make: Callable[[], Telemetry],
        environment: Mapping[str, str] = os.environ,
        *,
        clock: Callable[[], datetime] = now,
    ) -> None:
        """`make` loads what carries the numbers; BackendUnavailable where it is not installed."""
        self._rows, self._make, self._environment, self._clock = rows, make, environment, clock
        self._telemetry: Telemetry | None = None
        self._opened = self._looked = clock()
        self._told: set[str] = set()
        self._turns = Turns("telemetry", lambda id: None, look=self.look, period=PERIOD)

    def open(self) -> None:
        """Begins to tell, if a collector is named; what lies before this moment is not told."""
        if self._telemetry is not None or not self._environment.get(ADDRESSES[0]):
            return
        try:
            self._telemetry = self._make()
        except BackendUnavailable as error:
            log.warning("Nothing is sent to the collector: %s", error)
            return
        self._opened = self._looked = self._clock()
        self._turns.open(list)

    def close(self) -> None:
        """Tells what is left and ends."""
        self._turns.close()
        if self._telemetry is not None:
            self.look()
            self._telemetry.close()
            self._telemetry = None

    def look(self) -> None:
        """Tells what came since the last look, each thing once."""
        if self._telemetry is None:
            return
        at = self._clock()
        since = max(self._opened, self._looked - LAG)
        answers = self._rows.answers(since)
        thumbs, checks = self._rows.thumbs(since), self._rows.checks(since)
        for answer in self._new(answers):
            self._telemetry.answered(_seen(answer))
        for thumb in self._new(thumbs):
            self._telemetry.judged(_thumb(thumb))
        for check in self._new(checks):
            self._telemetry.judged(_judged(check))
        # What lies before the next look's window is not found again.
        self._told = {row.id for found in (answers, thumbs, checks) for row in found}
        self._looked = at

    def _new(self, found: Sequence[R]) -> list[R]:
        return [row for row in found if row.id not in self._told]


def _thumb(thumb: ThumbRow) -> Judgement:
    return Judgement(
        name="thumb",
        label="up" if thumb.up else "down",
        value=float(thumb.up),
        answer_id=thumb.inference_id,
        at=thumb.at,
    )


def _seen(answer: AnswerRow) -> AnswerSeen:
    provider = HERE
    if answer.model_id.startswith(PREFIX):
        provider = answer.model_id.removeprefix(PREFIX).partition("/")[0]
    return AnswerSeen(
        asked=answer.deployment or answer.model_name,
        model=answer.model_name,
        provider=provider,
        seconds=answer.seconds,
        prompt_tokens=answer.prompt_tokens,
        output_tokens=answer.output_tokens,
        failed=answer.failed,
    )


def _judged(check: CheckRow) -> Judgement:
    # A slice is named by the client's own words.
    of_slice = check.kind == "slice"
    return Judgement(
        name="slice" if of_slice else check.name,
        label=check.verdict,
        value=check.value,
        explanation="" if of_slice else check.sentence,
        at=check.at,
    )
