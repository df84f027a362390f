"""Windows over many answers: `python -m tests.benchmarks.traffic_windows --json`.

Makes a database of 10 million answers of one deployment over 30 days, one in fifty of them rated,
sums it as the studio does, and asks for windows of an hour, a day and 30 days: through the
studio's service, and by reading the answers themselves in the same run.
"""

from __future__ import annotations

import argparse
import resource
import statistics
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from studio.core.monitoring.latency import STRETCHES
from studio.domain.costing import Figure
from studio.domain.deployments import Deployment
from studio.services.metrics import MetricService
from studio.services.traffic import FRESH, TrafficService
from studio.store import rows
from studio.store.database import Database
from studio.store.flywheel_counts import FlywheelCounts
from studio.store.traffic import TrafficStore
from studio.store.traffic_windows import TrafficWindows
from tests.benchmarks.output import circumstances, give, say

END = datetime(2026, 11, 24, tzinfo=UTC)
DAYS = 30
BATCH = 500_000
WINDOWS = {"1h": timedelta(hours=1), "24h": timedelta(days=1), "30d": timedelta(days=DAYS)}

ANSWERS = """
    INSERT INTO inferences (id, project_id, model_id, model_name, messages, decoding, output,
        prompt_tokens, output_tokens, seconds, metadata, created_at, deployment_id, revision_id,
        variant, session, error)
    SELECT printf('inference_%016x', n), 'prj', 'endpoint:acme/large', 'Large',
           '[{"role":"user","content":"Which desk takes this letter?"}]', '{}', 'The third.',
           40 + n % 200, 5 + n % 30, 0.2 + (hash(n) % 100000) / 25000.0, '{}',
           $3::TIMESTAMP + to_microseconds((n * $4)::BIGINT),
           'dep', CASE WHEN n % 10 = 0 THEN 'rev_2' ELSE 'rev_1' END,
           CASE WHEN n % 10 = 0 THEN 'candidate' ELSE 'champion' END, '',
           CASE WHEN hash(n) % 500 = 0 THEN 'overloaded' ELSE '' END
    FROM range($1::BIGINT, $2::BIGINT) AS numbers(n)
"""
SAID = """
    INSERT INTO feedback (id, inference_id, thumb_up, rater, created_at, source)
    SELECT printf('feedback_%016x', n), printf('inference_%016x', n * 50 % $1::BIGINT),
           hash(n) % 5 > 0, 'person ' || n % 40,
           $2::TIMESTAMP + to_microseconds((n * 50 * $3)::BIGINT), 'api'
    FROM range($1::BIGINT // 50) AS numbers(n)
"""
SCAN = """
    SELECT count(*), count(*) FILTER (error <> ''), sum(prompt_tokens), sum(output_tokens),
           quantile_cont(seconds, [0.5, 0.95])
    FROM inferences WHERE deployment_id = 'dep' AND created_at >= $1 AND created_at < $2
"""
SCAN_THUMBS = """
    SELECT count(*) FILTER (t.thumb_up), count(*)
    FROM latest_thumbs AS t JOIN inferences AS i ON i.id = t.inference_id
    WHERE i.deployment_id = 'dep' AND i.created_at >= $1 AND i.created_at < $2
"""


def parser() -> argparse.ArgumentParser:
    """Returns the command's options."""
    options = argparse.ArgumentParser(prog="python -m tests.benchmarks.traffic_windows")
    options.add_argument("--json", action="store_true", help="nothing but the JSON line on stdout")
    options.add_argument("--answers", type=int, default=10_000_000, help="how many to make")
    options.add_argument("--repeats", type=int, default=5, help="times that each window is read")
    return options


def main(arguments: list[str] | None = None) -> None:
    """Runs the benchmark."""
    wanted = parser().parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="traffic-windows-") as folder:
        path = Path(folder) / "studio.duckdb"
        with Database(path) as database:
            figures = measured(database, wanted.answers, wanted.repeats)
        figures["database_mb"] = round(path.stat().st_size / 1e6)
    figures["peak_memory_mb"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    give(table(figures), {**figures, **circumstances()}, as_json=wanted.json)


def measured(database: Database, answers: int, repeats: int) -> dict[str, Any]:
    """Returns every figure by its name in the JSON."""
    _fill(database, answers)
    _deployed(database)
    ticks = [0.0]
    service = TrafficService(
        TrafficStore(database, STRETCHES),
        TrafficWindows(database),
        lambda *asked: Figure(
            mid=((asked[1] or 0) * 2 + (asked[2] or 0) * 8) / 1000 if asked[3] is None else None,
            unit="USD",
            basis="made up",
        ),
        clock=lambda: END,
        timer=lambda: ticks[0],
    )
    say("summing all of it")
    first = _seconds(service.refresh)
    say("summing what is new, which is nothing")
    again = []
    for _ in range(3):
        ticks[0] += FRESH + 1
        again.append(_seconds(service.refresh))
    recount = _seconds(lambda: service.refresh(force=True))
    windows = {}
    for name, length in WINDOWS.items():
        say(f"window of {name}")
        start = END - length
        ours = [_seconds(lambda s=start: _window(service, s)) for _ in range(repeats)]
        scan = [_seconds(lambda s=start: _scan(database, s)) for _ in range(repeats)]
        windows[name] = {
            "ms": round(statistics.median(ours) * 1000, 1),
            "scan_ms": round(statistics.median(scan) * 1000, 1),
            "times_faster": round(statistics.median(scan) / statistics.median(ours), 1),
            "agrees": _agrees(service, database, start),
        }
    chart = _seconds(lambda: service.points("dep", hours=24 * DAYS, steps=60))
    metrics = MetricService(service, FlywheelCounts(database), lambda deployment: 0)
    told = statistics.median(_seconds(metrics.text) for _ in range(3))
    return {
        "answers": answers,
        "first_sum_seconds": round(first, 1),
        "next_sum_ms": round(statistics.median(again) * 1000, 1),
        "recount_ms": round(recount * 1000, 1),
        "metrics_ms": round(told * 1000, 1),
        "chart_30d_ms": round(chart * 1000, 1),
        "windows": windows,
    }


def table(figures: dict[str, Any]) -> list[list[str]]:
    """Returns the same figures for people."""
    lines = [["window", "service, ms", "scan, ms", "times faster", "agrees"]]
    for name, found in figures["windows"].items():
        lines.append([name, *(str(found[key]) for key in found)])
    return lines


def _fill(database: Database, answers: int) -> None:
    apart = DAYS * 86_400 * 1_000_000 / answers
    start = (END - timedelta(days=DAYS)).replace(tzinfo=None)
    for low in range(0, answers, BATCH):
        say(f"{low:,} answers are made")
        with database.write() as cursor:
            cursor.execute(ANSWERS, [low, min(low + BATCH, answers), start, apart])
    with database.write() as cursor:
        cursor.execute(SAID, [answers, start, apart])


def _deployed(database: Database) -> None:
    kept = Deployment(id="dep", project_id="prj", name="router", salt="s", created_at=END)
    with database.write() as cursor:
        rows.add(cursor, "deployments", kept, "deployment")


def _window(service: TrafficService, start: datetime) -> object:
    # Within a moment of the last look nothing is summed; that is timed on its own.
    return service.window("dep", start=start, end=END)


def _scan(database: Database, start: datetime) -> tuple[Any, ...]:
    given = [start.replace(tzinfo=None), END.replace(tzinfo=None)]
    with database.read() as cursor:
        counted = cursor.execute(SCAN, given).fetchone() or ()
        return (*counted, *(cursor.execute(SCAN_THUMBS, given).fetchone() or ()))


def _agrees(service: TrafficService, database: Database, start: datetime) -> bool:
    """Says whether both tell the same: counts exactly, latencies to a tenth."""
    seen = service.window("dep", start=start, end=END)
    answers, errors, _, output, times, up, rated = _scan(database, start)
    counts = (seen.answers, seen.errors, seen.output_tokens, seen.thumbs.k, seen.thumbs.n)
    ours = (seen.latency_p50 or 0, seen.latency_p95 or 0)
    near = all(abs(a - b) <= 0.1 * b for a, b in zip(ours, times, strict=True))
    return counts == (answers, errors, output, up, rated) and near


def _seconds(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


if __name__ == "__main__":
    main()
