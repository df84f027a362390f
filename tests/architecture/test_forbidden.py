"""Words that must not stand in the code, each with the reason and the places that may use it."""

from __future__ import annotations

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
    Ban(r"\beval\(|\bexec\(", "text is data"),
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


def test_broad_handlers_stand_only_where_errors_are_shown_or_logged() -> None:
    found = sorted(
        named(path)
        for path in CODE
        if re.search(r"except (Base)?Exception\b", path.read_text("utf-8"))
    )
    strays = [name for name in found if name not in BROAD]
    assert strays == [], "catch what you expect; the rest belongs to the handlers in BROAD"


BROAD = {
    "studio/api/rpc.py",
}
"""A UI action, the API handler, the job monitor; all of them log."""
