"""A file of past feedback: each row is kept, known already, or refused with a reason."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from backends.reader.backend import FileReader
from studio.domain.errors import InvalidInput, NotFound
from studio.domain.feedback import Source
from studio.services.feedback_import import FeedbackImportService
from studio.store.datasets import DatasetStore
from studio.store.deployments import DeploymentStore
from tests.unit.services.test_feedback import Desk

CSV = """question,answer,thumb,correction,comment,rater,created_at
Where?,Here.,up,,,Anna,2026-11-01T08:00:00Z
Where?,Here.,down,There.,,Berta,2026-11-02T08:00:00Z
When?,Now.,maybe,,,Anna,
When?,Now.,,"Later,
much later.",,,
,Nothing.,up,,,Anna,
"""


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    made = Desk(tmp_path)
    yield made
    made.feedback.close()
    made.database.close()


def importer(desk: Desk) -> FeedbackImportService:
    return FeedbackImportService(
        desk.store,
        FileReader(),
        DeploymentStore(desk.database).get,
        DatasetStore(desk.database).source,
        desk.feedback.recount,
    )


def test_every_row_of_a_table_is_kept_or_refused_by_its_line(desk: Desk, tmp_path: Path) -> None:
    file = tmp_path / "past.csv"
    file.write_text(CSV, encoding="utf-8")
    assert desk.feedback.counted(desk.deployment.id).pending == 0
    found = importer(desk).rows(desk.deployment.id, str(file), "past.csv")
    assert (found.kept, found.repeated) == (3, 0)
    assert [row.reason for row in found.refused] == [
        "The thumb is 'maybe', neither up nor down.",
        "There is no question.",
    ]
    assert all(row.line and row.excerpt for row in found.refused)
    assert desk.feedback.counted(desk.deployment.id).pending == 2
    answers = desk.store.inferences("project_1")
    assert {one.output for one in answers} == {"Here.", "Now."}
    (here,) = (one for one in answers if one.output == "Here.")
    assert (here.revision_id, here.metadata) == (None, {"imported": "past.csv"})
    up, down = desk.feedback.for_inference(here.id)
    assert (up.rater, up.thumb_up, up.source) == ("Anna", True, Source.IMPORT)
    assert (down.correction, down.created_at.day) == ("There.", 2)
    assert len(desk.journal()) == 3


def test_the_same_file_twice_is_the_same_feedback(desk: Desk, tmp_path: Path) -> None:
    file = tmp_path / "past.csv"
    file.write_text(CSV, encoding="utf-8")
    brought = importer(desk)
    brought.rows(desk.deployment.id, str(file), "past.csv")
    again = brought.rows(desk.deployment.id, str(file), "renamed.csv")
    assert (again.kept, again.repeated, len(again.refused)) == (0, 3, 2)
    assert len(desk.store.inferences("project_1")) == 2
    assert desk.feedback.counted(desk.deployment.id).pending == 2


def test_lines_of_json_with_other_names_and_what_is_no_json(desk: Desk, tmp_path: Path) -> None:
    file = tmp_path / "past.jsonl"
    row = {"q": [{"role": "user", "content": "Where?"}], "reply": "Here.", "thumb": True}
    lines = [json.dumps(row), json.dumps(row), "{broken", json.dumps({"q": "Where?"})]
    file.write_text("\n".join(lines), encoding="utf-8")
    mapping = {"q": "question", "reply": "answer"}
    found = importer(desk).rows(desk.deployment.id, str(file), "past.jsonl", mapping)
    assert (found.kept, found.repeated) == (1, 1)
    assert [row.line for row in found.refused] == [3, 4]
    assert "no column called answer" in found.refused[1].reason


def test_what_is_not_there_is_refused(desk: Desk, tmp_path: Path) -> None:
    brought = importer(desk)
    with pytest.raises(NotFound):
        brought.rows("deployment_0", str(tmp_path / "x.csv"), "x.csv")
    with pytest.raises(InvalidInput, match="'stars' is none of"):
        brought.rows(desk.deployment.id, str(tmp_path / "x.csv"), "x.csv", {"a": "stars"})
    with pytest.raises(NotFound):
        brought.source(desk.deployment.id, "source_0")
