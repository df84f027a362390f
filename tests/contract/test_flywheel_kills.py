"""Killed at any moment, a flywheel goes on once: nothing is trained twice, nothing is lost."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

import pytest

from studio.domain.retraining import CycleState
from tests.contract.flywheel_data import CORRECTIONS
from tests.contract.flywheel_life import BROKEN, ENDS, GOOD, HARM, NONSENSE, SHAKY

SEEDS = {GOOD: 10, HARM: 9, NONSENSE: 3, BROKEN: 4, SHAKY: 4}
"""How many flywheels of each kind are killed, four times each: more than 100 lives cut short."""
SAME = ("events", "ledger", "revisions", "models", "curated", "waiting", "paused", "answers")
"""What must be as if nobody had been killed."""
STATES = {
    "none",
    CycleState.TRIGGERED,
    CycleState.SNAPSHOTTING,
    CycleState.VALIDATING,
    CycleState.TRAINING,
    CycleState.EVALUATING,
    CycleState.GATING,
    CycleState.SHADOW,
    CycleState.CANARY,
    CycleState.PROMOTED,
    CycleState.ROLLED_BACK,
}
"""Where somebody must have been killed."""

Report = dict[str, Any]


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[Report]]:
    """What became of every flywheel, by what happened in it; the first of each was left alone."""
    lives = [f"{kind}:{n}:{most}" for kind, most in SEEDS.items() for n in range(most + 1)]
    halves = [lives[::2], lives[1::2]]
    running = [
        subprocess.Popen(
            [
                sys.executable,
                "-m",
                "tests.contract.flywheel_kills",
                str(tmp_path_factory.mktemp("lives") / "own"),
                *half,
            ],
            stdout=subprocess.PIPE,
            text=True,
        )
        for half in halves
    ]
    found: dict[str, list[Report]] = {kind: [] for kind in SEEDS}
    for process, half in zip(running, halves, strict=True):
        lines = process.communicate()[0].splitlines()
        assert process.returncode == 0
        for life, line in zip(half, lines, strict=True):
            kind, seed, _ = life.split(":")
            report = {"life": life, **json.loads(line)}
            found[kind].insert(0 if seed == "0" else len(found[kind]), report)
    return found


@pytest.mark.parametrize("kind", SEEDS)
def test_it_ends_as_if_nobody_had_been_killed(told: dict[str, list[Report]], kind: str) -> None:
    whole, *killed = told[kind]
    assert whole["killed_in"] == []
    assert len(killed) == SEEDS[kind]
    for report in killed:
        ((_, state, _),) = report["cycles"]
        assert state == ENDS[kind], report["life"]
        for name in SAME:
            assert report[name] == whole[name], f"{report['life']}: {name}"


@pytest.mark.parametrize("kind", SEEDS)
def test_nothing_is_trained_twice(told: dict[str, list[Report]], kind: str) -> None:
    for report in told[kind]:
        ((_, _, attempts),) = report["cycles"]
        assert attempts == (2 if kind in (BROKEN, SHAKY) else 1)
        assert len(report["started"]) == len(set(report["started"])) == attempts, report["life"]
        assert sorted(report["started"]) == report["jobs"], report["life"]


@pytest.mark.parametrize("kind", SEEDS)
def test_no_correction_is_lost(told: dict[str, list[Report]], kind: str) -> None:
    for report in told[kind]:
        assert len(report["curated"]) == CORRECTIONS, report["life"]
        # What a cycle did not come to ask about still waits to be learnt.
        assert (report["waiting"] > 0) == (kind == BROKEN), report["life"]


def test_every_ledger_holds_and_every_lock_is_given_back(told: dict[str, list[Report]]) -> None:
    for report in (report for reports in told.values() for report in reports):
        assert report["broken_at"] is None, report["life"]
        assert report["locks"] == 0, report["life"]


def test_somebody_was_killed_in_every_state(told: dict[str, list[Report]]) -> None:
    killed = [report["killed_in"] for reports in told.values() for report in reports[1:]]
    assert {state for states in killed for state in states} >= STATES
    assert sum(map(len, killed)) >= 100
