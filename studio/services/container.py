"""Container: every service of one studio, started and closed together."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from studio.services.alerts import AlertService
from studio.services.charters import CharterService
from studio.services.completions import CompletionService
from studio.services.costing import CostingService
from studio.services.curation import CurationService
from studio.services.datasets import DatasetService
from studio.services.deployments import DeploymentService
from studio.services.drift import DriftService
from studio.services.endpoints import EndpointService
from studio.services.estimates import EstimateService
from studio.services.evaluation import EvaluationService
from studio.services.feedback import FeedbackService
from studio.services.feedback_exports import FeedbackExportService
from studio.services.feedback_import import FeedbackImportService
from studio.services.keys import ApiKeyService
from studio.services.ladder import LadderService
from studio.services.metrics import MetricService
from studio.services.models import ModelService
from studio.services.moderation import ModerationService
from studio.services.monitor import MonitorService
from studio.services.playground import PlaygroundService
from studio.services.projects import ProjectService
from studio.services.reports import ReportService
from studio.services.retrain_policies import RetrainPolicyService
from studio.services.retraining import RetrainingService
from studio.services.retrieval import RetrievalService
from studio.services.review import ReviewService
from studio.services.sample import SampleService
from studio.services.secrets import SecretService
from studio.services.telemetry import TelemetryService
from studio.services.thresholds import ThresholdService
from studio.services.traffic import TrafficService
from studio.services.training import TrainingService
from studio.services.tuning_prices import TuningPriceService
from studio.services.wire_batches import WireBatchService
from studio.services.wire_files import WireFileService
from studio.services.wire_jobs import WireJobService
from studio.services.wire_models import WireModelService
from studio.services.wire_uploads import WireUploadService


@dataclass(frozen=True, kw_only=True)
class Services:
    """What faces talk to."""

    projects: ProjectService
    datasets: DatasetService
    models: ModelService
    training: TrainingService
    monitor: MonitorService
    evaluation: EvaluationService
    retrieval: RetrievalService
    charters: CharterService
    ladder: LadderService
    thresholds: ThresholdService
    costing: CostingService
    estimates: EstimateService
    reports: ReportService
    playground: PlaygroundService
    feedback: FeedbackService
    feedback_imports: FeedbackImportService
    sample: SampleService
    secrets: SecretService
    keys: ApiKeyService
    endpoints: EndpointService
    tuning_prices: TuningPriceService
    wire_files: WireFileService
    wire_models: WireModelService
    completions: CompletionService
    moderation: ModerationService
    deployments: DeploymentService
    retraining: RetrainingService
    policies: RetrainPolicyService
    curation: CurationService
    feedback_exports: FeedbackExportService
    traffic: TrafficService
    alerts: AlertService
    review: ReviewService
    metrics: MetricService
    telemetry: TelemetryService
    drift: DriftService
    wire_uploads: WireUploadService
    wire_jobs: WireJobService
    wire_batches: WireBatchService
    announce: Callable[[int, str], None]
    """Notes port and token where the command line finds this studio."""
    at_close: tuple[Callable[[], None], ...] = ()
    """What else ends with the studio, in this order."""

    def start(self) -> None:
        """Begins background work: following jobs, finishing evaluations and rungs."""
        self.monitor.start()
        self.evaluation.open()
        self.ladder.open()
        self.wire_files.open()
        self.wire_uploads.open()
        self.wire_jobs.open()
        self.wire_batches.open()
        self.alerts.open()
        self.telemetry.open()
        self.drift.open()
        self.retraining.open()

    def close(self) -> None:
        """Ends background work and lets go of the data folder; trainings go on by themselves."""
        self.retraining.close()
        self.wire_jobs.close()
        self.wire_batches.close()
        self.monitor.stop()
        self.evaluation.close()
        self.ladder.close()
        self.retrieval.close()
        self.drift.close()
        self.alerts.close()
        self.telemetry.close()
        for end in self.at_close:
            end()
