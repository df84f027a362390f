from __future__ import annotations

import random
from collections import Counter

import pytest

from studio.core.monitoring.latency import BUCKETS, EDGES, at_most, bucket_of, quantile


def test_there_are_64_buckets_and_prometheus_edges_are_among_them() -> None:
    assert BUCKETS == 64
    assert {0.1, 0.25, 0.5, 1, 2, 5, 10, 30, 60} <= set(EDGES)
    assert list(EDGES) == sorted(set(EDGES))


def test_an_edge_belongs_to_the_bucket_it_ends() -> None:
    assert [bucket_of(edge) for edge in EDGES] == list(range(63))
    assert bucket_of(0) == 0
    assert bucket_of(10_000) == 63


def test_without_answers_nothing_is_known() -> None:
    assert quantile({}, 0.5) is None


def test_what_exceeds_the_last_edge_is_told_as_that_edge() -> None:
    assert quantile({63: 4}, 0.95) == 600


@pytest.mark.parametrize("share", [0.5, 0.95])
def test_a_quantile_is_that_of_the_durations_to_a_few_percent(share: float) -> None:
    draw = random.Random(5)
    times = sorted(draw.lognormvariate(0.3, 0.8) for _ in range(5000))
    found = quantile(Counter(map(bucket_of, times)), share)
    assert found == pytest.approx(times[int(share * 5000)], rel=0.05)


def test_at_most_counts_exactly_at_an_edge() -> None:
    times = [0.1, 0.11, 1.0, 1.001, 700]
    counts = Counter(map(bucket_of, times))
    assert [at_most(counts, edge) for edge in (0.1, 1, 60)] == [1, 3, 4]
