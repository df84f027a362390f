from __future__ import annotations

from collections import Counter

from studio.core.ladder.points import POINTS, Known
from studio.domain.thresholds import Thresholds

ALL = Known(
    metric="token_f1",
    target=0.6,
    suite_n=120,
    split_by_prompt=True,
    held_out=120,
    version="version 3, 5f2c9a7b",
    prompt_score="62 %",
    few_shot_score="66 %",
    failures_labelled=25,
    licence="Apache-2.0",
    estimate_kept=True,
    signed_by="R. Vos",
    early_stopping=True,
    validation_loss=0.42,
    seed=7,
    recipe_kept=True,
    compared_with_prompt="+9.0 points, p = 0.001",
    compared_with_rag="+1.0 points, p = 0.600",
    model_card="README.md",
    latency="0.4 seconds",
    cost="0.52 USD",
    actual_kept=True,
)
ONLY_PEOPLE = {
    "personal_data",
    "label_quality",
    "production_rows",
    "samples",
    "general_ability",
    "harm",
    "fallback",
    "retraining",
}


def test_every_point_has_an_id_of_its_own_and_a_reason() -> None:
    assert max(Counter(point.id for point in POINTS).values()) == 1
    assert all(point.text and point.why.endswith(".") for point in POINTS)


def test_the_points_come_in_the_order_of_the_work() -> None:
    assert list(dict.fromkeys(p.phase for p in POINTS)) == ["before", "during", "after"]


def test_what_the_studio_knows_shows_every_point_that_is_not_for_people() -> None:
    shown = {p.id for p in POINTS if p.evidence and p.evidence(ALL, Thresholds())}
    assert shown == {point.id for point in POINTS} - ONLY_PEOPLE
    assert {point.id for point in POINTS if point.evidence is None} == ONLY_PEOPLE


def test_what_is_not_known_shows_nothing() -> None:
    assert not any(p.evidence and p.evidence(Known(), Thresholds()) for p in POINTS)


def test_too_few_examples_or_labels_and_an_unknown_licence_are_no_evidence() -> None:
    poor = Known(suite_n=19, failures_labelled=19, licence="unknown", metric="accuracy")
    assert not any(p.evidence and p.evidence(poor, Thresholds()) for p in POINTS)
