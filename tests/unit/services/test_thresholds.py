"""A project sets its own thresholds; rules, readiness and verdict of that project follow."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from studio.domain.errors import InvalidInput
from studio.services.thresholds import ThresholdService
from studio.store.thresholds import ThresholdStore
from tests.fakes.ladder import LadderBench


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[LadderBench]:
    made = LadderBench(tmp_path)
    made.agree()
    made.suite()
    yield made
    made.close()


def own(bench: LadderBench, project_id: str = "project_1") -> dict[str, float]:
    return {one.name: one.value for one in bench.thresholds.all(project_id) if one.changed}


def test_a_number_is_changed_kept_and_taken_back(bench: LadderBench) -> None:
    told: list[str] = []
    desk = ThresholdService(ThresholdStore(bench.database), lambda: told.append("news"))
    desk.change("project_1", "dominant_share", 0.6)
    desk.change("project_1", "few_examples", 100)
    assert own(bench) == {"dominant_share": 0.6, "few_examples": 100}
    assert own(bench, "project_2") == {}
    desk.change("project_1", "dominant_share", 0.5)
    desk.reset("project_1", "few_examples")
    assert own(bench) == {}
    assert ThresholdStore(bench.database).all("project_1") == {}
    assert len(told) == 4


def test_the_project_s_rules_follow_its_numbers(bench: LadderBench) -> None:
    """The suite has 30 examples: fewer than 200, more than 25."""
    ids = {one.rule.id for one in bench.service.verdict("project_1").fired}
    bench.thresholds.change("project_1", "few_examples", 25)
    verdict = bench.service.verdict("project_1")
    assert ids - {one.rule.id for one in verdict.fired} == {"W2"}
    assert [one.name for one in verdict.changed] == ["few_examples"]


def test_sourced_and_impossible_numbers_change_nothing(bench: LadderBench) -> None:
    for name, value in (("min_examples", 5.0), ("dominant_share", 0.1), ("nonsense", 1.0)):
        with pytest.raises(InvalidInput):
            bench.thresholds.change("project_1", name, value)
    with pytest.raises(InvalidInput):
        bench.thresholds.reset("project_1", "nonsense")
    assert own(bench) == {}


def test_a_number_that_another_rests_on_is_not_taken_back_first(bench: LadderBench) -> None:
    bench.thresholds.change("project_1", "dominant_share", 0.8)
    bench.thresholds.change("project_1", "mixed_share", 0.7)
    with pytest.raises(InvalidInput, match="would exceed"):
        bench.thresholds.reset("project_1", "dominant_share")
    assert own(bench) == {"dominant_share": 0.8, "mixed_share": 0.7}
