from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from studio.core.monitoring.latency import STRETCHES
from studio.domain.costing import Figure
from studio.domain.datasets import Message
from studio.domain.errors import StorageFailed
from studio.domain.evaluation import Decoding
from studio.domain.feedback import Feedback, Inference
from studio.services.traffic import TrafficService, cost_per_1000
from studio.store.database import Database
from studio.store.feedback import FeedbackStore
from studio.store.traffic import TrafficStore
from studio.store.traffic_windows import TrafficWindows

START = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)


def cost(
    model_id: str,
    tokens_in: float | None,
    tokens_out: float | None,
    seconds: float | None,
    project_id: str | None = None,
) -> Figure:
    """`dear` takes 2 and 8 USD for a million tokens; `here` 3.60 USD an hour; others say nothing.

    `tiers` takes twice as much for long prompts.
    """
    usd = None
    if model_id == "here" and seconds is not None:
        usd = seconds
    if model_id in ("dear", "tiers") and tokens_in is not None and tokens_out is not None:
        twice = 2 if model_id == "tiers" and tokens_in > 50_000 else 1
        usd = (tokens_in * 2 * twice + tokens_out * 8) / 1000
    return Figure(mid=usd, unit="USD", basis="a test")


class Desk:
    def __init__(self) -> None:
        self.database = Database(None)
        self.feedback = FeedbackStore(self.database)
        self.at = START + HOUR
        self.ticks = 0.0
        self.traffic = self.another()
        self._number = 0

    def another(self) -> TrafficService:
        """Another studio on the same data."""
        return TrafficService(
            TrafficStore(self.database, STRETCHES),
            TrafficWindows(self.database),
            cost,
            clock=lambda: self.at,
            timer=lambda: self.ticks,
        )

    def answer(self, minute: float = 0, **changes: Any) -> str:
        self._number += 1
        kept = Inference(
            id=f"inference_{self._number:04}",
            project_id="prj",
            model_id="dear",
            model_name="Dear",
            messages=(Message(role="user", content="Where to?"),),
            decoding=Decoding(),
            output="There.",
            prompt_tokens=100,
            output_tokens=10,
            seconds=1.0,
            deployment_id="dep",
            revision_id="rev_1",
            variant="champion",
            created_at=START + timedelta(minutes=minute),
        )
        self.feedback.add_inference(kept.with_(**changes))
        return kept.id

    def say(self, inference: str, up: bool | None, rater: str = "ada", **changes: Any) -> None:
        self._number += 1
        said = Feedback(
            id=f"feedback_{self._number:04}",
            inference_id=inference,
            thumb_up=up,
            rater=rater,
            created_at=START + timedelta(minutes=55, seconds=self._number),
        )
        self.feedback.add(said.with_(**changes))

    def window(self, **given: Any) -> Any:
        self.ticks += 10
        return self.traffic.window("dep", **{"start": START, "end": START + HOUR, **given})


@pytest.fixture
def desk() -> Iterator[Desk]:
    made = Desk()
    yield made
    made.database.close()


def test_nothing_is_unknown_and_not_zero(desk: Desk) -> None:
    seen = desk.window()
    assert (seen.answers, seen.errors, seen.latency_p50, seen.thumbs.value) == (0, 0, None, None)
    assert (seen.thumbs.low, seen.thumbs.high) == (0, 1)
    assert cost_per_1000(seen) is None


def test_a_window_adds_up_what_was_answered_in_it(desk: Desk) -> None:
    for minute in (0, 0.5, 30, 59.9, 60):
        desk.answer(minute, seconds=2.0)
    desk.answer(10, error="overloaded", output="", prompt_tokens=None, output_tokens=None)
    seen = desk.window()
    assert (seen.answers, seen.errors) == (5, 1)
    assert (seen.input_tokens, seen.output_tokens) == (400, 40)
    assert seen.latency_p50 == pytest.approx(2, rel=0.25)
    assert seen.latency_p95 == pytest.approx(2, rel=0.25)
    assert seen.cost_usd == Decimal("0.00112")
    assert cost_per_1000(seen) == Decimal("0.224")


def test_unknown_cost_stays_unknown_and_is_counted(desk: Desk) -> None:
    desk.answer()
    desk.answer(model_id="somebody", seconds=3)
    desk.answer(prompt_tokens=None)
    seen = desk.window()
    assert (seen.cost_usd, seen.cost_unknown, seen.input_tokens) == (None, 2, None)
    assert cost_per_1000(seen) is None


def test_a_model_here_costs_its_time(desk: Desk) -> None:
    desk.answer(model_id="here", prompt_tokens=None, seconds=2.5)
    assert desk.window().cost_usd == Decimal("0.0025")


def test_a_price_that_changes_with_length_is_taken_only_where_it_is_known(desk: Desk) -> None:
    desk.answer(model_id="tiers")
    assert desk.window().cost_usd == Decimal("0.00028")
    desk.answer(55, model_id="tiers", prompt_tokens=60_000)
    assert desk.window().cost_unknown == 1


def test_revisions_and_shadow_answers_are_told_apart(desk: Desk) -> None:
    desk.answer()
    desk.answer(revision_id="rev_2", variant="candidate")
    desk.answer(revision_id="rev_2", variant="shadow")
    desk.answer(deployment_id=None, revision_id=None, variant=None)
    assert desk.window().answers == 2
    assert desk.window(revision_id="rev_2").answers == 1
    assert desk.window(revision_id="rev_2", shadow=True).answers == 1


def test_each_persons_latest_word_counts(desk: Desk) -> None:
    first, second, _ = desk.answer(), desk.answer(), desk.answer()
    desk.say(first, False)
    desk.say(first, True)
    desk.say(first, None, correction="Here.")
    desk.say(first, True, rater="ben")
    desk.say(second, False)
    seen = desk.window()
    assert (seen.thumbs.k, seen.thumbs.n) == (2, 3)
    assert seen.thumbs.low == pytest.approx(0.2077, abs=1e-4)
    assert (seen.rated.k, seen.rated.n, seen.corrections) == (2, 3, 1)
    desk.say(second, True)
    assert desk.window().thumbs.k == 3


def test_what_is_summed_twice_counts_once(desk: Desk) -> None:
    desk.answer()
    assert desk.window().answers == 1
    desk.traffic = desk.another()
    desk.answer(0.1)
    assert desk.window().answers == 2
    assert desk.traffic.window("dep", start=START, end=START + HOUR).answers == 2


def test_a_sum_that_broke_off_in_the_middle_left_nothing(desk: Desk) -> None:
    desk.answer()
    desk.traffic._store._latency = "SELECT * FROM nothing_of_that_name"
    with pytest.raises(StorageFailed):
        desk.window()
    assert desk.traffic.lives.life() == []
    desk.traffic = desk.another()
    seen = desk.window()
    assert (seen.answers, seen.latency_p50 is None) == (1, False)


def test_an_answer_that_comes_late_counts_once(desk: Desk) -> None:
    desk.answer(55)
    desk.at = START + 3 * HOUR
    assert desk.window().answers == 1
    late = desk.answer(1)
    desk.say(late, True, created_at=START)
    assert desk.window().answers == 1
    desk.traffic.refresh(force=True)
    seen = desk.window()
    assert (seen.answers, seen.thumbs.k) == (2, 1)


def test_sums_are_not_taken_again_within_a_moment(desk: Desk) -> None:
    desk.window()
    desk.answer(55)
    assert desk.traffic.window("dep", start=START, end=START + HOUR).answers == 0
    assert desk.window().answers == 1


def test_a_chart_has_every_step(desk: Desk) -> None:
    first = desk.answer(1, seconds=4)
    desk.answer(45, error="gone", seconds=None)
    desk.say(first, True)
    points = desk.traffic.points("dep", hours=1, steps=4)
    assert [point.at for point in points] == [START + HOUR * at / 4 for at in range(4)]
    assert [point.answers for point in points] == [1, 0, 0, 1]
    assert [point.errors for point in points] == [0, 0, 0, 1]
    assert [point.up for point in points] == [1, 0, 0, 0]
    assert [point.latency_p95 is None for point in points] == [False, True, True, True]


def test_sums_in_sql_use_the_buckets_of_the_rules(desk: Desk) -> None:
    from studio.core.monitoring.latency import EDGES, bucket_of
    from studio.store.traffic_windows import Window

    ends = [high for _, high, _ in STRETCHES]
    times = [0.0, 0.005, 0.01, *ends, *(edge * 1.001 for edge in EDGES), 1e5]
    for seconds in times:
        desk.answer(seconds=seconds)
    desk.traffic.refresh(force=True)
    found = desk.traffic.lives.latency(Window("dep", START, START + HOUR))
    wanted: dict[int, int] = {}
    for seconds in times:
        wanted[bucket_of(seconds)] = wanted.get(bucket_of(seconds), 0) + 1
    assert found == wanted
