"""Layouts: from empty, from every release, in whole steps, and never from a newer studio."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from studio.domain.costing import AssumptionEdit, Estimate, PriceOverride
from studio.domain.errors import StorageFailed, StudioError
from studio.domain.keys import Access, KeptKey
from studio.domain.sizing import Probe
from studio.domain.thresholds import ThresholdEdit
from studio.domain.values import Value
from studio.store.database import Database
from studio.store.datasets import DatasetStore
from studio.store.evaluations import EvaluationStore
from studio.store.feedback import TABLES, FeedbackStore
from studio.store.jobs import JobStore
from studio.store.migrate import Migration, migrate, shipped
from studio.store.models import ModelStore
from tests.unit.store import samples
from tests.unit.store.release import RELEASED, as_sql, fill


def layout(database: Database) -> list[tuple[str, ...]]:
    with database.read() as cursor:
        cursor.execute(
            "SELECT table_name, column_name, data_type, is_nullable FROM duckdb_columns()"
            " WHERE NOT internal ORDER BY table_name, column_index"
        )
        return list(cursor.fetchall())


def steps_applied(database: Database) -> list[int]:
    with database.read() as cursor:
        found = cursor.execute("SELECT number FROM migrations ORDER BY number").fetchall()
        return [number for (number,) in found]


def test_an_empty_database_gets_every_step_once(tmp_path: Path) -> None:
    numbers = [step.number for step in shipped()]
    for _ in range(2):
        with Database(tmp_path / "studio.duckdb") as database:
            assert steps_applied(database) == numbers


def test_steps_are_numbered_without_gaps() -> None:
    numbers = [step.number for step in shipped()]
    assert numbers == list(range(1, len(numbers) + 1))


@pytest.mark.parametrize("file", sorted(RELEASED.glob("*.sql")), ids=lambda path: path.stem)
def test_a_released_database_comes_up_to_date(file: Path, tmp_path: Path) -> None:
    path = tmp_path / "studio.duckdb"
    with duckdb.connect(str(path)) as old:
        old.execute(file.read_text(encoding="utf-8"))
    with Database(path) as updated, Database(None) as fresh:
        assert layout(updated) == layout(fresh)
        assert steps_applied(updated) == steps_applied(fresh)
        assert len(DatasetStore(updated).examples("version_1")) == 2
        assert JobStore(updated).events("job_1")
        assert ModelStore(updated).versions() and ModelStore(updated).bases()
        assert EvaluationStore(updated).results("evaluation_1")
        assert FeedbackStore(updated).latest_thumb("inference_1") is True


def test_what_a_release_writes_down_makes_the_same_database(tmp_path: Path) -> None:
    with Database(None) as original:
        fill(original)
        written = as_sql(original)
    with duckdb.connect(str(tmp_path / "studio.duckdb")) as old:
        old.execute(written)
    with Database(tmp_path / "studio.duckdb") as again:
        assert sorted(as_sql(again).splitlines()) == sorted(written.splitlines())


NOUNS: dict[str, type[Value]] = {
    "projects": type(samples.project()),
    "sources": type(samples.source()),
    "datasets": type(samples.dataset()),
    "dataset_versions": type(samples.version("dataset_1", [])),
    "refused_rows": samples.RefusedRow,
    "base_models": type(samples.base_model()),
    "model_versions": type(samples.model_version()),
    "jobs": type(samples.job()),
    "events": type(samples.event(1)),
    "evaluations": type(samples.evaluation()),
    "results": type(samples.result(1)),
    "answers": type(samples.answer()),
    "charters": type(samples.charter()),
    "suites": type(samples.suite()),
    "rung_runs": type(samples.rung_run()),
    "rung_results": type(samples.rung_result(1)),
    "failure_labels": type(samples.failure_label("rung_1")),
    "estimates": Estimate,
    "probes": Probe,
    "price_overrides": PriceOverride,
    "assumption_edits": AssumptionEdit,
    "threshold_edits": ThresholdEdit,
    "api_keys": KeptKey,
    "access": Access,
    **{table: noun for table, noun, _ in TABLES.values()},
}
LINKS = {"events": {"job_id"}, "results": {"run_id"}, "answers": {"key"}}
LINKS["rung_results"] = {"run_id"}
LINKS["refused_rows"] = {"version_id", "position"}


@pytest.mark.parametrize("table", NOUNS)
def test_every_field_of_a_noun_has_its_column(table: str, database: Database) -> None:
    found = {row[1] for row in layout(database) if row[0] == table}
    assert found == set(NOUNS[table].model_fields) | LINKS.get(table, set())


def test_a_database_of_a_newer_studio_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "studio.duckdb"
    with Database(path) as database, database.write() as cursor:
        cursor.execute("INSERT INTO migrations VALUES (9001, '9001_later.sql', 'x', now())")
    with pytest.raises(StorageFailed, match="newer Ladder Studio .layout 9001") as caught:
        Database(path)
    assert "Update" in caught.value.hint


def test_an_altered_step_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "studio.duckdb"
    with Database(path) as database, database.write() as cursor:
        cursor.execute("UPDATE migrations SET sha256 = 'x' WHERE number = 1")
    with pytest.raises(StorageFailed, match="differs from 0001"):
        Database(path)


def test_a_failing_step_leaves_the_layout_as_it_was(on_disk: Database) -> None:
    last = shipped()[-1].number
    good = Migration(last + 1, "9001_good.sql", "CREATE TABLE good (a INTEGER)")
    bad = Migration(last + 2, "9002_bad.sql", "CREATE TABLE half (a INTEGER); SELECT nonsense")
    before = layout(on_disk)
    with pytest.raises(StudioError), on_disk.write() as cursor:
        migrate(cursor, [*shipped(), good, bad])
    assert layout(on_disk) == before
    with on_disk.write() as cursor:
        migrate(cursor, [*shipped(), good])
    assert steps_applied(on_disk) == [*(step.number for step in shipped()), last + 1]
