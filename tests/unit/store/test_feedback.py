"""Answers and what people said of them are only ever added, here and in the journal."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from studio.domain.errors import Conflict, NotFound, StorageFailed
from studio.domain.values import now
from studio.store.database import Database
from studio.store.feedback import FeedbackStore
from studio.store.journal import CURRENT, Journal
from tests.unit.store import samples


def journal_of(store: FeedbackStore) -> Journal:
    assert store.journal is not None
    return store.journal


def test_answers_are_listed_newest_first(database: Database) -> None:
    store = FeedbackStore(database)
    given = [samples.inference(output=str(n), seconds=0.5, prompt_tokens=n) for n in range(5)]
    other = samples.inference(model_id="tuned")
    for inference in (*given, other, samples.inference(project_id="project_2")):
        store.add_inference(inference)
    assert store.inference(given[2].id) == given[2]
    assert store.inferences("project_1") == [other, *reversed(given)]
    assert store.inferences("project_1", limit=2, model_id="small") == [given[4], given[3]]


def test_a_changed_mind_is_a_new_row_and_the_last_thumb_counts(database: Database) -> None:
    store, inference = FeedbackStore(database), samples.inference()
    store.add_inference(inference)
    assert store.latest_thumb(inference.id) is None
    said = [
        samples.feedback(inference.id, thumb_up=True),
        samples.feedback(inference.id, thumb_up=False, comment="Wrong team."),
        samples.feedback(inference.id, thumb_up=None, correction="refunds"),
    ]
    for feedback in said:
        store.add(feedback)
    assert store.for_inference(inference.id) == said
    assert store.latest_thumb(inference.id) is False
    store.add(samples.feedback(inference.id, thumb_up=True, rater="another", created_at=now()))
    assert store.latest_thumbs([inference.id, "nothing"]) == {inference.id: True}


def test_feedback_on_an_unknown_answer_is_refused_everywhere(on_disk: Database) -> None:
    store = FeedbackStore(on_disk)
    with pytest.raises(NotFound):
        store.add(samples.feedback("nothing"))
    with pytest.raises(NotFound):
        store.inference("nothing")
    assert list(journal_of(store).lines()) == []


def test_an_id_with_other_contents_is_refused(database: Database) -> None:
    store, inference = FeedbackStore(database), samples.inference()
    store.add_inference(inference)
    store.add_inference(inference)
    with pytest.raises(Conflict):
        store.add_inference(inference.with_(output="other"))


def test_every_row_is_a_line_of_the_journal(on_disk: Database) -> None:
    store, inference = FeedbackStore(on_disk), samples.inference(output="two\nlines \u2028")
    store.add_inference(inference)
    store.add(samples.feedback(inference.id))
    lines = list(journal_of(store).lines())
    assert [word for word, _ in lines] == ["inference", "feedback"]
    assert lines[0][1] == json.loads(inference.model_dump_json())


def test_a_row_that_the_journal_refuses_is_not_kept(on_disk: Database) -> None:
    store = FeedbackStore(on_disk)
    journal_of(store).folder.write_text("a file in the way")
    with pytest.raises(StorageFailed, match="feedback journal"):
        store.add_inference(samples.inference())
    assert store.inferences("project_1") == []


def test_a_torn_last_line_swallows_neither_itself_nor_the_next(tmp_path: Path) -> None:
    journal = Journal(tmp_path)
    one, two = samples.inference(), samples.inference()
    journal.append("inference", one)
    whole = (tmp_path / CURRENT).read_bytes()
    (tmp_path / CURRENT).write_bytes(whole + whole[: len(whole) // 2])
    assert [fields["id"] for _, fields in journal.lines()] == [one.id]
    journal.append("inference", two)
    assert [fields["id"] for _, fields in journal.lines()] == [one.id, two.id]


@pytest.mark.parametrize("line", ["", "[]", "3", "{}", '{"a": 1, "b": 2}', "nonsense", "\x00" * 9])
def test_a_line_that_is_no_entry_is_passed_over(on_disk: Database, line: str) -> None:
    store = FeedbackStore(on_disk)
    store.add_inference(samples.inference())
    with (journal_of(store).folder / CURRENT).open("a") as stream:
        stream.write(f'{line}\n{{"stranger": {{}}}}\n{{"feedback": {{"id": "half"}}}}\n')
    assert store.replay() == 0


def test_replay_adds_what_the_database_does_not_have(on_disk: Database, tmp_path: Path) -> None:
    store, kept = FeedbackStore(on_disk), samples.inference()
    store.add_inference(kept)
    lost, thumb = samples.inference(), samples.feedback(kept.id)
    journal_of(store).append("inference", lost)
    journal_of(store).append("feedback", thumb)
    assert store.replay() == 2
    assert store.inference(lost.id) == lost
    assert store.for_inference(kept.id) == [thumb]
    assert store.replay() == 0
    with Database(None) as memory:
        assert FeedbackStore(memory).replay() == 0
