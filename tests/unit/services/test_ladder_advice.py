from collections.abc import Iterator
from pathlib import Path

import pytest

from studio.domain.errors import NotFound
from studio.domain.ladder import FailureKind, Rung
from tests.fakes.ladder import LadderBench


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[LadderBench]:
    made = LadderBench(tmp_path)
    made.agree()
    made.suite()
    made.service.open()
    yield made
    made.close()


def ticked(bench: LadderBench) -> dict[str, str]:
    return {one.id: one.evidence for one in bench.service.checklist("project_1") if one.done}


def tuned(bench: LadderBench) -> None:
    bench.service.pilot("project_1", bench.service.proposed("project_1", Rung.FINE_TUNE))
    run = bench.service.all("project_1")[0]
    for _ in range(8):
        bench.monitor.poll_once()
    bench.ended(run)


def test_rules_questions_and_widths_are_those_of_the_tables(bench: LadderBench) -> None:
    assert {"B1", "B2", "S1"} <= {rule.id for rule in bench.service.rules()}
    assert any(one.fact == "needs_citation" for one in bench.service.questions())
    assert round(100 * bench.service.half_width(100), 1) == 7.8


def test_readiness_counts_what_can_be_trained_on(bench: LadderBench) -> None:
    assert bench.service.readiness("project_1").n_labelled == 30


def test_the_checklists_tick_themselves_from_what_the_studio_knows(bench: LadderBench) -> None:
    before = ticked(bench)
    assert before["suite"] == "30 examples"
    assert before["metric"] == "exact match, target 90 %"
    assert "signed" not in before and "baseline" not in before
    bench.charters.sign("project_1", "Ada")
    bench.measured_rung(Rung.PROMPT)
    tuned(bench)
    after = ticked(bench)
    assert after["signed"] == "by Ada"
    assert after["baseline"].startswith("exact match 0.0% (0.0% to ")
    assert after["compared"].startswith("+100.0 points, p = ")
    assert after["seed"] == "seed 7"
    assert after["licence"] == "Apache-2.0"
    assert "median of 8" in after["latency"]
    assert "a flat price" in after["cost"]
    assert "estimate" not in after and "model_card" not in after


def test_people_tick_what_only_they_can_say(bench: LadderBench) -> None:
    items = bench.service.tick("project_1", "personal_data", True)
    (item,) = [one for one in items if one.id == "personal_data"]
    assert (item.done, item.by) == (True, "person")
    assert "personal_data" not in {
        one.id for one in bench.service.tick("project_1", "personal_data", False) if one.done
    }
    with pytest.raises(NotFound):
        bench.service.tick("project_1", "weather", True)


def test_comparisons_are_remembered_until_something_new_is_measured(bench: LadderBench) -> None:
    bench.measured_rung(Rung.PROMPT)
    assert bench.service.compare("project_1") == []
    tuned(bench)
    first = bench.service.compare("project_1")
    assert len(first) == 1 and first == bench.service.compare("project_1")


def test_the_verdict_follows_the_measurements(bench: LadderBench) -> None:
    run = bench.measured_rung(Rung.PROMPT)
    bench.measured_rung(Rung.FEW_SHOT)
    for failure in bench.service.failures(run.id):
        bench.service.label(run.id, failure.result.example_id, FailureKind.BEHAVIOUR)
    tuned(bench)
    verdict = bench.service.verdict("project_1")
    assert verdict.recommended is Rung.FINE_TUNE
    assert verdict.measured and verdict.confident
    assert verdict.facts == bench.service.facts("project_1")
    assert verdict.comparisons == tuple(bench.service.compare("project_1"))
