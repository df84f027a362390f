"""studio serve: programs are told where it answers, as soon as it does."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from pathlib import Path

import httpx

from tests.architecture.places import ROOT, clean_environment

PATIENCE = 60


def test_json_gives_the_link_that_signs_in_and_nothing_else(tmp_path: Path) -> None:
    words = ("serve", "--no-open", "--port", "0", "--json", "--data-dir", str(tmp_path))
    with subprocess.Popen(
        (sys.executable, "-m", "studio", *words),
        cwd=ROOT,
        env=clean_environment(),
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as studio:
        assert studio.stdout is not None
        told = json.loads(studio.stdout.readline())
        assert told["data_dir"] == str(tmp_path)
        with httpx.Client(follow_redirects=True, trust_env=False) as browser:
            assert browser.get(told["link"]).status_code == 200
        studio.send_signal(signal.SIGINT)
        rest, _ = studio.communicate(timeout=PATIENCE)
    assert rest == ""
    assert studio.returncode == 0
