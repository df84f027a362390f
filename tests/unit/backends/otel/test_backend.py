"""What reaches a collector: the specification's names, our numbers, and not a word of a text."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import (
    ExportMetricsServiceRequest,
)

from backends.registry import telemetry
from studio.domain.monitoring import AnswerSeen, Judgement
from tests.fakes.post_office import WebOffice, web_office

ANSWER = AnswerSeen(
    asked="router",
    model="Router v3",
    provider="acme",
    seconds=1.5,
    prompt_tokens=100,
    output_tokens=7,
    failed=False,
)


@pytest.fixture
def office(monkeypatch: pytest.MonkeyPatch) -> Iterator[WebOffice]:
    with web_office() as opened:
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", opened.url)
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_COMPRESSION", "none")
        yield opened


def attributes(point: Any) -> dict[str, Any]:
    return {one.key: getattr(one.value, one.value.WhichOneof("value")) for one in point.attributes}


def test_answers_and_judgements_reach_a_collector(office: WebOffice) -> None:
    sender = telemetry()
    sender.answered(ANSWER)
    sender.answered(ANSWER.with_(failed=True, prompt_tokens=None, output_tokens=None))
    at = datetime(2026, 11, 24, tzinfo=UTC)
    sender.judged(Judgement(name="thumb", label="up", value=1.0, answer_id="inference_1", at=at))
    sender.close()
    got = {one.path: one.body for one in office.got}
    assert sorted(got) == ["/v1/logs", "/v1/metrics"]

    request = ExportMetricsServiceRequest.FromString(got["/v1/metrics"])
    (scope,) = request.resource_metrics[0].scope_metrics
    metrics = {one.name: one for one in scope.metrics}
    assert sorted(metrics) == ["gen_ai.client.operation.duration", "gen_ai.client.token.usage"]
    durations = metrics["gen_ai.client.operation.duration"]
    assert durations.unit == "s"
    common = {
        "gen_ai.operation.name": "chat",
        "gen_ai.provider.name": "acme",
        "gen_ai.request.model": "router",
        "gen_ai.response.model": "Router v3",
    }
    told = [attributes(point) for point in durations.histogram.data_points]
    assert common in told and {**common, "error.type": "_OTHER"} in told
    tokens = metrics["gen_ai.client.token.usage"].histogram.data_points
    assert {attributes(one)["gen_ai.token.type"]: one.sum for one in tokens} == {
        "input": 100,
        "output": 7,
    }

    logs = ExportLogsServiceRequest.FromString(got["/v1/logs"])
    (record,) = logs.resource_logs[0].scope_logs[0].log_records
    assert record.event_name == "gen_ai.evaluation.result"
    assert attributes(record) == {
        "gen_ai.evaluation.name": "thumb",
        "gen_ai.evaluation.score.label": "up",
        "gen_ai.evaluation.score.value": 1.0,
        "gen_ai.response.id": "inference_1",
    }
