"""Traffic: sums for each minute of what deployments answered, and what people think of it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from studio.store import rows
from studio.store.database import Database

LAG = timedelta(minutes=10)
"""Minutes this young are summed again each time: an answer is kept after the moment it bears."""
BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)


class Tariff(NamedTuple):
    """What one model takes, in billionths of a dollar; None where that is not known."""

    project_id: str
    model_id: str
    token_in: float | None = None
    token_out: float | None = None
    second: float | None = None
    longest: int = 0
    """Tokens up to which the price of one is the same."""


Stretches = Sequence[tuple[float, float, int]]
"""From, to, and how many buckets of equal ratio lie between, as in `core.monitoring.latency`."""


def _bucket(stretches: Stretches) -> str:
    """Returns the SQL that `core.monitoring.latency.bucket_of` is in Python."""
    lines, offset = [f"WHEN seconds <= {stretches[0][0]} THEN 0"], 0
    for low, high, n in stretches:
        step = f"ceil({n} * ln(seconds / {low}) / ln({high} / {low}))"
        lines.append(f"WHEN seconds <= {high} THEN {offset} + greatest(1, least({n}, {step}))")
        offset += n
    return f"CASE {' '.join(lines)} ELSE {offset + 1} END::INTEGER"


_ASKED = """
    FROM inferences AS i
    WHERE deployment_id IS NOT NULL AND created_at >= $1
      AND ($2::TIMESTAMP[] IS NULL
           OR date_trunc('minute', created_at) IN (SELECT unnest($2::TIMESTAMP[])))
"""
_KEYS = (
    "deployment_id, coalesce(revision_id, '') AS revision_id, coalesce(variant, '') AS variant,"
    " date_trunc('minute', created_at) AS \"minute\""
)
_MODELS = f"SELECT DISTINCT project_id, model_id {_ASKED}"
_MINUTES = f"""
    INSERT INTO traffic_minutes
    WITH tariffs AS (
        SELECT unnest($3::VARCHAR[]) AS project_id, unnest($4::VARCHAR[]) AS model_id,
               unnest($5::DOUBLE[]) AS token_in, unnest($6::DOUBLE[]) AS token_out,
               unnest($7::DOUBLE[]) AS second, unnest($8::BIGINT[]) AS longest),
    asked AS (SELECT {_KEYS}, project_id, model_id, prompt_tokens, output_tokens, seconds, error
              {_ASKED}),
    priced AS (
        SELECT asked.*, CASE
            WHEN second IS NOT NULL THEN seconds * second
            WHEN greatest(prompt_tokens, output_tokens) <= longest
            THEN prompt_tokens * token_in + output_tokens * token_out END AS cost
        FROM asked LEFT JOIN tariffs USING (project_id, model_id))
    SELECT deployment_id, revision_id, variant, "minute", count(*), count(*) FILTER (error <> ''),
           coalesce(sum(prompt_tokens), 0), coalesce(sum(output_tokens), 0),
           count(*) FILTER (error = '' AND (prompt_tokens IS NULL OR output_tokens IS NULL)),
           coalesce(sum(round(cost)::HUGEINT), 0), count(*) FILTER (error = '' AND cost IS NULL)
    FROM priced GROUP BY deployment_id, revision_id, variant, "minute"
    ON CONFLICT DO UPDATE SET answers = excluded.answers, errors = excluded.errors,
        input_tokens = excluded.input_tokens, output_tokens = excluded.output_tokens,
        tokens_unknown = excluded.tokens_unknown, cost_nano_usd = excluded.cost_nano_usd,
        cost_unknown = excluded.cost_unknown
"""
_LATENCY = f"""
    INSERT INTO latency_minutes
    WITH asked AS (SELECT {_KEYS}, seconds {_ASKED} AND seconds IS NOT NULL AND error = '')
    SELECT deployment_id, revision_id, variant, "minute", {{bucket}}, count(*), sum(seconds)
    FROM asked GROUP BY ALL
    ON CONFLICT DO UPDATE SET n = excluded.n, seconds = excluded.seconds
"""
_RATINGS = """
    INSERT INTO traffic_ratings
    WITH news AS (SELECT DISTINCT inference_id, rater FROM feedback WHERE created_at >= $1)
    SELECT f.inference_id, f.rater, coalesce(any_value(i.deployment_id), ''),
           coalesce(any_value(i.revision_id), ''), coalesce(any_value(i.variant), ''),
           any_value(i.created_at),
           arg_max(f.thumb_up, (f.created_at, f.id)) FILTER (f.thumb_up IS NOT NULL),
           bool_or(f.correction IS NOT NULL), count(*)
    FROM feedback AS f JOIN news USING (inference_id, rater)
    JOIN inferences AS i ON i.id = f.inference_id
    GROUP BY f.inference_id, f.rater
    ON CONFLICT DO UPDATE SET thumb_up = excluded.thumb_up, corrected = excluded.corrected,
        words = excluded.words
"""
_BEHIND = f"""
    WITH seen AS (
        SELECT {_KEYS}, count(*) AS n FROM inferences
        WHERE deployment_id IS NOT NULL GROUP BY ALL)
    SELECT DISTINCT seen."minute" FROM seen
    LEFT JOIN traffic_minutes AS t USING (deployment_id, revision_id, variant, "minute")
    WHERE t.answers IS DISTINCT FROM n
"""


class TrafficStore:
    """Keeps the sums and brings them up to date."""

    def __init__(self, database: Database, stretches: Stretches) -> None:
        self._database = database
        self._latency = _LATENCY.format(bucket=_bucket(stretches))

    def since(self) -> datetime:
        """Returns the first moment that may not be summed yet."""
        with self._database.read() as cursor:
            at = cursor.execute("SELECT \"at\" FROM traffic_watermarks WHERE name = 'minutes'")
            kept = at.scalar()
        return BEGINNING if kept is None else kept.replace(tzinfo=UTC) - LAG

    def models(
        self, since: datetime, minutes: Sequence[datetime] | None = None
    ) -> list[tuple[str, str]]:
        """Returns project and model of every answer that is to be summed."""
        with self._database.read() as cursor:
            cursor.execute(_MODELS, _choice(since, minutes))
            return [(project, model) for project, model in cursor.fetchall()]

    def roll(
        self,
        since: datetime,
        tariffs: Sequence[Tariff],
        *,
        until: datetime,
        minutes: Sequence[datetime] | None = None,
    ) -> None:
        """Sums all minutes from a moment on, or only some, again; twice gives the same.

        Args:
            since: no minute before it is touched.
            tariffs: prices of the models that answered.
            until: the moment from which the next summing has to begin.
            minutes: which minutes; None: all.
        """
        chosen = _choice(since, minutes)
        columns = zip(*tariffs, strict=True) if tariffs else ((),) * len(Tariff._fields)
        with self._database.write() as cursor:
            cursor.execute(_MINUTES, [*chosen, *map(list, columns)])
            cursor.execute(self._latency, chosen)
            cursor.execute(_RATINGS, [chosen[0]])
            cursor.execute(
                "INSERT INTO traffic_watermarks VALUES ('minutes', ?)"
                ' ON CONFLICT DO UPDATE SET "at" = excluded."at"',
                [rows.cell(until)],
            )

    def behind(self) -> list[datetime]:
        """Returns the minutes that answers came to after they were summed."""
        with self._database.read() as cursor:
            missing = cursor.execute(
                "SELECT (SELECT count(*) FROM inferences WHERE deployment_id IS NOT NULL)"
                " <> (SELECT coalesce(sum(answers), 0) FROM traffic_minutes)"
            ).scalar()
            if not missing:
                return []
            late = cursor.execute(_BEHIND).fetchall()
        return [minute.replace(tzinfo=UTC) for (minute,) in late]

    def catch_up_ratings(self) -> None:
        """Reads all feedback again when some came under a moment that was already past."""
        with self._database.read() as cursor:
            missing = cursor.execute(
                "SELECT (SELECT count(*) FROM feedback)"
                " <> (SELECT coalesce(sum(words), 0) FROM traffic_ratings)"
            ).scalar()
        if missing:
            with self._database.write() as cursor:
                cursor.execute(_RATINGS, [rows.cell(BEGINNING)])


def _floor(at: datetime) -> datetime:
    return at.replace(second=0, microsecond=0)


def _choice(since: datetime, minutes: Sequence[datetime] | None) -> list[object]:
    chosen = None if minutes is None else [rows.cell(minute) for minute in minutes]
    return [rows.cell(_floor(since)), chosen]
