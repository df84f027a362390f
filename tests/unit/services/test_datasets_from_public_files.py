"""Public data comes in whole, quickly, and with sensible refusals."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest

from backends.reader.backend import FileReader
from studio.domain.datasets import ColumnMapping, DataFormat, Preview, Split
from studio.services.datasets import DatasetService
from studio.store.database import Database
from studio.store.datasets import DatasetStore

DATA = Path(__file__).parents[4] / "shared" / "data"

pytestmark = pytest.mark.skipif(
    not DATA.is_dir(), reason="the data folder ../shared/data is absent"
)


@pytest.fixture
def service(tmp_path: Path) -> DatasetService:
    return DatasetService(DatasetStore(Database(None)), FileReader(), tmp_path / "sources")


def previewed(service: DatasetService, file: Path, **options: object) -> Preview:
    return service.preview(service.stage(file, file.name).id, **options)


def test_banking_queries_are_labels_with_four_repeats(service: DatasetService) -> None:
    preview = previewed(service, DATA / "banking77/train.csv")
    assert (preview.format, preview.mapping) == (
        DataFormat.COLUMNS,
        ColumnMapping(prompt="text", answer="category"),
    )
    assert (preview.n_rows, preview.n_examples, preview.n_duplicates) == (10_003, 9_999, 4)
    assert [(row.line, row.reason) for row in preview.refused] == [
        (1292, "Same as line 1248."),
        (1732, "Same as line 1716."),
        (4606, "Same as line 4605."),
        (6977, "Same as line 6922."),
    ]
    assert preview.balance.closed
    assert len(preview.balance.labels) == 77
    assert preview.splits == {Split.TRAIN: 8057, Split.VALIDATION: 997, Split.TEST: 945}


def test_the_same_queries_fall_into_the_same_splits_in_every_file(
    service: DatasetService, tmp_path: Path
) -> None:
    version = service.create(
        service.stage(DATA / "banking77/train.csv", "train.csv").id,
        project_id="prj_1",
        name="Banking",
        format=DataFormat.COLUMNS,
        mapping=ColumnMapping(prompt="text", answer="category"),
        accept_refused=True,
    )
    out = tmp_path / "chat.jsonl"
    service.export_jsonl(version.id, out)
    lines = out.read_text("utf-8").splitlines()
    packed = tmp_path / "again.jsonl.gz"
    packed.write_bytes(gzip.compress("\n".join(reversed(lines)).encode()))
    again = previewed(service, packed)
    assert (again.format, again.refused) == (DataFormat.CHAT, ())
    assert again.splits == version.splits
    assert json.loads(lines[0])["messages"][1] == {"role": "assistant", "content": "card_arrival"}


def test_medical_notes_with_line_breaks_are_read_by_their_first_line(
    service: DatasetService,
) -> None:
    notes = ColumnMapping(prompt="dialogue", answer="section_text")
    file = DATA / "mts-dialog/trainingset.csv"
    preview = previewed(service, file, format=DataFormat.COLUMNS, mapping=notes)
    assert preview.n_rows == 1201
    assert preview.n_examples + len(preview.refused) == 1201
    assert not preview.balance.closed
    first_lines = file.read_text("utf-8").splitlines()
    assert all(first_lines[e.line - 1].split(",")[0].isdigit() for e in preview.examples)


def test_research_questions_with_several_answers_are_set_aside(service: DatasetService) -> None:
    preview = previewed(service, DATA / "covid-qa/questions.jsonl")
    assert preview.mapping == ColumnMapping(prompt="question", answer="answer")
    assert preview.n_examples + len(preview.refused) == preview.n_rows
    assert all(
        "different answer" in row.reason or "Same as" in row.reason for row in preview.refused
    )
