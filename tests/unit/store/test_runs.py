"""Runs of both kinds end once, keep their results once, and say of which kind they are."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from studio.domain.errors import Conflict, NotFound
from studio.domain.evaluation import RunStatus
from studio.store.database import Database
from studio.store.evaluations import EvaluationStore
from studio.store.ladder import LadderStore
from tests.unit.store import samples

KINDS: list[Any] = [
    pytest.param(LadderStore, samples.rung_run, "Run", id="rung"),
    pytest.param(EvaluationStore, samples.evaluation, "Evaluation", id="evaluation"),
]


@pytest.mark.parametrize(("store", "make", "word"), KINDS)
def test_a_run_that_has_ended_stays_as_it_ended(
    database: Database, store: Callable[[Database], Any], make: Callable[..., Any], word: str
) -> None:
    kept = store(database)
    run = make(id="one", status=RunStatus.RUNNING)
    kept.add(run)
    ended = run.with_(status=RunStatus.SUCCEEDED)
    kept.save(ended)
    kept.save(ended.with_(message="A note."))
    with pytest.raises(Conflict, match=f"{word} one has ended already: succeeded"):
        kept.save(run)
    assert kept.get("one").message == "A note."
    with pytest.raises(NotFound, match=f"no {word.lower()} two"):
        kept.save(make(id="two"))


def test_runs_of_the_two_kinds_do_not_see_each_other(database: Database) -> None:
    rungs, evaluations = LadderStore(database), EvaluationStore(database)
    rungs.add(samples.rung_run(id="one"))
    evaluations.add(samples.evaluation(id="two"))
    assert [run.id for run in rungs.all()] == ["one"]
    assert [run.id for run in evaluations.all()] == ["two"]
    with pytest.raises(NotFound):
        rungs.add_results("two", [])
