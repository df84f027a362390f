"""What was acknowledged survives kill -9; a killed index still finds its rows."""

from __future__ import annotations

import json
import random
import subprocess
import sys
from pathlib import Path

import pytest

KILLS = 20

WRITER = """
import os, sys
from pathlib import Path
from studio.domain.values import now
from studio.domain.projects import Project
from studio.store.database import Database
from studio.store.projects import ProjectStore
projects, run = ProjectStore(Database(Path(sys.argv[1]))), sys.argv[2]
for n in range(10**9):
    text = f"{n} " + "x" * 900
    projects.add(Project(id=f"{run}-{n}", name=f"{run}-{n}", description=text, created_at=now()))
    os.write(1, b"%d\\n" % n)  # the acknowledgement, unbuffered
"""

CHECK = """
import json, sys
from pathlib import Path
from studio.store.database import Database
from studio.store.projects import ProjectStore
projects, found = ProjectStore(Database(Path(sys.argv[1]))), {}
for project in projects.all():
    run, n = project.id.split("-")
    assert project.description == f"{n} " + "x" * 900, project.id
    assert projects.get(project.id) == project
    found.setdefault(run, []).append(int(n))
print(json.dumps(found))
"""


def test_no_acknowledged_row_is_lost_to_kill_9(tmp_path: Path) -> None:
    dice, path = random.Random(1), str(tmp_path / "studio.duckdb")
    acknowledged: dict[str, set[int]] = {}
    for run in range(KILLS):
        writer = subprocess.Popen(
            [sys.executable, "-c", WRITER, path, str(run)], stdout=subprocess.PIPE, text=True
        )
        assert writer.stdout is not None
        # One in five dies while it opens the database or replays the log of the one before.
        early = run > 0 and dice.random() < 0.2
        first = "" if early else writer.stdout.readline()
        with pytest.raises(subprocess.TimeoutExpired):  # it never ends by itself
            writer.wait(dice.uniform(0.2, 0.6) if early else dice.uniform(0.01, 0.3))
        writer.kill()
        told = first + writer.communicate()[0]
        acknowledged[str(run)] = {int(line) for line in told.split("\n")[:-1]}
    found = json.loads(subprocess.check_output([sys.executable, "-c", CHECK, path]))
    assert sum(len(rows) for rows in acknowledged.values()) > KILLS
    for run_name, rows in acknowledged.items():
        kept = set(found.get(run_name, []))
        assert rows <= kept, f"run {run_name} lost {len(rows - kept)} acknowledged rows"
        assert len(kept - rows) <= 1, "more than the row that was under way appeared"


WRITE = """
import duckdb, os
c = duckdb.connect("x.duckdb")
c.execute("SET checkpoint_threshold = '1TB'")
c.execute("CREATE TABLE t(id INTEGER PRIMARY KEY, host VARCHAR NOT NULL)")
c.execute("CREATE INDEX t_host ON t(host)")
c.execute("INSERT INTO t VALUES (1, 'a'), (2, 'b')")
os.kill(os.getpid(), 9)
"""
REOPEN = "import duckdb; c = duckdb.connect('x.duckdb'); c.execute('SELECT 1'); c.close()"
LOOK = """
import duckdb
c = duckdb.connect("x.duckdb")
print(c.execute("SELECT count(*) FROM t WHERE host = 'a'").fetchone()[0])
c.execute("DELETE FROM t WHERE host = 'a'")
print(c.execute("SELECT count(*) FROM t").fetchone()[0])
"""


def test_the_installed_duckdb_finds_indexed_rows_after_a_crash(tmp_path: Path) -> None:
    """Versions below 2.0 answer 0 here: the floor in pyproject.toml must never be lowered."""
    for script in (WRITE, REOPEN):
        subprocess.run([sys.executable, "-c", script], cwd=tmp_path, check=False)
    seen = subprocess.check_output([sys.executable, "-c", LOOK], cwd=tmp_path, text=True)
    assert seen.split() == ["1", "1"]
