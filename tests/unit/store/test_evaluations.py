"""Runs, their results side by side, and answers that are generated once."""

from __future__ import annotations

from typing import Any

import pytest

from studio.domain.datasets import Split
from studio.domain.errors import Conflict, InvalidInput, NotFound
from studio.domain.evaluation import Confusion, Decoding, RunStatus, Score
from studio.domain.values import now
from studio.store.database import Database
from studio.store.datasets import DatasetStore
from studio.store.evaluations import EvaluationStore
from tests.unit.store import samples


@pytest.fixture
def store(database: Database) -> EvaluationStore:
    """Runs `base` and `tuned` on twenty examples; base is right on every fourth, tuned on odd."""
    datasets, store = DatasetStore(database), EvaluationStore(database)
    datasets.add_dataset(samples.dataset(id="dataset_1"))
    rows = samples.examples(20)
    datasets.add_version(samples.version("dataset_1", rows, id="version_1"), rows)
    for id, step in (("base", 4), ("tuned", 2)):
        store.add(samples.evaluation(id=id))
        right = [n % step == 1 for n in range(20)]
        store.add_results(id, [samples.result(n, correct=right[n]) for n in range(20)])
    return store


def test_a_run_comes_back_as_it_was(store: EvaluationStore) -> None:
    run = samples.evaluation(
        project_id="project_2",
        split=Split.VALIDATION,
        decoding=Decoding(temperature=0.7, seed=3),
        primary=Score(metric="accuracy", value=0.5, low=0.25, high=0.75, n=20),
        scores=(Score(metric="bleu", value=0.1, n=20),),
        confusion=Confusion(labels=("a", "b"), counts=((1, 2, 0), (0, 3, 1))),
        finished_at=now(),
    )
    store.add(run)
    assert store.get(run.id) == run
    assert store.all("project_2") == [run]
    assert [one.id for one in store.all()] == [run.id, "tuned", "base"]


def test_progress_is_saved_until_the_end(store: EvaluationStore) -> None:
    running = store.get("base").with_(status=RunStatus.RUNNING, done=5, total=20)
    store.save(running)
    assert store.get("base") == running
    ended = running.with_(status=RunStatus.SUCCEEDED, done=20)
    store.save(ended)
    store.save(ended.with_(message="All answered."))
    with pytest.raises(Conflict, match="ended already"):
        store.save(running)
    assert store.get("base").status is RunStatus.SUCCEEDED


def test_a_result_that_is_there_keeps_its_answer(store: EvaluationStore) -> None:
    before = store.results("base")
    store.add_results("base", [samples.result(3, output="another")])
    assert store.results("base") == before
    assert len(before) == 20


def test_results_are_paged_by_known_columns(store: EvaluationStore) -> None:
    rows, total = store.page(
        "tuned",
        start=0,
        end=3,
        sort="example_id",
        direction="desc",
        filters={"correct": {"type": "equals", "filter": "true"}},
    )
    assert total == 10
    assert [row.example_id for row in rows] == ["example_9", "example_7", "example_5"]
    wanted: tuple[dict[str, Any], ...] = (
        {"sort": "run_id"},
        {"filters": {"run_id": {"filter": "x"}}},
    )
    for request in wanted:
        with pytest.raises(InvalidInput):
            store.page("tuned", **request)


def test_two_runs_are_read_side_by_side_in_the_order_of_the_data(store: EvaluationStore) -> None:
    pairs, total = store.side_by_side("base", "tuned", start=2, end=12)
    assert total == 20
    assert [pair.example_id for pair in pairs] == [f"example_{n}" for n in range(2, 12)]
    assert pairs[0].prompt == samples.example(2).prompt
    assert (pairs[1].baseline.correct, pairs[1].candidate.correct) == (False, True)


def test_side_by_side_can_show_only_what_changed(store: EvaluationStore) -> None:
    better, n_better = store.side_by_side("base", "tuned", only="better")
    assert [pair.example_id for pair in better] == [f"example_{n}" for n in range(3, 20, 4)]
    assert n_better == 5
    assert store.side_by_side("base", "tuned", only="worse") == ([], 0)
    assert store.side_by_side("tuned", "base", only="worse")[1] == 5
    assert store.side_by_side("base", "tuned", only="same")[1] == 15


def test_an_answer_is_kept_under_its_key(store: EvaluationStore) -> None:
    first, second = samples.answer(text="first"), samples.answer(text="second")
    store.keep_answers([("a", first), ("b", second)])
    store.keep_answers([("a", second)])
    assert store.cached_answer("a") == first
    assert store.cached_answers(["a", "b", "c"]) == {"a": first, "b": second}
    assert store.cached_answer("c") is None
    assert store.cached_answers([]) == {}


def test_unknown_runs_are_not_found(store: EvaluationStore) -> None:
    for ask in (store.get, lambda id: store.side_by_side("base", id)):
        with pytest.raises(NotFound):
            ask("nothing")
    with pytest.raises(NotFound):
        store.save(samples.evaluation())
    with pytest.raises(NotFound):
        store.add_results("nothing", [samples.result(1)])
