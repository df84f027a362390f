from decimal import Decimal

import pytest

from studio.domain.datasets import Split
from studio.domain.errors import Conflict, NotFound
from studio.domain.evaluation import RunStatus, Score
from studio.domain.ladder import FailureKind, Rung, RungSetup
from studio.domain.retrieval import RetrievalMode, RetrievalScore
from studio.domain.values import now
from studio.store.database import Database
from studio.store.ladder import LadderStore
from tests.unit.store.samples import failure_label, rung_result, rung_run, suite


@pytest.fixture
def store(database: Database) -> LadderStore:
    return LadderStore(database)


def test_a_run_comes_back_as_it_was(store: LadderStore) -> None:
    run = rung_run(
        setup=RungSetup(rung=Rung.RAG, model_id="small", corpus_id="corpus_1", template="{x}"),
        suite=suite(limit=20, split=Split.VALIDATION),
        status=RunStatus.SUCCEEDED,
        score=Score(metric="token_f1", value=0.5, low=0.4, high=0.6, n=20),
        scores=(Score(metric="rouge_l", value=0.5, n=20),),
        retrieval=RetrievalScore(
            mode=RetrievalMode.HYBRID,
            n=20,
            hit_at_1=0.5,
            hit_at_5=0.7,
            hit_at_10=0.8,
            mrr=0.6,
            ndcg_at_10=0.65,
        ),
        cost_per_1000=Decimal("0.000125"),
        latency_p50=0.5,
        started_at=now(),
        finished_at=now(),
    )
    store.add(run)
    assert store.get(run.id) == run
    assert store.all("project_1") == [run]
    assert store.all("project_2") == []


def test_a_run_that_has_ended_keeps_its_status(store: LadderStore) -> None:
    run = rung_run()
    store.add(run)
    store.save(run.with_(status=RunStatus.CANCELLED))
    with pytest.raises(Conflict, match="ended already"):
        store.save(run.with_(status=RunStatus.SUCCEEDED))
    with pytest.raises(NotFound):
        store.save(rung_run())


def test_results_are_added_once(store: LadderStore) -> None:
    run = rung_run()
    store.add(run)
    first = rung_result(1, passages=("c1", "c2"), cited=("c2",), gold_rank=2)
    store.add_results(run.id, [rung_result(2), first])
    store.add_results(run.id, [first.with_(output="other")])
    assert store.results(run.id) == [first, rung_result(2)]
    with pytest.raises(NotFound):
        store.add_results("rung_9", [first])


def test_a_suite_takes_the_place_of_the_earlier_one(store: LadderStore) -> None:
    assert store.suite("project_1") is None
    for chosen in (suite(), suite(version_id="version_2", limit=50)):
        store.choose_suite(chosen)
        assert store.suite("project_1") == chosen


def test_one_answer_has_one_label(store: LadderStore) -> None:
    store.label(failure_label("rung_1"))
    second = failure_label("rung_1", kind=FailureKind.BEHAVIOUR)
    store.label(second)
    other = failure_label("rung_2")
    store.label(other)
    assert store.labels("project_1") == [second, other]
    store.unlabel("rung_1", "example_1")
    store.unlabel("rung_1", "example_1")
    assert store.labels("project_1") == [other]


def test_answers_of_every_kind_are_kept_and_taken_back(store: LadderStore) -> None:
    said = {"needs_citation": False, "unseen_share": 0.0, "residency": "region", "labels": 3}
    for fact, value in said.items():
        store.answer("project_1", fact, value)
    store.answer("project_1", "labels", 4)
    assert store.answers("project_1") == said | {"labels": 4}
    store.answer("project_1", "labels", None)
    assert "labels" not in store.answers("project_1")
    assert store.answers("project_2") == {}


def test_ticks_say_when_and_the_last_word_counts(store: LadderStore) -> None:
    at = now()
    store.tick("project_1", "before.metric", True, at)
    store.tick("project_1", "before.metric", False, at)
    assert store.ticks("project_1") == {"before.metric": (False, at)}
