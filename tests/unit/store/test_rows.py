"""Values go in and come out the same, whatever text and numbers they hold."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from studio.domain.datasets import Message
from studio.domain.values import new_id
from studio.store.database import Database
from studio.store.datasets import DatasetStore
from studio.store.jobs import JobStore
from studio.store.projects import ProjectStore
from tests.unit.store import samples

TEXTS = st.text(st.characters(exclude_categories=("Cs",)), max_size=30)
NUMBERS = st.floats(allow_nan=False, allow_infinity=False) | st.integers(-(2**53), 2**53)
QUICK = settings(max_examples=40, deadline=None, derandomize=True)


@pytest.fixture(scope="module")
def memory() -> Iterator[Database]:
    """One for all examples of a property: opening one for each would take most of the time."""
    with Database(None) as opened:
        yield opened


@QUICK
@given(texts=st.lists(st.tuples(TEXTS, TEXTS, TEXTS), min_size=1, max_size=5))
def test_any_text_of_an_example_comes_back(
    memory: Database, texts: list[tuple[str, str, str]]
) -> None:
    rows = [
        samples.example(
            n,
            messages=(
                Message(role="system", content=system),
                Message(role="user", content=prompt),
                Message(role="assistant", content=answer),
            ),
        )
        for n, (system, prompt, answer) in enumerate(texts)
    ]
    store = DatasetStore(memory)
    dataset = samples.dataset(name=new_id("name"))
    store.add_dataset(dataset)
    version = samples.version(dataset.id, rows)
    store.add_version(version, rows)
    assert store.examples(version.id) == rows
    shown, _ = store.page(version.id)
    assert [(row["system"], row["prompt"], row["answer"]) for row in shown] == texts


@QUICK
@given(data=st.dictionaries(TEXTS, NUMBERS | TEXTS | st.booleans() | st.none(), max_size=5))
def test_any_data_of_an_event_comes_back(memory: Database, data: dict[str, object]) -> None:
    store, job = JobStore(memory), samples.job()
    store.add(job)
    event = samples.event(1, data=data)
    store.add_events(job.id, [event])
    assert store.events(job.id) == [event]


@QUICK
@given(
    moment=st.datetimes(
        datetime(1, 1, 2),
        datetime(9999, 12, 30),
        timezones=st.integers(-23, 23).map(lambda hours: timezone(timedelta(hours=hours))),
    )
)
def test_any_moment_comes_back_in_utc(memory: Database, moment: datetime) -> None:
    store, project = ProjectStore(memory), samples.project(created_at=moment)
    store.add(project)
    kept = store.get(project.id).created_at
    assert kept == moment
    assert kept.tzinfo is UTC


def test_opening_the_store_loads_no_arrow() -> None:
    probe = (
        "import sys\n"
        "from studio.store import datasets, evaluations, feedback, jobs, models, projects\n"
        "from studio.store.database import Database\n"
        "Database(None).close()\n"
        "sys.exit('pyarrow' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", probe]).returncode == 0
