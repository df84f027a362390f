from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta

import pytest

from studio.domain.errors import BackendUnavailable
from studio.domain.monitoring import AnswerSeen, Judgement
from studio.services.telemetry import TelemetryService
from studio.store.telemetry import TelemetryRows
from tests.unit.services.test_traffic import START, Desk

NAMED = {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:4318"}


@dataclass
class Collector:
    answers: list[AnswerSeen] = field(default_factory=list)
    judgements: list[Judgement] = field(default_factory=list)
    closed: bool = False

    def answered(self, seen: AnswerSeen) -> None:
        self.answers.append(seen)

    def judged(self, judgement: Judgement) -> None:
        self.judgements.append(judgement)

    def close(self) -> None:
        self.closed = True


@pytest.fixture
def desk() -> Iterator[Desk]:
    made = Desk()
    made.at = START
    yield made
    made.database.close()


def opened(desk: Desk, collector: Collector) -> TelemetryService:
    service = TelemetryService(
        TelemetryRows(desk.database), lambda: collector, NAMED, clock=lambda: desk.at
    )
    service.open()
    return service


def test_nothing_is_loaded_unless_a_collector_is_named(desk: Desk) -> None:
    def load() -> Collector:
        raise AssertionError("loaded")

    service = TelemetryService(TelemetryRows(desk.database), load, {})
    service.open()
    service.look()
    service.close()


def test_without_the_extra_the_studio_goes_on(desk: Desk) -> None:
    def load() -> Collector:
        raise BackendUnavailable("OpenTelemetry is not installed.")

    service = TelemetryService(TelemetryRows(desk.database), load, NAMED)
    service.open()
    service.close()


def test_everything_is_told_once_and_late_rows_too(desk: Desk) -> None:
    collector = Collector()
    desk.answer(-5)
    service = opened(desk, collector)
    desk.answer(1, model_id="endpoint:acme/large")
    desk.at = START + timedelta(minutes=2)
    service.look()
    service.look()
    desk.answer(1.5, error="gone")
    desk.at += timedelta(seconds=10)
    service.look()
    desk.at += timedelta(minutes=30)
    service.look()
    assert [(seen.provider, seen.failed) for seen in collector.answers] == [
        ("acme", False),
        ("ladder_studio", True),
    ]
    service.close()
    assert collector.closed


def test_thumbs_and_checks_are_told_without_what_people_wrote(desk: Desk) -> None:
    collector = Collector()
    desk.at = START + timedelta(minutes=54)
    service = opened(desk, collector)
    desk.say(desk.answer(55), False, comment="My name is Ada.", correction="Ada's.")
    checks = [
        {"name": "latency_p95", "kind": "guardrail", "verdict": "pass", "sentence": "As quick."},
        {"name": "slice_ada", "kind": "slice", "verdict": "fail", "difference": -0.2},
    ]
    with desk.database.write() as cursor:
        cursor.execute(
            "INSERT INTO gate_decisions (id, cycle_id, deployment_id, candidate, champion, verdict,"
            " checks, config, summary, created_at)"
            " VALUES ('gate', 'c', 'dep', 'r', 's', 'fail', ?, '{}', '', ?)",
            [json.dumps(checks), (START + timedelta(minutes=55)).replace(tzinfo=None)],
        )
    service.close()
    assert [(one.name, one.label, one.value) for one in collector.judgements] == [
        ("thumb", "down", 0.0),
        ("latency_p95", "pass", None),
        ("slice", "fail", -0.2),
    ]
    assert "ada" not in str(collector.judgements).lower()
