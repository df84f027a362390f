"""What the reading process may no longer do."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from backends.reader.child import ROOT

TRIES = {
    "a connection": "import socket; socket.create_connection(('127.0.0.1', 9))",
    "a listening port": "import socket; socket.socket().bind(('127.0.0.1', 0))",
    "a program": "import subprocess, sys; subprocess.run([sys.executable, '-V'])",
    "a shell": "import os; os.system('true')",
}


@pytest.mark.parametrize("attempt", TRIES.values(), ids=TRIES)
def test_reading_needs_no(attempt: str) -> None:
    code = (
        "import os, sys\nfrom backends.reader import sandbox\nsandbox.enter(int(sys.argv[1]))\n"
        f"try:\n    exec({attempt!r})\nexcept PermissionError:\n    os._exit(7)\nos._exit(0)"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code, str(os.getpid())], cwd=ROOT, stdin=subprocess.PIPE
    ) as child:
        assert child.wait(timeout=60) == 7


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux names the parent's death")
def test_a_child_whose_parent_is_gone_stops_at_once() -> None:
    code = "from backends.reader import sandbox; sandbox.enter(1); print('still here')"
    ended = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert (ended.returncode, ended.stdout) == (1, "")
