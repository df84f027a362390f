"""From a file to an immutable version: nothing is left out without a word."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from studio.core.splits import counts
from studio.domain.datasets import ColumnMapping, DataFormat, DatasetVersion, Split
from studio.domain.errors import InvalidDataset, InvalidInput, NotFound, StorageFailed
from studio.services.datasets import DatasetService
from studio.store.database import Database
from studio.store.datasets import DatasetStore
from tests.fakes.reader import FakeReader

MAPPING = ColumnMapping(prompt="text", answer="label")
GOOD: list[dict[str, object] | str] = [
    {"text": f"Question number {n}", "label": ("red", "blue")[n % 2]} for n in range(60)
]
BAD: list[dict[str, object] | str] = [
    {"text": "", "label": "red"},
    "This is not valid JSON.",
    {"text": "Question number 3", "label": "blue"},
]


class Place:
    """A service over an empty store, with a file that holds the given rows."""

    def __init__(self, folder: Path) -> None:
        self.database = Database(None)
        self.reader = FakeReader(GOOD)
        self.service = DatasetService(DatasetStore(self.database), self.reader, folder / "sources")
        file = folder / "tickets.csv"
        file.write_bytes(b"text,label\n")
        self.source = self.service.stage(file, "tickets.csv")

    def create(self, name: str = "Tickets", **options: object) -> DatasetVersion:
        """Imports the file's rows."""
        return self.service.create(
            self.source.id,
            project_id="prj_1",
            name=name,
            format=DataFormat.COLUMNS,
            mapping=MAPPING,
            **options,
        )


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path)


def test_a_preview_shows_all_that_an_import_would_do(place: Place) -> None:
    place.reader.rows = [*GOOD, *BAD]
    preview = place.service.preview(place.source.id)
    assert (preview.format, preview.mapping) == (DataFormat.COLUMNS, MAPPING)
    assert preview.columns == ("text", "label")
    assert (preview.n_rows, preview.n_examples, preview.n_duplicates) == (63, 60, 1)
    assert [row.line for row in preview.refused] == [61, 62, 63]
    assert len(preview.rows) == len(preview.examples) == 20
    assert preview.rows[0] == {"text": "Question number 0", "label": "red"}
    assert sum(preview.splits.values()) == 60
    assert preview.balance.closed
    assert place.service.all("prj_1") == []


def test_an_import_keeps_what_the_preview_showed(place: Place) -> None:
    preview = place.service.preview(place.source.id)
    version = place.create()
    kept = place.service.examples(version.id)
    assert [example.messages for example in kept[:20]] == [e.messages for e in preview.examples]
    assert version.splits == preview.splits == counts(kept)
    assert place.service.balance(version.id) == preview.balance
    assert (version.number, version.n_examples, version.n_refused) == (1, 60, 0)
    assert version.source_sha256 == place.source.sha256


def test_refused_rows_stop_the_import_until_they_are_accepted(place: Place) -> None:
    place.reader.rows = [*GOOD, *BAD, ""]
    with pytest.raises(InvalidDataset) as refusal:
        place.create()
    assert refusal.value.message == (
        "4 of 64 rows cannot be used: line 61: `text` is empty. "
        "line 62: This is not valid JSON. line 63: Same as line 4. …"
    )
    assert "accept" in refusal.value.hint
    assert place.service.all("prj_1") == []
    version = place.create(accept_refused=True)
    assert version.n_refused == 4
    assert [row.line for row in place.service.refused(version.id)] == [61, 62, 63, 64]


@pytest.mark.parametrize("rows", [[], BAD[:2]], ids=["no row", "no usable row"])
def test_a_file_without_a_usable_row_never_becomes_a_version(
    place: Place, rows: list[dict[str, object] | str]
) -> None:
    place.reader.rows = rows
    with pytest.raises(InvalidDataset):
        place.create(accept_refused=True)
    assert place.service.all("prj_1") == []


def test_a_second_import_makes_the_next_version_and_leaves_the_first(place: Place) -> None:
    first = place.create()
    before = place.service.examples(first.id)
    place.reader.rows = [*GOOD, {"text": "One more", "label": "red"}]
    second = place.create("  Tickets ")
    (dataset,) = place.service.all("prj_1")
    assert place.service.get(dataset.id) == dataset
    assert place.service.versions(dataset.id) == [first, second]
    assert second.number == 2
    assert place.service.examples(first.id) == before
    where = {example.prompt_hash: example.split for example in before}
    again = place.service.examples(second.id)
    assert all(where[e.prompt_hash] is e.split for e in again if e.prompt_hash in where)


def test_equal_contents_are_recognised_by_their_hash(place: Place) -> None:
    hashes = {place.create().content_hash, place.create("Copy").content_hash}
    assert len(hashes) == 1


def test_imports_at_the_same_time_get_different_numbers(place: Place) -> None:
    threads = [threading.Thread(target=place.create) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    (dataset,) = place.service.all("prj_1")
    assert [version.number for version in place.service.versions(dataset.id)] == [1, 2, 3, 4]


def test_a_version_is_kept_whole_or_not_at_all(place: Place) -> None:
    place.reader.rows = [*GOOD, *BAD]
    with place.database.write() as cursor:
        cursor.execute("DROP TABLE refused_rows")
    with pytest.raises(StorageFailed):
        place.create(accept_refused=True)
    assert place.service.all("prj_1") == []


@pytest.mark.parametrize("name", ["", "  ", "x" * 81])
def test_a_dataset_needs_a_name(place: Place, name: str) -> None:
    with pytest.raises(InvalidInput, match="name"):
        place.create(name)


def test_a_chosen_column_must_exist(place: Place) -> None:
    wrong = ColumnMapping(prompt="text", answer="team")
    with pytest.raises(InvalidDataset, match="no column 'team'"):
        place.service.preview(place.source.id, format=DataFormat.COLUMNS, mapping=wrong)


def test_a_table_that_cannot_be_guessed_shows_its_columns_for_mapping(place: Place) -> None:
    place.reader.rows = [{"id": n, "text": f"Only text {n}"} for n in range(5)]
    preview = place.service.preview(place.source.id)
    assert (preview.mapping, preview.columns, preview.n_examples) == (None, ("id", "text"), 0)
    assert "not chosen" in preview.refused[0].reason


def test_instructions_stand_before_every_example(place: Place) -> None:
    version = place.create(system_prompt=" Name the colour. ")
    assert version.system_prompt == "Name the colour."
    kept = place.service.examples(version.id)
    assert {example.messages[0].content for example in kept} == {"Name the colour."}


def test_progress_is_reported(place: Place) -> None:
    place.reader.rows = [{"text": f"Number {n}", "label": str(n)} for n in range(2500)]
    seen: list[int] = []
    place.create(progress=seen.append)
    assert seen == [1000, 2000]


def test_an_export_comes_back_as_the_same_examples(place: Place, tmp_path: Path) -> None:
    version = place.create(system_prompt="Name the colour.")
    out = tmp_path / "out.jsonl"
    place.service.export_jsonl(version.id, out)
    place.reader.rows = [json.loads(line) for line in out.read_text("utf-8").splitlines()]
    again = place.service.create(
        place.source.id, project_id="prj_1", name="Again", format=DataFormat.CHAT
    )
    assert again.content_hash == version.content_hash
    assert [path.name for path in tmp_path.iterdir() if path.suffix == ".part"] == []


def test_pairs_come_back_from_an_export_in_the_shape_that_openai_reads(
    place: Place, tmp_path: Path
) -> None:
    place.reader.rows = [
        {"prompt": f"Question {n}", "chosen": "yes", "rejected": f"no {n}"} for n in range(30)
    ]
    assert place.service.preview(place.source.id).format is DataFormat.PREFERENCE
    made = place.service.create(
        place.source.id, project_id="prj_1", name="Pairs", format=DataFormat.PREFERENCE
    )
    assert [e.rejected for e in place.service.examples(made.id)] == [f"no {n}" for n in range(30)]
    out = tmp_path / "out.jsonl"
    place.service.export_jsonl(made.id, out)
    place.reader.rows = [json.loads(line) for line in out.read_text("utf-8").splitlines()]
    assert place.reader.rows[0] == {
        "input": {"messages": [{"role": "user", "content": "Question 0"}]},
        "preferred_output": [{"role": "assistant", "content": "yes"}],
        "non_preferred_output": [{"role": "assistant", "content": "no 0"}],
    }
    again = place.service.create(
        place.source.id, project_id="prj_1", name="Again", format=DataFormat.PREFERENCE
    )
    assert again.content_hash == made.content_hash
    place.reader.rows = [
        {"prompt": f"Question {n}", "chosen": "yes", "rejected": "no"} for n in range(30)
    ]
    other = place.service.create(
        place.source.id, project_id="prj_1", name="Other", format=DataFormat.PREFERENCE
    )
    assert other.content_hash != again.content_hash


def test_refused_rows_can_be_opened_in_a_spreadsheet(place: Place, tmp_path: Path) -> None:
    place.reader.rows = [*GOOD, {"text": "=cmd|' /C calc'!A0", "label": "red"}] * 2
    version = place.create(accept_refused=True)
    place.service.export_refused(version.id, str(tmp_path / "refused.csv"))
    last = (tmp_path / "refused.csv").read_text("utf-8-sig").splitlines()[-1]
    assert last == "122,Same as line 61.,'=cmd|' /C calc'!A0 → red"


@pytest.mark.parametrize(
    "ask",
    [
        lambda service: service.preview("src_x"),
        lambda service: service.version("dsv_x"),
        lambda service: service.examples("dsv_x"),
        lambda service: service.balance("dsv_x"),
        lambda service: service.export_jsonl("dsv_x", "x.jsonl"),
        lambda service: service.get("ds_x"),
    ],
)
def test_what_is_not_there_is_not_found(
    place: Place, ask: Callable[[DatasetService], object]
) -> None:
    with pytest.raises(NotFound):
        ask(place.service)


def test_rows_are_served_by_page(place: Place) -> None:
    version = place.create()
    rows, total = place.service.page(version.id, start=10, end=12, sort="line", direction="desc")
    assert (total, [row["line"] for row in rows]) == (60, [50, 49])
    wanted = place.service.examples(version.id, Split.TEST)
    rows, total = place.service.page(
        version.id, filters={"split": {"type": "equals", "filter": "test"}}
    )
    assert total == len(wanted)


def test_a_held_out_file_is_for_testing_only(place: Place) -> None:
    version = place.create(held_out=True)
    assert version.splits == {Split.TRAIN: 0, Split.VALIDATION: 0, Split.TEST: 60}
    assert len(place.service.examples(version.id, Split.TEST)) == 60
