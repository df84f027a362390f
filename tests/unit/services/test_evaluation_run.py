import subprocess
import sys
from pathlib import Path

import pytest

from studio.domain.datasets import Message
from studio.domain.errors import StorageFailed
from studio.domain.evaluation import RunStatus
from studio.domain.interfaces import Answer
from tests.fakes.evaluations import make_example
from tests.fakes.measuring import Bench, finished, version_of

ROOT = Path(__file__).parents[3]

# A studio whose model takes its time; it says how many answers it has acknowledged.
SLOW_STUDIO = """
import sys, threading
from pathlib import Path
from tests.fakes.measuring import Bench

bench = Bench(("refund", "delivery") * 40, path=Path(sys.argv[1]))
pause = threading.Event()
bench.generator.rule = lambda model, asked: pause.wait(0.02) or "refund"
service = bench.service()
service.open()
run = bench.start(service, "base")
print(run.id, flush=True)
while True:
    print(service.get(run.id).done, flush=True)
    pause.wait(0.02)
"""


def test_a_killed_studio_loses_no_acknowledged_answer(tmp_path: Path) -> None:
    database = tmp_path / "studio.duckdb"
    with subprocess.Popen(
        [sys.executable, "-c", SLOW_STUDIO, str(database)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
    ) as studio:
        assert studio.stdout is not None
        run_id = studio.stdout.readline().strip()
        acknowledged = next(done for line in studio.stdout if (done := int(line)) > 0)
        studio.kill()
    bench = Bench(path=database)
    service = bench.service()
    service.open()
    run = finished(service, service.get(run_id))
    service.close()
    bench.database.close()
    assert (run.status, run.done) == (RunStatus.SUCCEEDED, 40)
    assert len(bench.generator.asked) <= 40 - acknowledged


def test_a_disk_that_keeps_nothing_more_stops_the_run(monkeypatch: pytest.MonkeyPatch) -> None:
    bench = Bench()

    def refuse(answers: list[tuple[str, Answer]]) -> None:
        raise StorageFailed("The disk is full.", hint="Free some space.")

    monkeypatch.setattr(bench.evaluations, "keep_answers", refuse)
    service = bench.service()
    service.open()
    run = finished(service, bench.start(service, "base"))
    service.close()
    assert run.status is RunStatus.FAILED
    assert run.message == "The disk is full. Free some space."


def test_equal_prompts_are_asked_once() -> None:
    bench = Bench()
    question = make_example(1, "refund").prompt
    examples = [
        make_example(n, "refund").with_(messages=(*question, Message(role="assistant", content=a)))
        for n, a in enumerate(["refund", "delivery", "refund", "refund"])
    ]
    bench.datasets.add_version(version_of("version_2", 2, examples), examples)
    service = bench.service()
    service.open()
    run = finished(service, bench.start(service, "base", version_id="version_2"))
    service.close()
    assert (run.done, len(service.results(run.id)), len(bench.generator.asked)) == (4, 4, 1)
