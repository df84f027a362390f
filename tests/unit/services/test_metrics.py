"""What Prometheus reads: right numbers, no people, nothing of another project."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date, timedelta

import pytest
from prometheus_client.parser import text_string_to_metric_families

from studio.domain.deployments import Action, Deployment, LedgerRow, Revision, Slot
from studio.domain.feedback import Review, ReviewVerdict
from studio.domain.monitoring import DriftReport
from studio.services.metric_names import METRICS
from studio.services.metrics import MetricService
from studio.services.review import ReviewService
from studio.store import rows
from studio.store.cursor import Cursor
from studio.store.flywheel_counts import FlywheelCounts
from studio.store.reviews import ReviewStore
from tests.unit.services.test_traffic import START, Desk

Key = tuple[str, tuple[tuple[str, str], ...]]


@pytest.fixture
def desk() -> Iterator[Desk]:
    made = Desk()
    with made.database.write() as cursor:
        for id, project, name in (("dep", "prj", "router"), ("dep_2", "prj_2", "other")):
            kept = Deployment(
                id=id, project_id=project, name=name, salt="s", share=0.25, created_at=START
            )
            rows.add(cursor, "deployments", kept, "deployment")
        revision = Revision(
            id="rev_1",
            deployment_id="dep",
            number=3,
            name="Router v3",
            model_id="dear",
            created_at=START,
        )
        rows.add(cursor, "revisions", revision, "revision")
    yield made
    made.database.close()


def read(desk: Desk, project: str | None = None) -> dict[Key, float]:
    """Returns (name, labels) → value, as Prometheus reads them."""
    desk.ticks += 10
    service = MetricService(
        desk.traffic,
        FlywheelCounts(desk.database),
        ReviewService(ReviewStore(desk.database), desk.feedback).pending,
        clock=lambda: desk.at,
    )
    service.hear_of_shutdowns(lambda one: date(2027, 1, 14) if one.id == "dep" else None)
    return {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(service.text(project))
        for sample in family.samples
    }


def at(found: dict[Key, float], metric_name: str, /, **labels: str) -> float | None:
    labels = {"task": "router", **labels}
    return found.get((f"studio_{metric_name}", tuple(sorted(labels.items()))))


def test_answers_are_counted_by_version_slot_and_outcome(desk: Desk) -> None:
    desk.answer()
    desk.answer(error="gone", seconds=None)
    desk.answer(variant="shadow", revision_id="rev_unknown", model_id="somebody")
    found = read(desk)
    counted = {"model_version": "3", "variant": "champion"}
    assert at(found, "inferences_total", status="ok", **counted) == 1
    assert at(found, "inferences_total", status="error", **counted) == 1
    shadow = {"model_version": "unknown", "variant": "shadow"}
    assert at(found, "inferences_total", status="ok", **shadow) == 1
    assert at(found, "tokens_total", direction="input") == 300
    assert at(found, "cost_usd_total") == pytest.approx(0.00056)
    assert at(found, "cost_unknown_total") == 1


def test_durations_are_exact_at_the_edges(desk: Desk) -> None:
    for seconds in (0.1, 0.3, 1.0, 70):
        desk.answer(seconds=seconds)
    found = read(desk)
    edges = ("0.1", "0.25", "0.5", "1", "2", "60", "+Inf")
    told = [at(found, "inference_duration_seconds_bucket", le=edge) for edge in edges]
    assert told == [1, 1, 2, 3, 3, 3, 4]
    assert at(found, "inference_duration_seconds_sum") == pytest.approx(71.4)
    assert at(found, "inference_duration_seconds_count") == 4


def test_feedback_is_told_by_kind_and_source_and_never_by_person(desk: Desk) -> None:
    first = desk.answer(55)
    desk.say(first, True, rater="somebody in person")
    desk.say(first, None, rater="somebody in person", correction="Here.", source="api")
    found = read(desk)
    assert at(found, "feedback_total", metric="thumb", value="up", source="studio") == 1
    assert at(found, "feedback_total", metric="correction", value="given", source="api") == 1
    assert at(found, "thumbs_up_ratio") == 1
    assert at(found, "thumbs_up_ratio_wilson_low") == pytest.approx(0.2065, abs=1e-4)
    assert at(found, "feedback_rate") == 1
    assert at(found, "corrections_pending") == 1
    assert not any("person" in str(key) for key in found)


def test_an_approved_correction_waits_no_more(desk: Desk) -> None:
    answered = desk.answer(55)
    desk.say(answered, None, correction="Here.")
    (said,) = desk.feedback.for_inference(answered)
    review = Review(
        id="review",
        feedback_id=said.id,
        verdict=ReviewVerdict.APPROVED,
        reviewer="ada",
        created_at=START,
    )
    with desk.database.write() as cursor:
        rows.add(cursor, "reviews", review, "review")
    found = read(desk)
    assert at(found, "corrections_pending") == 0
    assert at(found, "corrections_approved_total") == 1


def test_what_is_not_known_is_absent(desk: Desk) -> None:
    found = read(desk)
    for name in ("thumbs_up_ratio", "feedback_rate", "rollout_e_value", "champion_age_seconds"):
        assert at(found, name) is None
    assert at(found, "drift_psi", feature="topic") is None
    assert at(found, "base_shutdown_days") == 51
    assert ("studio_base_shutdown_days", (("task", "other"),)) not in found


def test_a_key_tells_of_its_own_project_only(desk: Desk) -> None:
    desk.answer()
    assert {dict(labels)["task"] for _, labels in read(desk)} == {"router", "other"}
    assert {dict(labels)["task"] for _, labels in read(desk, "prj_2")} == {"other"}


def fill(cursor: Cursor) -> None:
    """A cycle that was rolled back, another at its gate, a rollout and a drift report."""
    for number, state in ((1, "rolled_back"), (2, "gating")):
        cursor.execute(
            "INSERT INTO retrain_cycles (id, deployment_id, number, state, trigger, evidence,"
            " actor, policy, champion, attempt, message, created_at, updated_at) VALUES"
            " (?, 'dep', ?, ?, 'manual', '{}', 'ada', '{}', 'rev_1', 1, '', now(), now())",
            [f"cycle_{number}", number, state],
        )
    checks = [
        {"name": "fixes_corrections", "kind": "superiority", "verdict": "pass"},
        {"name": "slice_billing", "kind": "slice", "verdict": "fail"},
    ]
    cursor.execute(
        "INSERT INTO gate_decisions (id, cycle_id, deployment_id, candidate, champion, anchor,"
        " verdict, checks, config, summary, created_at) VALUES"
        " ('gate', 'cycle_1', 'dep', 'rev_2', 'rev_1', NULL, 'fail', ?, '{}', '', now())",
        [json.dumps(checks)],
    )
    cursor.execute(
        "INSERT INTO rollouts (id, cycle_id, deployment_id, champion, candidate, stage, config,"
        " status, started_at, stage_started_at) VALUES"
        " ('roll', 'cycle_1', 'dep', 'rev_1', 'rev_2', 1, '{}', 'running', now(), now())"
    )
    for minute, e_value in ((1, 1.5), (2, 2.5)):
        cursor.execute(
            'INSERT INTO rollout_checks (rollout_id, "at", stage, champion, candidate, harm, help,'
            " e_value, action, sentence) VALUES ('roll', ?, 1, '{}', '{}', 0, 0, ?, 'wait', '')",
            [rows.cell(START + timedelta(minutes=minute)), e_value],
        )


def test_the_flywheel_is_told(desk: Desk) -> None:
    ledger = LedgerRow(
        deployment_id="dep",
        seq=1,
        action=Action.ROLLBACK,
        slot=Slot.CHAMPION,
        actor="flywheel",
        reason="It harmed.",
        created_at=START,
        prev_hash="0",
        row_hash="1",
    )
    report = DriftReport(
        id="drift",
        deployment_id="dep",
        feature="topic",
        reference_start=START,
        reference_end=START,
        current_start=START,
        current_end=START,
        n_reference=200,
        n_current=200,
        psi=0.3,
        level="act",
        sentence="",
        created_at=START,
    )
    with desk.database.write() as cursor:
        fill(cursor)
        rows.add(cursor, "drift_reports", report, "report")
        marks = ", ".join("?" for _ in LedgerRow.model_fields)
        cursor.execute(
            f"INSERT INTO deployment_ledger ({rows.names(LedgerRow)}) VALUES ({marks})",
            rows.cells(ledger),
        )
    found = read(desk)
    assert at(found, "retrain_cycle_state", state="gating") == 1
    assert at(found, "retrain_cycle_state", state="canary") == 0
    assert at(found, "retrain_cycles_total", outcome="rolled_back") == 1
    assert at(found, "gate_checks_total", name="fixes_corrections", verdict="pass") == 1
    assert at(found, "gate_checks_total", name="slice", verdict="fail") == 1
    assert at(found, "rollout_e_value") == 2.5
    assert at(found, "rollout_weight") == 0.25
    assert at(found, "rollbacks_total", reason="automatic") == 1
    assert at(found, "drift_psi", feature="topic") == 0.3
    assert at(found, "champion_age_seconds") == 3600


def test_every_metric_is_described_and_no_label_names_a_person(desk: Desk) -> None:
    desk.ticks += 10
    service = MetricService(desk.traffic, FlywheelCounts(desk.database), lambda id: 0)
    described = {
        line.split()[2] for line in service.text().splitlines() if line.startswith("# HELP")
    }
    assert described == set(METRICS)
    labels = {label for metric in METRICS.values() for label in metric.labels}
    assert not labels & {"user", "rater", "session", "prompt", "project"}
