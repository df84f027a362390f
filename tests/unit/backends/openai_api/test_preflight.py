"""A plan counts as the server is likely to, and says what it does not know."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from backends import registry
from backends.openai_api import preflight
from backends.openai_api.eligibility import Findings
from studio.domain.datasets import Example
from studio.domain.endpoints import Dialect
from studio.domain.training import Hyperparameters, Objective, Plan
from tests import tiny_rows
from tests.unit.backends.openai_api.errands import Run, place, spec


def words(texts: Sequence[str], encoding: str) -> list[int]:
    return [len(text.split()) for text in texts]


def planned(
    train: Sequence[Example],
    *,
    dialect: Dialect = Dialect.OPENAI,
    past: Sequence[float] = (),
    **changes: Any,
) -> Plan:
    wanted = spec(**changes)
    return preflight.plan(
        wanted,
        place(dialect=dialect),
        train,
        (),
        {"train.jsonl": b"x" * 10},
        preflight.counted(wanted, train, (), words),
        Findings(),
        past,
    )


def rows(count: int, length: int = 2) -> list[Example]:
    return [
        tiny_rows.example(place, ("user", "why " * length), ("assistant", "So it is."))
        for place in range(count)
    ]


def test_tokens_follow_the_cookbook() -> None:
    # Two turns: twice 3 + 1 for the role + the words, and 3 for the example.
    assert preflight.counted(spec(), rows(1), (), words).train == (2 * 4 + 2 + 3 + 3,)


def test_preferences_count_both_answers() -> None:
    pair = rows(1)[0].with_(rejected="Because I say so.")
    counted = preflight.counted(spec(objective=Objective.DPO), [pair], (), words)
    assert counted.train == (3 * 4 + 2 + 3 + 4 + 3,)


def test_what_is_cut_is_neither_billed_nor_kept_quiet() -> None:
    long = tiny_rows.example(41, ("user", "why " * 70_000), ("assistant", "So."))
    given = Hyperparameters(epochs=2)
    plan = planned([*rows(10), long], base_model="gpt-4o-2024-08-06", hyperparameters=given)
    assert plan.billed_tokens == 2 * (10 * 16 + 65_536)
    assert plan.train_tokens == 10 * 16 + 70_000 + 1 + 8 + 3
    assert any("line 42" in warning for warning in plan.warnings)


@pytest.mark.parametrize(
    ("count", "epochs"), [(10, 10), (33, 3), (34, 3), (8_000, 3), (12_500, 2), (60_000, 1)]
)
def test_epochs_left_to_the_server_are_a_prior(count: int, epochs: int) -> None:
    assert preflight.epochs(spec(automatic=("epochs",)), count) == epochs
    assert "as a prior" in planned(rows(10), automatic=("epochs",)).basis


def test_figures_that_are_not_known_are_none() -> None:
    plan = planned(rows(10), automatic=("batch_size",))
    assert (plan.seconds_low, plan.seconds_high, plan.total_steps) == (None, None, None)
    assert "duration unknown" in plan.basis
    assert "another model's tokens" in plan.basis
    assert plan.usd is None


def test_earlier_runs_tell_how_long_it_takes() -> None:
    plan = planned(rows(10), past=(0.5, 0.1, 0.2), hyperparameters=Hyperparameters(epochs=1))
    assert (plan.seconds_low, plan.seconds_high) == (0.2 * 160 / 2, 0.2 * 160 * 2)
    assert "measured on 3 earlier runs" in plan.basis


def test_a_finished_run_is_such_a_run(tmp_path: Path) -> None:
    run = Run(tmp_path / "run_job_1")
    run.end()
    (found,) = preflight.seconds_per_token(tmp_path, "endpoint:office", "base-mini")
    tokens = run.remote.trained_tokens
    assert tokens is not None
    assert run.remote.ended_at is not None
    took = (run.remote.ended_at - run.remote.began_at).total_seconds()
    assert found == pytest.approx(took / tokens)
    assert preflight.seconds_per_token(tmp_path, "endpoint:other", "base-mini") == []
    assert preflight.seconds_per_token(tmp_path, "endpoint:office", "base-large") == []


def test_another_studio_bills_nothing() -> None:
    assert planned(rows(10), dialect=Dialect.LADDER).billed_tokens is None


def test_the_shipped_encodings_count_without_a_network(tmp_path: Path) -> None:
    backend = registry.hosted_training(
        "endpoint:office", tmp_path, lambda name: place(base_url="http://127.0.0.1:9/v1")
    )
    wanted = spec(base_model="ft:gpt-4.1-mini-2025-04-14:org::abc")
    plan = backend.plan(wanted, None, rows(10), ())
    text = "why " * 2
    assert plan.train_tokens == 10 * (2 * 4 + 3 + len(text.split()) + 1 + 4)
    assert "not known" not in plan.basis
    assert [blocker.what for blocker in plan.blockers][0].startswith("The endpoint office cannot")
    assert plan.disclosure is not None
