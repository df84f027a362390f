"""Traffic windows: what was counted between two moments, read from the sums of each minute."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from studio.store import rows
from studio.store.cursor import Cursor
from studio.store.database import Database


class Sums(NamedTuple):
    """What was counted over a window."""

    answers: int
    errors: int
    input_tokens: int
    output_tokens: int
    tokens_unknown: int
    cost_nano_usd: int
    cost_unknown: int


class Thumbs(NamedTuple):
    """What was said of the answers of a window; each person's latest word."""

    up: int
    down: int
    rated: int
    """Answers that anybody gave a thumb."""
    corrections: int


class Step(NamedTuple):
    """One step of a chart; steps in which nothing happened are absent."""

    number: int
    answers: int
    errors: int
    up: int
    down: int
    latency: dict[int, int]


class Window(NamedTuple):
    """What is asked for: of one deployment, or one revision of it, between two moments."""

    deployment_id: str
    start: datetime
    end: datetime
    revision_id: str | None = None
    shadow: bool = False
    """Answers that nobody was shown, or only those that somebody was."""

    @property
    def given(self) -> list[object]:
        """Parameters of the statements, in their order."""
        start, end = rows.cell(self.start), rows.cell(self.end)
        return [self.deployment_id, self.revision_id, self.shadow, start, end]


class LifeTotals(NamedTuple):
    """What one revision of a deployment has done in all, in one of its roles."""

    deployment_id: str
    revision_id: str
    variant: str
    answers: int
    errors: int
    input_tokens: int
    output_tokens: int
    cost_nano_usd: int
    cost_unknown: int


_OF = (
    "WHERE deployment_id = $1 AND ($2::VARCHAR IS NULL OR revision_id = $2)"
    " AND (variant = 'shadow') = $3"
)
_WITHIN = f'{_OF} AND "minute" >= $4 AND "minute" < $5'
_RATED = f"{_OF} AND answered_at >= $4 AND answered_at < $5"
_STEP = "least($6 - 1, floor((epoch({at}) - epoch($4)) * $6 / (epoch($5) - epoch($4))))::INTEGER"
_MINUTE_STEP = _STEP.format(at='"minute"')


class TrafficWindows:
    """Reads windows; nothing here touches the answers themselves."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def sums(self, window: Window) -> Sums:
        """Returns the sums of a window; zeros when nothing happened."""
        fields = ", ".join(f"coalesce(sum({name}), 0)::HUGEINT" for name in Sums._fields)
        with self._database.read() as cursor:
            cursor.execute(f"SELECT {fields} FROM traffic_minutes {_WITHIN}", window.given)
            return Sums(*map(int, cursor.fetchone() or ()))

    def latency(self, window: Window) -> dict[int, int]:
        """Returns how many timed answers fell into each bucket."""
        with self._database.read() as cursor:
            sql = f"SELECT bucket, sum(n)::BIGINT FROM latency_minutes {_WITHIN} GROUP BY bucket"
            return dict(cursor.execute(sql, window.given).fetchall())

    def thumbs(self, window: Window) -> Thumbs:
        """Returns what was said of a window's answers, whenever it was said."""
        with self._database.read() as cursor:
            cursor.execute(
                "SELECT count(*) FILTER (thumb_up), count(*) FILTER (NOT thumb_up),"
                " count(DISTINCT inference_id) FILTER (thumb_up IS NOT NULL),"
                f" count(*) FILTER (corrected) FROM traffic_ratings {_RATED}",
                window.given,
            )
            return Thumbs(*cursor.fetchone() or (0, 0, 0, 0))

    def steps(self, window: Window, steps: int) -> list[Step]:
        """Returns a window in steps of equal length, oldest first."""
        given = [*window.given, steps]
        with self._database.read() as cursor:
            counted = _by_step(
                cursor,
                f"SELECT {_MINUTE_STEP} AS step, sum(answers)::BIGINT, sum(errors)::BIGINT"
                f" FROM traffic_minutes {_WITHIN} GROUP BY step",
                given,
            )
            rated = _by_step(
                cursor,
                f"SELECT {_STEP.format(at='answered_at')} AS step, count(*) FILTER (thumb_up),"
                f" count(*) FILTER (NOT thumb_up) FROM traffic_ratings {_RATED} GROUP BY step",
                given,
            )
            cursor.execute(
                f"SELECT {_MINUTE_STEP} AS step, bucket, sum(n)::BIGINT"
                f" FROM latency_minutes {_WITHIN} GROUP BY step, bucket",
                given,
            )
            latency: dict[int, dict[int, int]] = {}
            for step, bucket, n in cursor.fetchall():
                latency.setdefault(step, {})[bucket] = n
        return [
            Step(at, *counted.get(at, (0, 0)), *rated.get(at, (0, 0)), latency.get(at, {}))
            for at in sorted({*counted, *rated})
        ]

    def life(self) -> list[LifeTotals]:
        """Returns what every revision has done since it was made."""
        keys = "deployment_id, revision_id, variant"
        sums = ", ".join(f"sum({name})::HUGEINT" for name in LifeTotals._fields[3:])
        with self._database.read() as cursor:
            cursor.execute(f"SELECT {keys}, {sums} FROM traffic_minutes GROUP BY ALL ORDER BY ALL")
            return [
                LifeTotals(deployment, revision, variant, *map(int, counted))
                for deployment, revision, variant, *counted in cursor.fetchall()
            ]

    def life_latency(self) -> dict[str, tuple[dict[int, int], float]]:
        """Returns for each deployment what its shown answers took: buckets, and seconds in all."""
        found: dict[str, tuple[dict[int, int], float]] = {}
        with self._database.read() as cursor:
            cursor.execute(
                "SELECT deployment_id, bucket, sum(n)::BIGINT, sum(seconds) FROM latency_minutes"
                " WHERE variant <> 'shadow' GROUP BY ALL"
            )
            for deployment, bucket, n, seconds in cursor.fetchall():
                counts, total = found.get(deployment, ({}, 0.0))
                found[deployment] = ({**counts, bucket: n}, total + seconds)
        return found

    def life_feedback(self) -> list[tuple[str, str, str, str, int]]:
        """Returns (deployment, `thumb` or `correction` or `comment`, value, source, how many)."""
        with self._database.read() as cursor:
            cursor.execute(
                "SELECT r.deployment_id, said.metric, said.value, f.source, count(*)"
                " FROM feedback AS f JOIN traffic_ratings AS r USING (inference_id, rater),"
                " LATERAL (SELECT unnest(['thumb', 'correction', 'comment']) AS metric,"
                " unnest([CASE WHEN f.thumb_up THEN 'up' WHEN NOT f.thumb_up THEN 'down' END,"
                " CASE WHEN f.correction IS NOT NULL THEN 'given' END,"
                " CASE WHEN f.comment IS NOT NULL THEN 'given' END]) AS value) AS said"
                " WHERE said.value IS NOT NULL AND r.deployment_id <> '' GROUP BY ALL ORDER BY ALL"
            )
            return [(a, b, c, d, int(n)) for a, b, c, d, n in cursor.fetchall()]


def _by_step(cursor: Cursor, sql: str, given: Sequence[object]) -> dict[int, tuple[int, int]]:
    return {at: (first, second) for at, first, second in cursor.execute(sql, given).fetchall()}
