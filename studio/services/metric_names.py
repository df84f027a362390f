"""Metric names: everything that `/metrics` tells, with its labels and its meaning."""

from __future__ import annotations

from typing import Literal, NamedTuple


class Metric(NamedTuple):
    """One metric; labels never name a user, a question or a session."""

    kind: Literal["counter", "gauge", "histogram"]
    labels: tuple[str, ...]
    meaning: str


TASK = ("task",)
METRICS: dict[str, Metric] = {
    "studio_inferences_total": Metric(
        "counter",
        ("task", "model_version", "variant", "status"),
        "Answers and errors; `status` is `ok` or `error`, `variant` the slot that answered.",
    ),
    "studio_inference_duration_seconds": Metric(
        "histogram", TASK, "How long answers that people were shown took."
    ),
    "studio_tokens_total": Metric(
        "counter", ("task", "direction"), "Tokens, as far as they were told: `input`, `output`."
    ),
    "studio_cost_usd_total": Metric(
        "counter", TASK, "Cost of the answers whose cost is known, those of shadows too."
    ),
    "studio_cost_unknown_total": Metric("counter", TASK, "Answers whose cost is not known."),
    "studio_feedback_total": Metric(
        "counter",
        ("task", "metric", "value", "source"),
        "Feedback given: `thumb` up or down, `correction`, `comment`, and where it came from.",
    ),
    "studio_feedback_rate": Metric(
        "gauge", TASK, "Share of the last 24 hours' answers that were rated."
    ),
    "studio_thumbs_up_ratio": Metric(
        "gauge", TASK, "Share of the last 24 hours' ratings that were up; absent without any."
    ),
    "studio_thumbs_up_ratio_wilson_low": Metric("gauge", TASK, "Low end of its 95 % interval."),
    "studio_thumbs_up_ratio_wilson_high": Metric("gauge", TASK, "High end of its 95 % interval."),
    "studio_corrections_pending": Metric("gauge", TASK, "Corrections that wait for a review."),
    "studio_corrections_approved_total": Metric("counter", TASK, "Approvals of corrections."),
    "studio_retrain_cycle_state": Metric(
        "gauge", ("task", "state"), "1 for the state of the newest cycle, 0 for all others."
    ),
    "studio_retrain_cycles_total": Metric(
        "counter", ("task", "outcome"), "Retraining cycles by how they ended."
    ),
    "studio_gate_checks_total": Metric(
        "counter", ("task", "name", "verdict"), "Checks of gates by their verdict."
    ),
    "studio_rollout_weight": Metric("gauge", TASK, "Share of sessions the candidate answers."),
    "studio_rollout_e_value": Metric(
        "gauge", TASK, "Evidence that the candidate harms, while there is a rollout; 20 ends it."
    ),
    "studio_rollbacks_total": Metric(
        "counter", ("task", "reason"), "Rollbacks: `automatic`, or by a `person`."
    ),
    "studio_drift_psi": Metric(
        "gauge", ("task", "feature"), "Drift of a feature; absent while it is not known."
    ),
    "studio_champion_age_seconds": Metric("gauge", TASK, "Since the champion took its place."),
    "studio_base_shutdown_days": Metric(
        "gauge", TASK, "Days until the champion's base model is switched off, where known."
    ),
}
"""Name → what it is."""
DURATIONS = (0.1, 0.25, 0.5, 1.0, 2.0, 5.0, 10.0, 30.0, 60.0)
"""Upper ends of the histogram's buckets, in seconds."""
NOT_TOLD: dict[str, str] = {
    "studio_time_to_first_token_seconds": "the moment of the first token is not kept",
    "studio_training_gpu_seconds_total": "what a training ran on is kept in words only",
}
"""Names that one might look for, and why they are not there."""
