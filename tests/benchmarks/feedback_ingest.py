"""Feedback over HTTP: `python -m tests.benchmarks.feedback_ingest --json`.

Starts the studio that users get on a folder with answers of a deployment, lets clients in another
process say single things of them at `POST /v1/feedback`, kills the studio with SIGKILL while they
still do, starts it again, and looks for everything that was acknowledged. How often the disk can
sync a line is measured before and after: on a disk that is busy or slow the ratio is what counts.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import psutil

from studio.domain.deployments import Deployment
from studio.domain.values import now
from studio.store import rows
from studio.store.database import Database
from tests.benchmarks.output import circumstances, give, say
from tests.fakes.running_studio import ROOT, RunningStudio, real_studio

WARM = 1.0
"""Seconds at the beginning that do not count."""
LINE = b"x" * 299 + b"\n"
DATABASE = "studio.duckdb"

ANSWERS = """
    INSERT INTO inferences (id, project_id, model_id, model_name, messages, decoding, output,
        metadata, created_at, deployment_id, revision_id, variant, session, error)
    SELECT printf('inference_%016x', n), 'project_1', 'small', 'Small',
           '[{"role":"user","content":"Which desk takes letter ' || n || '?"}]', '{}',
           'The third.', '{}', $2::TIMESTAMP, 'deployment_1', 'revision_1', 'champion', '', ''
    FROM range($1::BIGINT) AS numbers(n)
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--clients", type=int, default=64)
    parser.add_argument("--seconds", type=int, default=15)
    parser.add_argument("--answers", type=int, default=20_000)
    parser.add_argument("--folder", type=Path, help="where to put the data folder")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="ladder-ingest-", dir=asked.folder) as name:
        figures = measured(Path(name), asked.clients, asked.seconds, asked.answers)
    table = [
        ["Feedback at /v1/feedback", "figure"],
        ["acknowledged a second", f"{figures['per_second']:,.0f}"],
        ["p50, ms", f"{figures['p50_ms']:.1f}"],
        ["p99, ms", f"{figures['p99_ms']:.1f}"],
        ["syncs a second of the disk", f"{figures['disk_syncs_per_second']:,.0f}"],
        ["ratio", f"{figures['ratio']:.2f}"],
        ["processor's ms for each", f"{figures['cpu_ms_each']:.2f}"],
        ["acknowledged", f"{figures['acknowledged']:,}"],
        ["lost", f"{figures['lost']:,}"],
    ]
    give(table, figures, as_json=asked.json)


def measured(folder: Path, clients: int, seconds: int, answers: int) -> dict[str, Any]:
    """Returns the figures of one run."""
    data = folder / "data"
    with real_studio(data):
        say("The data folder is made.")
    _fill(data / DATABASE, answers)
    before = syncs(folder)
    with real_studio(data) as studio:
        told = _load(studio, clients, seconds, answers)
    after = syncs(folder)
    if told["refused"]:
        raise SystemExit(f"{len(told['refused'])} were refused, the first: {told['refused'][0]}")
    with real_studio(data):
        say("It starts again.")
    kept = _kept(data / DATABASE)
    ends = [at for at, _, _ in told["acknowledged"]]
    counted = [one for one in told["acknowledged"] if one[0] >= ends[0] + WARM]
    took = sorted(1000 * duration for _, duration, _ in counted)
    per_second = len(counted) / (ends[-1] - ends[0] - WARM)
    rate = statistics.fmean((before, after))
    return {
        "per_second": round(per_second, 1),
        "p50_ms": round(took[len(took) // 2], 2),
        "p99_ms": round(took[int(len(took) * 0.99)], 2),
        "lost": sum(id not in kept for _, _, id in told["acknowledged"]),
        "acknowledged": len(told["acknowledged"]),
        "cpu_ms_each": round(1000 * told["cpu"] / len(told["acknowledged"]), 3),
        "clients": clients,
        "disk_syncs_per_second": round(rate, 1),
        "ratio": round(per_second / rate, 3),
        **circumstances(),
    }


def syncs(folder: Path, seconds: float = 1.0) -> float:
    """Returns how often a second a line can be written and synced."""
    path, done = folder / "syncs", 0
    handle = os.open(path, os.O_CREAT | os.O_WRONLY | os.O_APPEND)
    try:
        began = time.perf_counter()
        while time.perf_counter() - began < seconds:
            os.write(handle, LINE)
            os.fsync(handle)
            done += 1
        return done / (time.perf_counter() - began)
    finally:
        os.close(handle)
        path.unlink()


def _load(studio: RunningStudio, clients: int, seconds: int, answers: int) -> dict[str, Any]:
    say(f"{clients} clients for {seconds} s.")
    words = [str(number) for number in (studio.port, answers, clients, seconds + 30)]
    load = subprocess.Popen(
        [sys.executable, "-m", "tests.benchmarks.feedback_load", *words],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
    )
    server = psutil.Process(studio.process.pid)
    began = server.cpu_times()
    time.sleep(seconds)
    ended = server.cpu_times()
    studio.process.send_signal(signal.SIGKILL)
    said, _ = load.communicate(timeout=60)
    told: dict[str, Any] = json.loads(said)
    told["cpu"] = ended.user + ended.system - began.user - began.system
    return told


def _fill(path: Path, answers: int) -> None:
    deployment = Deployment(
        id="deployment_1", project_id="project_1", name="desks", salt="salt", created_at=now()
    )
    with Database(path) as database, database.write() as cursor:
        rows.add(cursor, "deployments", deployment, "deployment")
        cursor.execute(ANSWERS, [answers, rows.cell(now())])
    say(f"{answers:,} answers are in.")


def _kept(path: Path) -> set[str]:
    with Database(path) as database, database.read() as cursor:
        return {id for (id,) in cursor.execute("SELECT id FROM feedback").fetchall()}


if __name__ == "__main__":
    main()
