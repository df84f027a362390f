"""Release: `python -m tests.unit.store.release 0.1.0` keeps the layout of a release for ever.

Run it when a version is released. It writes the tables as DuckDB spells them and one row of each
noun to `released/<version>.sql`; tests then bring that database up to date with every later studio.
"""

from __future__ import annotations

import sys
from pathlib import Path

from studio.store.charters import CharterStore
from studio.store.database import Database
from studio.store.datasets import DatasetStore
from studio.store.evaluations import EvaluationStore
from studio.store.feedback import FeedbackStore
from studio.store.jobs import JobStore
from studio.store.ladder import LadderStore
from studio.store.models import ModelStore
from studio.store.projects import ProjectStore
from tests.unit.store import samples

RELEASED = Path(__file__).parent / "released"


def fill(database: Database) -> None:
    """Adds one of everything."""
    ProjectStore(database).add(samples.project(id="project_1", name="Client"))
    datasets = DatasetStore(database)
    datasets.add_source(samples.source(id="source_1"))
    datasets.add_dataset(samples.dataset(id="dataset_1"))
    rows = samples.examples(2)
    refused = [samples.RefusedRow(line=3, reason="The answer is empty.")]
    version = samples.version("dataset_1", rows, refused, id="version_1")
    datasets.add_version(version, rows, refused)
    models = ModelStore(database)
    models.add_base(samples.base_model())
    models.add_version(samples.model_version(id="model_1"))
    jobs = JobStore(database)
    jobs.add(samples.job(id="job_1"))
    jobs.add_events("job_1", [samples.event(1)])
    evaluations = EvaluationStore(database)
    evaluations.add(samples.evaluation(id="evaluation_1"))
    evaluations.add_results("evaluation_1", [samples.result(1)])
    evaluations.keep_answers([("key_1", samples.answer())])
    feedback = FeedbackStore(database)
    feedback.add_inference(samples.inference(id="inference_1"))
    feedback.add(samples.feedback("inference_1", id="feedback_1"))
    CharterStore(database).add(samples.charter(id="charter_1"))
    ladder = LadderStore(database)
    ladder.choose_suite(samples.suite())
    ladder.add(samples.rung_run(id="rung_1"))
    ladder.add_results("rung_1", [samples.rung_result(1)])
    ladder.label(samples.failure_label("rung_1", id="label_1"))
    ladder.answer("project_1", "needs_citation", True)
    ladder.tick("project_1", "before.metric", True, samples.now())


def as_sql(database: Database) -> str:
    """Returns statements that make this database again, layout and rows."""
    with database.read() as cursor:
        layout = cursor.execute(
            "SELECT table_name, sql FROM duckdb_tables() UNION ALL BY NAME"
            " SELECT view_name AS table_name, sql FROM duckdb_views() WHERE NOT internal"
        ).fetchall()
        lines = [sql.strip() for _, sql in layout]
        for table, _ in layout:
            if table == "latest_thumbs":
                continue
            for row in cursor.execute(f"SELECT * FROM {table}").fetchall():
                lines.append(f"INSERT INTO {table} VALUES ({', '.join(map(literal, row))});")
    return "\n".join(lines) + "\n"


def literal(content: object) -> str:
    """Returns a cell as SQL."""
    if content is None:
        return "NULL"
    if isinstance(content, bool | int | float):
        return str(content)
    return "'" + str(content).replace("'", "''") + "'"


if __name__ == "__main__":
    with Database(None) as fresh:
        fill(fresh)
        (RELEASED / f"{sys.argv[1]}.sql").write_text(as_sql(fresh), encoding="utf-8")
