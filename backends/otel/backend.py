"""OtelTelemetry: sends numbers of answers and judgements of them to a collector over OTLP/HTTP."""

from __future__ import annotations

import threading

from opentelemetry._logs import LogRecord, SeverityNumber
from opentelemetry.exporter.otlp.proto.http._log_exporter import OTLPLogExporter
from opentelemetry.exporter.otlp.proto.http.metric_exporter import OTLPMetricExporter
from opentelemetry.sdk._logs import LoggerProvider
from opentelemetry.sdk._logs.export import BatchLogRecordProcessor
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import PeriodicExportingMetricReader
from opentelemetry.sdk.resources import Resource

from backends.otel import names
from studio.domain.monitoring import AnswerSeen, Judgement

SCOPE = "ladder-studio"
SECONDS_TO_END = 1.0
"""For what is left of numbers, and for what is left of judgements."""


class OtelTelemetry:
    """Implements `studio.domain.monitoring.Telemetry`; addresses come from OTEL_EXPORTER_OTLP_…."""

    def __init__(self) -> None:
        about = Resource.create({"service.name": SCOPE})
        reader = PeriodicExportingMetricReader(OTLPMetricExporter())
        self._meters = MeterProvider(
            metric_readers=[reader], resource=about, shutdown_on_exit=False
        )
        self._logs = LoggerProvider(resource=about, shutdown_on_exit=False)
        self._logs.add_log_record_processor(BatchLogRecordProcessor(OTLPLogExporter()))
        self._logger = self._logs.get_logger(SCOPE)
        meter = self._meters.get_meter(SCOPE)
        self._duration = meter.create_histogram(
            names.DURATION,
            unit=names.SECONDS,
            description="How long answers took.",
            explicit_bucket_boundaries_advisory=names.DURATION_EDGES,
        )
        self._tokens = meter.create_histogram(
            names.TOKEN_USAGE,
            unit=names.TOKENS,
            description="Tokens of questions and answers.",
            explicit_bucket_boundaries_advisory=names.TOKEN_EDGES,
        )

    def answered(self, seen: AnswerSeen) -> None:
        """Counts one answer."""
        about = {
            names.OPERATION_NAME: names.CHAT,
            names.PROVIDER_NAME: seen.provider,
            names.REQUEST_MODEL: seen.asked,
            names.RESPONSE_MODEL: seen.model,
        }
        failed = {names.ERROR_TYPE: "_OTHER"} if seen.failed else {}
        if seen.seconds is not None:
            self._duration.record(seen.seconds, {**about, **failed})
        for kind, count in (("input", seen.prompt_tokens), ("output", seen.output_tokens)):
            if count is not None:
                self._tokens.record(count, {**about, names.TOKEN_TYPE: kind})

    def judged(self, judgement: Judgement) -> None:
        """Tells one thumb, or one check of a gate."""
        told: dict[str, str | float] = {
            names.EVALUATION_NAME: judgement.name,
            names.SCORE_LABEL: judgement.label,
        }
        if judgement.value is not None:
            told[names.SCORE_VALUE] = judgement.value
        if judgement.answer_id:
            told[names.RESPONSE_ID] = judgement.answer_id
        if judgement.explanation:
            told[names.EXPLANATION] = judgement.explanation
        self._logger.emit(
            LogRecord(
                timestamp=int(judgement.at.timestamp() * 1e9),
                severity_number=SeverityNumber.INFO,
                event_name=names.EVALUATION,
                attributes=told,
            )
        )

    def close(self) -> None:
        """Sends what is left and ends; a collector that is away is not waited for long."""
        ends = [
            threading.Thread(target=end, daemon=True)
            for end in (self._meters.shutdown, self._logs.shutdown)
        ]
        for thread in ends:
            thread.start()
        for thread in ends:
            thread.join(SECONDS_TO_END)
