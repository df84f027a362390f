"""Dataset versions are kept whole and for ever; pages accept only known columns."""

from __future__ import annotations

from typing import Any

import pytest

from studio.domain.datasets import DataFormat, Message, RefusedRow, Split
from studio.domain.errors import Conflict, InvalidInput, NotFound
from studio.store.database import Database
from studio.store.datasets import DatasetStore
from studio.store.examples import BATCH
from tests.unit.store import samples


@pytest.fixture
def store(database: Database) -> DatasetStore:
    store = DatasetStore(database)
    store.add_dataset(samples.dataset(id="dataset_1"))
    rows = samples.examples(100)
    store.add_version(samples.version("dataset_1", rows, id="version_1"), rows)
    return store


def test_sources_are_found_by_id_and_by_contents(store: DatasetStore) -> None:
    source = samples.source()
    store.add_source(source)
    assert store.source(source.id) == source
    assert store.source_by_sha(source.sha256) == source
    assert store.source_by_sha("00") is None


def test_a_project_has_one_dataset_of_a_name(store: DatasetStore) -> None:
    other = samples.dataset(project_id="project_2")
    store.add_dataset(other)
    assert store.datasets("project_2") == [other]
    assert store.dataset_by_name("project_2", "Tickets") == other
    assert store.dataset_by_name("project_3", "Tickets") is None
    with pytest.raises(Conflict, match="Tickets"):
        store.add_dataset(samples.dataset(project_id="project_2"))


def test_examples_come_back_as_they_were_and_in_order(store: DatasetStore) -> None:
    rows = samples.examples(100)
    assert store.examples("version_1") == rows
    for split in Split:
        assert store.examples("version_1", split) == [row for row in rows if row.split is split]


def test_a_version_comes_back_with_what_was_refused(store: DatasetStore) -> None:
    rows, refused = (
        samples.examples(2),
        [
            RefusedRow(line=9, reason="The answer is empty.", excerpt='{"a": 1}'),
            RefusedRow(line=4, reason="Not JSON."),
        ],
    )
    mapping = {"prompt": "question", "answer": "reply"}
    version = samples.version(
        "dataset_1", rows, refused, number=2, format=DataFormat.COLUMNS, mapping=mapping
    )
    store.add_version(version, rows, refused)
    assert store.version(version.id) == version
    assert [one.number for one in store.versions("dataset_1")] == [1, 2]
    assert store.refused(version.id) == sorted(refused, key=lambda row: row.line)


def test_more_rows_than_a_batch_holds_keep_their_order(store: DatasetStore) -> None:
    rows = samples.examples(2 * BATCH + 1)
    version = samples.version("dataset_1", rows, number=2)
    store.add_version(version, rows)
    assert store.examples(version.id) == rows


def test_adding_the_same_version_twice_does_not_double_its_rows(store: DatasetStore) -> None:
    rows = samples.examples(3)
    version = samples.version("dataset_1", rows, number=2)
    for _ in range(2):
        store.add_version(version, rows)
    assert len(store.examples(version.id)) == 3


REFUSALS: dict[str, dict[str, Any]] = {
    "the number is taken": {"number": 1},
    "the count is wrong": {"number": 2, "n_examples": 4},
    "the splits are wrong": {"number": 2, "splits": {Split.TEST: 3}},
    "rows were refused that did not come": {"number": 2, "n_refused": 1},
}


@pytest.mark.parametrize("changes", REFUSALS.values(), ids=REFUSALS)
def test_a_contradictory_version_leaves_nothing(
    store: DatasetStore, database: Database, changes: dict[str, Any]
) -> None:
    rows = samples.examples(3)
    with pytest.raises(Conflict):
        store.add_version(samples.version("dataset_1", rows, **changes), rows)
    with database.read() as cursor:
        assert cursor.execute("SELECT count(*) FROM examples").scalar() == 100
        assert cursor.execute("SELECT count(*) FROM dataset_versions").scalar() == 1


def test_repeated_ids_are_refused(store: DatasetStore) -> None:
    rows = [samples.example(1), samples.example(1)]
    with pytest.raises(Conflict, match="same id"):
        store.add_version(samples.version("dataset_1", rows, number=2), rows)


def test_unknown_things_are_not_found(store: DatasetStore) -> None:
    for ask in (store.source, store.dataset, store.version, store.examples, store.page):
        with pytest.raises(NotFound):
            ask("nothing")
    rows = samples.examples(1)
    with pytest.raises(NotFound):
        store.add_version(samples.version("nothing", rows), rows)


def test_a_page_shows_its_rows_and_the_total(store: DatasetStore) -> None:
    rows, total = store.page("version_1", start=10, end=12)
    assert total == 100
    assert rows[0] == {
        "id": "example_10",
        "line": 11,
        "prompt": "My parcel 10 is late.",
        "answer": "delivery",
        "split": "train",
        "system": "Answer with the team's name.",
    }
    assert [row["line"] for row in rows] == [11, 12]


def test_pages_of_equal_rows_neither_repeat_nor_skip(store: DatasetStore) -> None:
    for direction in ("asc", "desc"):
        seen = [
            row["id"]
            for start in range(0, 100, 7)
            for row in store.page(
                "version_1", start=start, end=start + 7, sort="answer", direction=direction
            )[0]
        ]
        assert sorted(seen) == sorted(example.id for example in samples.examples(100))
    assert store.page("version_1", start=100, end=110) == ([], 100)


def test_filters_narrow_the_page_and_its_total(store: DatasetStore) -> None:
    filters = {
        "prompt": {"filterType": "text", "type": "contains", "filter": "PARCEL 1"},
        "split": {"type": "equals", "filter": "test"},
    }
    for _ in range(2):  # the second time the total comes from memory
        rows, total = store.page("version_1", filters=filters, sort="line", direction="desc")
        assert [row["id"] for row in rows] == ["example_19", "example_14"]
        assert total == 2
    assert store.page("version_1", filters={"prompt": {"type": "contains", "filter": "%"}})[1] == 0


def test_a_conversation_of_many_turns_is_searchable(store: DatasetStore) -> None:
    roles = ("user", "assistant", "user", "assistant")
    turns = tuple(Message(role=role, content=f"turn {n}") for n, role in enumerate(roles))
    rows = [samples.example(1, messages=turns)]
    version = samples.version("dataset_1", rows, number=2)
    store.add_version(version, rows)
    shown, _ = store.page(version.id)
    assert shown[0]["prompt"] == "user: turn 0\nassistant: turn 1\nuser: turn 2"
    assert (shown[0]["answer"], shown[0]["system"]) == ("turn 3", "")
    assert store.examples(version.id) == rows


ATTACKS = ("line; DROP TABLE examples", "(SELECT 1)", "messages", "version_id", "1", "Line", "")


@pytest.mark.parametrize("attack", [*ATTACKS, "line desc, id"])
def test_only_listed_columns_sort_and_filter(store: DatasetStore, attack: str) -> None:
    wanted: tuple[dict[str, Any], ...] = (
        {"direction": attack},
        {"filters": {attack: {"type": "contains", "filter": "x"}}},
        {"filters": {"prompt": {"type": attack, "filter": "x"}}},
        *([{"sort": attack}] if attack else []),
    )
    for request in wanted:
        with pytest.raises(InvalidInput):
            store.page("version_1", **request)
    needle = {"prompt": {"type": "contains", "filter": attack + "' OR 1=1 --"}}
    assert store.page("version_1", filters=needle) == ([], 0)


@pytest.mark.parametrize(("start", "end"), [(-1, 5), (5, 4), (0, 1001)])
def test_a_range_that_is_no_page_is_refused(store: DatasetStore, start: int, end: int) -> None:
    with pytest.raises(InvalidInput, match="not a page"):
        store.page("version_1", start=start, end=end)


def test_answers_alone_are_those_of_the_examples_in_order(store: DatasetStore) -> None:
    assert store.answers("version_1") == [e.answer for e in store.examples("version_1")]
    with pytest.raises(NotFound):
        store.answers("version_0")
