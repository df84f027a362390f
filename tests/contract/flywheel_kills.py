"""Lives cut short: `python -m tests.contract.flywheel_kills FOLDER SCENARIO:SEED:SEEDS …`.

For each argument one flywheel is started in its own folder, killed at seeded moments, started
again, and reported as one line of JSON. The first kill is somewhere in the SEED-th part of a life,
of SEEDS parts. Seed 0 is left to live. Everything is imported once; each life is a fork.
"""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import sys
import traceback
from collections.abc import Callable
from pathlib import Path

from studio.domain.deployments import Slot
from tests.contract.flywheel_data import prepare
from tests.contract.flywheel_life import Death, Life

KILLS = 4
"""How often a flywheel is killed, unless it comes to its end before."""
MOMENTS = {"good": 66, "harm": 62, "nonsense": 48, "broken": 44, "shaky": 80}
"""Moments in a whole life, about."""
SOON = 15
"""The next kills come so soon that they meet a flywheel which has just been taken up."""


def main() -> None:
    """Lives, dies and tells."""
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    _forked(lambda: prepare(folder))
    for wanted in sys.argv[2:]:
        scenario, seed, seeds = wanted.split(":")
        sys.stdout.write(_one(folder, scenario, int(seed), int(seeds)) + "\n")
        sys.stdout.flush()


def _one(folder: Path, scenario: str, seed: int, seeds: int) -> str:
    dice, own = random.Random(f"{scenario}{seed}"), folder / f"{scenario}_{seed}"
    own.mkdir()
    shutil.copyfile(folder / "studio.duckdb", own / "studio.duckdb")
    first = 1 + int(MOMENTS[scenario] * (seed - dice.random()) / seeds)
    kills = [first, *(dice.randint(1, SOON) for _ in range(KILLS - 1))] if seed else []
    for at in kills:
        code = _forked(lambda at=at: _live(own, scenario, at))
        if code != -signal.SIGKILL and code != 0:
            raise RuntimeError(f"{scenario}:{seed} ended with {code} instead of being killed.")
    if _forked(lambda: _live(own, scenario, None)) != 0:
        raise RuntimeError(f"{scenario}:{seed} did not come to its end.")
    told = (own / "report.json").read_text(encoding="utf-8")
    shutil.rmtree(own)
    return told


def _live(own: Path, scenario: str, kill_at: int | None) -> None:
    death = Death(kill_at, own / "obituary.txt")
    life = Life(own, scenario, death)
    life.live()
    death.at = None
    (own / "report.json").write_text(json.dumps(_report(own, life)), encoding="utf-8")


def _report(own: Path, life: Life) -> dict[str, object]:
    (deployment,) = life.deployments.all()
    cycles = life.store.cycles()
    with life.database.read() as cursor:
        cursor.execute("SELECT feedback_id, part FROM curated_corrections ORDER BY ALL")
        curated = [list(row) for row in cursor.fetchall()]
        cursor.execute("SELECT count(*) FROM gate_answers")
        answers = cursor.scalar()
        cursor.execute("SELECT id FROM jobs ORDER BY id")
        jobs = [id for (id,) in cursor.fetchall()]
        cursor.execute("SELECT count(*) FROM cycle_locks")
        locks = cursor.scalar()
    obituary = own / "obituary.txt"
    return {
        "moments": life.death.seen,
        "killed_in": obituary.read_text().split() if obituary.exists() else [],
        "cycles": [(cycle.id, cycle.state, cycle.attempt) for cycle in cycles],
        "events": [(event.from_state, event.to_state) for event in life.store.events(cycles[0].id)],
        "ledger": [row.action for row in life.deployments.ledger(deployment.id)],
        "broken_at": life.deployments.verify(deployment.id),
        "champion_is_candidate": deployment.slots[Slot.CHAMPION] == cycles[0].candidate,
        "revisions": len(life.deployments.revisions(deployment.id)),
        "models": len(life.models.versions()),
        "started": [run["job"] for run in life.backend.started()],
        "jobs": jobs,
        "curated": curated,
        "waiting": life.learning.curation.waiting(deployment.id).groups,
        "paused": bool(life.learning.policies.get(deployment.id).paused_because),
        "answers": answers,
        "locks": locks,
    }


def _forked(work: Callable[[], None]) -> int:
    """Returns how a child ended that did the work: 0, its exit code, or minus its signal."""
    sys.stdout.flush()
    child = os.fork()
    if child == 0:
        code = 1
        try:
            work()
            code = 0
        finally:
            # What the parent would do at its end is not the child's to do.
            if code:
                traceback.print_exc()
            os._exit(code)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


if __name__ == "__main__":
    main()
