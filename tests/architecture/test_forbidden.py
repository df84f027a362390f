"""Words that must not stand in the code, each with the reason and the places that may use it."""

from __future__ import annotations

import ast
import re
import subprocess
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.architecture.places import ROOT, named, python_files

CODE = python_files("studio", "backends")


class Ban(NamedTuple):
    """One forbidden spelling."""

    pattern: str
    because: str
    allowed: tuple[str, ...] = ()


BANS = (
    Ban(r"\.props\(\s*f['\"]", "user text could add attributes to the page"),
    Ban(
        r"run_javascript",
        "scripts stay where they can be reviewed",
        ("studio/ui/kit/", "studio/ui/shell"),
    ),
    Ban(
        r"\.props\(",
        "only the kit knows Quasar",
        ("studio/ui/kit/", "studio/ui/shell", "studio/ui/theme"),
    ),
    Ban(r"html_columns|text_html=True|sanitize=False|options-html", "user text would run as HTML"),
    Ban(r"trust_remote_code\s*=\s*True", "a model's own code never runs"),
    Ban(r"shell\s*=\s*True", "commands are argument lists"),
    Ban(r"\bimport pickle\b|\bpickle\.|\bfrom pickle\b", "a pickle is a program"),
    Ban(r"weights_only\s*=\s*False", "a pickle is a program"),
    Ban(r"torch\.load\(", "weights are safetensors"),
    Ban(r"(?<![.\w])(?:eval|exec)\(", "text is data"),
    Ban(r"\bTODO\b|\bFIXME\b|\bXXX\b", "what is not done is not claimed"),
    Ban(r"verify\s*=\s*False", "certificates are checked"),
    Ban(r"allow_pickle\s*=\s*True", "a pickle is a program"),
)


@pytest.mark.parametrize("ban", BANS, ids=lambda ban: ban.pattern)
def test_nobody_writes(ban: Ban) -> None:
    found = [
        f"{named(path)}:{number}"
        for path in CODE
        if not named(path).startswith(ban.allowed or "\0")
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if re.search(ban.pattern, line)
    ]
    assert found == [], ban.because


PRIVATE = re.compile(
    "|".join(
        (
            r"(?<![.\w])/(?:work|root)/",
            r"/tmp/(?:v|bash)\b",
            r"pypi\." + "org",
            r"registry\.npm" + "js",
            r"deb\.deb" + "ian",
        )
    )
)


def test_no_file_names_a_machine_or_a_registry() -> None:
    listed = subprocess.run(
        ("git", "ls-files", "-z"), cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout
    found = []
    for name in filter(None, listed.split("\0")):
        try:
            text = Path(ROOT / name).read_text(encoding="utf-8")
        except (UnicodeDecodeError, FileNotFoundError):
            continue
        found += [f"{name}: {match.group()}" for match in PRIVATE.finditer(text)]
    assert found == []


BROAD = {
    "backends/local/answering/worker.py": "the worker's last frame: every end becomes a sentence",
    "backends/local/embedding/worker.py": "the same, for texts that become vectors",
    "backends/local/train.py": "the worker's last frame: every end becomes a sentence",
    "studio/api/rpc.py": "the API handler",
    "studio/api/v1/app.py": "the API handler of the OpenAI wire",
    "studio/api/v1/metrics.py": "the API handler of the metrics",
    "studio/api/v1/streaming.py": "the same, once an answer has begun",
    "studio/services/evaluation_run.py": "a run whose thread met a defect does not look alive",
    "studio/services/feedback_writer.py": "the writer's thread: who waits is told, the next get in",
    "studio/services/fetching.py": "the thread that fetches: a defect is told as the end it is",
    "studio/services/ladder_run.py": "the same, for a rung",
    "studio/services/monitor.py": "the job monitor",
    "studio/services/retrieval_turns.py": "the thread that indexes: the next must get its turn",
    "studio/services/turns.py": "the thread that measures: the next run must get its turn",
    "studio/services/wire_batches.py": "a batch that met a defect does not look alive",
    "studio/services/wire_checking.py": "the thread that checks orders: a defect ends the order",
    "studio/ui/act.py": "a UI action",
    "studio/ui/bridge.py": "the news must go on",
    "studio/ui/data_routes.py": "an API handler of the pages",
    "studio/ui/kit/long_task.py": "raised again where the page waits for it",
    "studio/ui/routing.py": "a UI action: drawing a page",
    "studio/ui/upload_route.py": "an API handler of the pages",
}
"""The only places that catch everything without raising it again; all show it or log it."""


def catches_everything(path: Path) -> bool:
    """Tells whether a handler of every exception goes on as if nothing had happened."""
    return any(
        isinstance(node, ast.ExceptHandler)
        and (node.type is None or getattr(node.type, "id", "") in ("Exception", "BaseException"))
        and not isinstance(node.body[-1], ast.Raise)
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
    )


def test_everything_is_caught_only_where_it_is_shown_or_logged() -> None:
    assert [
        named(path) for path in CODE if catches_everything(path) and named(path) not in BROAD
    ] == []
