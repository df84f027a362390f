"""Exports: from what people said in the database to files that our readers and trainers take."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from itertools import count, islice
from pathlib import Path
from typing import Any

import pytest

from backends.openai_api import rules
from studio.core.feedback.cleaning import part_of
from studio.core.splits import prompt_hash
from studio.domain.curation import Shape
from studio.domain.datasets import DataFormat, Message
from studio.domain.deployments import Deployment
from studio.domain.endpoints import Dialect
from studio.domain.errors import Conflict
from studio.domain.feedback import ApprovedCorrection, Feedback, Preference
from studio.domain.training import Objective, TrainingSpec
from studio.services.datasets import DatasetService
from studio.services.feedback_exports import FeedbackExportService
from studio.store import rows
from studio.store.curation import CurationStore
from studio.store.database import Database
from studio.store.datasets import DatasetStore
from studio.store.feedback import FeedbackStore
from studio.store.feedback_rows import FeedbackRowStore
from tests.corrections import NOON, asked, correction, questions
from tests.fakes.reader import LinesReader
from tests.unit.store.cycles import inference, policy


class Desk:
    """Exports on a database, with answers and words as a test wants them."""

    def __init__(self, database: Database, folder: Path) -> None:
        self.database, self.folder = database, folder
        self.feedback = FeedbackStore(database)
        self.datasets = DatasetStore(database)
        self.approved_ones: list[ApprovedCorrection] = []
        self.deployment = Deployment(
            id="deployment_1", project_id="project_1", name="router", salt="x", created_at=NOON
        )
        self.service = FeedbackExportService(
            FeedbackRowStore(database),
            CurationStore(database),
            self.datasets,
            self,
            lambda id: self.deployment,
            lambda id: policy(),
        )

    def approved(self, deployment_id: str) -> list[ApprovedCorrection]:
        return self.approved_ones

    def answer(self, id: str, question: str, output: str = "sales", **changes: Any) -> None:
        one = inference(id, "revision_1", 0).with_(
            messages=asked(question), output=output, **changes
        )
        self.feedback.add_inference(one)

    def thumb(self, inference_id: str, up: bool | None, rater: str = "Ada", hour: int = 0) -> None:
        self.feedback.add(
            Feedback(
                id=f"feedback_{inference_id}_{rater}_{hour}",
                inference_id=inference_id,
                thumb_up=up,
                comment=None if up is not None else "Hm.",
                rater=rater,
                created_at=NOON + timedelta(hours=hour),
            )
        )

    def prefer(self, id: str, a: str, b: str, winner: Any, hour: int = 0) -> None:
        said = Preference(
            id=id,
            inference_a=a,
            inference_b=b,
            winner=winner,
            shown_first="a",
            blind=True,
            rater="Ada",
            created_at=NOON + timedelta(hours=hour),
        )
        with self.database.write() as cursor:
            rows.add(cursor, "preferences", said, "preference")

    def lines(self, shape: Shape, **changes: Any) -> list[dict[str, Any]]:
        path = self.folder / f"{shape}.jsonl"
        done = self.service.write("deployment_1", path, shape=shape, **changes)
        found = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
        assert done.rows == len(found)
        return found


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with Database(None) as database:
        yield Desk(database, tmp_path)


def test_the_latest_thumb_of_each_rater_counts(desk: Desk) -> None:
    first, second = islice(questions(0, 80), 2)
    desk.answer("inference_1", first)
    desk.answer("inference_2", second)
    desk.thumb("inference_1", False)
    desk.thumb("inference_1", True, hour=1)
    desk.thumb("inference_1", None, hour=2)
    desk.thumb("inference_2", False)
    found = {line["prompt"][0]["content"]: line["label"] for line in desk.lines("kto")}
    assert found == {first: True, second: False}


def test_what_nobody_saw_and_what_failed_is_not_written(desk: Desk) -> None:
    questions_ = islice(questions(0, 80), 3)
    desk.answer("inference_1", next(questions_), variant="shadow")
    desk.answer("inference_2", next(questions_), error="Out of memory.")
    desk.answer("inference_3", next(questions_), deployment_id="deployment_2")
    for id in ("inference_1", "inference_2", "inference_3"):
        desk.thumb(id, True)
    assert desk.lines("kto") == []


def test_a_changed_preference_counts_once_and_only_between_answers_to_one_question(
    desk: Desk,
) -> None:
    one, other = islice(questions(0, 80), 2)
    desk.answer("inference_a", one, "sales")
    desk.answer("inference_b", one, "billing")
    desk.answer("inference_c", other, "returns")
    desk.prefer("preference_1", "inference_a", "inference_b", "a")
    desk.prefer("preference_2", "inference_a", "inference_b", "b", hour=1)
    desk.prefer("preference_3", "inference_a", "inference_c", "a")
    (line,) = desk.lines("dpo")
    assert line["chosen"][0]["content"] == "billing"


def test_without_consent_nothing_is_written(desk: Desk) -> None:
    desk.deployment = desk.deployment.with_(may_train=False)
    with pytest.raises(Conflict, match="may not be learnt from"):
        desk.lines("sft")
    assert list(desk.folder.iterdir()) == []


def test_what_was_left_out_is_told(desk: Desk) -> None:
    desk.approved_ones = [correction(next(questions(0, 80)), answer="")]
    done = desk.service.write("deployment_1", desk.folder / "rows.jsonl", shape="sft")
    assert done.report[0] == "1 approved correction was left out: Its answer is empty."


@pytest.mark.parametrize(
    ("shape", "format", "objective"),
    [
        ("sft", DataFormat.CHAT, Objective.SFT),
        ("dpo", DataFormat.PREFERENCE, Objective.DPO),
        ("openai-dpo", DataFormat.PREFERENCE, Objective.DPO),
    ],
)
def test_a_file_comes_in_again_and_a_provider_would_take_it(
    desk: Desk, shape: Shape, format: DataFormat, objective: Objective
) -> None:
    desk.approved_ones = [correction(q, f"billing {q}") for q in islice(questions(0, 80), 12)]
    desk.lines(shape)
    imports = DatasetService(desk.datasets, LinesReader(), desk.folder / "sources")
    source = imports.stage(desk.folder / f"{shape}.jsonl", f"{shape}.jsonl")
    preview = imports.preview(source.id)
    assert (preview.format, preview.n_examples, preview.refused) == (format, 12, ())
    version = imports.create(source.id, project_id="project_1", name="Back", format=format)
    back = desk.datasets.examples(version.id)
    assert {row.answer for row in back} == {one.answer for one in desk.approved_ones}
    assert {row.prompt_hash for row in back} == {one.prompt_hash for one in desk.approved_ones}
    assert all(row.split == "train" for row in back)
    spec = TrainingSpec(
        project_id="project_1",
        name="Router",
        dataset_version_id=version.id,
        base_model="gpt-4.1-mini",
        backend="endpoint:openai",
        objective=objective,
    )
    assert rules.blockers(spec, back, [], Dialect.OPENAI) == []


def test_earlier_answers_of_a_conversation_survive_the_way_back(desk: Desk) -> None:
    talks = (
        (
            *asked(f"Hello {n}"),
            Message(role="assistant", content="Yes?"),
            *asked("Where is it?"),
        )
        for n in count()
    )
    turns = next(talk for talk in talks if part_of(prompt_hash(talk)) == "train")
    one = correction("x", messages=turns)
    desk.approved_ones = [one]
    (line,) = desk.lines("sft")
    assert [turn.get("weight") for turn in line["messages"]] == [None, 0, None, None]
    imports = DatasetService(desk.datasets, LinesReader(), desk.folder / "sources")
    source = imports.stage(desk.folder / "sft.jsonl", "sft.jsonl")
    (row,) = imports.preview(source.id).examples
    assert row.messages[:-1] == one.messages


def test_trl_takes_pairs_and_marks_for_conversations(desk: Desk) -> None:
    from trl.data_utils import is_conversational

    desk.approved_ones = [correction(next(questions(0, 80)))]
    for shape, keys in (
        ("sft", {"messages"}),
        ("dpo", {"prompt", "chosen", "rejected"}),
        ("kto", {"prompt", "completion", "label"}),
    ):
        for line in desk.lines(shape):  # type: ignore[arg-type]
            assert set(line) == keys
            assert is_conversational(line)
