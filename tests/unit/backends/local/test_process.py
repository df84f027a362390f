"""Workers that must die with the studio do, and get no secrets."""

import os
import subprocess
import sys
import threading
import time
from pathlib import Path

import psutil
import pytest

from backends.local import process

ROOT = Path(__file__).parents[4]
STUDIO = """
import subprocess, sys, time
from backends.local import process
child = process.start("{module}")
print(child.pid, flush=True)
time.sleep(600)
"""


def ended(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


def ends(pid: int, seconds: float = 20) -> bool:
    deadline = time.monotonic() + seconds
    while not ended(pid) and time.monotonic() < deadline:
        threading.Event().wait(0.05)
    return ended(pid)


def test_a_worker_dies_with_a_killed_studio() -> None:
    program = STUDIO.format(module="backends.local.generate")
    studio = subprocess.Popen(
        [sys.executable, "-c", program], cwd=ROOT, stdout=subprocess.PIPE, text=True
    )
    with studio:
        assert studio.stdout is not None
        worker = int(studio.stdout.readline())
        assert psutil.pid_exists(worker)
        studio.kill()
    assert ends(worker)


def test_a_worker_gets_no_secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HF_TOKEN", "OPENAI_API_KEY", "LADDER_PASSWORD", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "sk-canary")
    monkeypatch.setenv("HTTPS_PROXY", "kept")
    given = process.environment()
    assert "sk-canary" not in given.values()
    assert given["HTTPS_PROXY"] == "kept"
    assert given[process.PARENT] == str(os.getpid())


def test_only_a_worker_that_fetches_is_online(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("HF_HUB_OFFLINE", raising=False)
    assert process.environment()["HF_HUB_OFFLINE"] == "1"
    assert "HF_HUB_OFFLINE" not in process.online()
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    assert process.online()["HF_HUB_OFFLINE"] == "1", "as the user wants it"


def test_what_a_worker_says_arrives_until_it_ends() -> None:
    with process.start("backends.local.tied", "this", env=dict(os.environ)) as worker:
        said = list(process.lines(worker, lambda: False))
    assert said[0].startswith("The Zen of Python")
    assert worker.returncode == 0


def test_a_worker_that_is_not_wanted_any_more_is_killed() -> None:
    with process.start("backends.local.generate") as worker:
        assert list(process.lines(worker, lambda: True)) == []
    assert worker.returncode != 0
    assert ended(worker.pid)


def test_a_module_of_somebody_else_dies_with_a_killed_studio_too() -> None:
    program = STUDIO.replace('"{module}"', '"backends.local.tied", "http.server", "0"')
    studio = subprocess.Popen(
        [sys.executable, "-c", program], cwd=ROOT, stdout=subprocess.PIPE, text=True
    )
    with studio:
        assert studio.stdout is not None
        worker = int(studio.stdout.readline())
        studio.kill()
    assert ends(worker)
