"""Documents tell the truth: commands, tree, links and generated pages match what is there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.architecture.places import ROOT, named
from tests.architecture.reference import PAGES

README = (ROOT / "README.md").read_text(encoding="utf-8")
MAIN_JOB = "python3 -m venv .venv && .venv/bin/pip install -e . && .venv/bin/studio demo"
TESTS = "python3 -m venv .venv && .venv/bin/pip install -e '.[test]' && .venv/bin/pytest"
DOCUMENTS = [ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").rglob("*.md"))]
DRAWN = ("studio", "backends")


def section(title: str) -> str:
    """Returns the text of one section of the README."""
    return README.partition(f"## {title}\n")[2].partition("\n## ")[0]


def test_quick_start_has_exactly_two_commands() -> None:
    commands = re.findall(r"```sh\n(.*?)\n```", section("Quick start"), re.DOTALL)
    assert commands == [MAIN_JOB, TESTS]


def test_each_quick_start_command_has_its_windows_spelling() -> None:
    spelled = re.findall(r"^Windows: `(.*)`$", section("Quick start"), re.MULTILINE)
    ends = [line.rpartition("\\")[2] for line in spelled]
    assert ends == ["studio demo", "pytest"]


def test_the_machine_runs_the_second_command_as_written() -> None:
    assert (ROOT / ".ci/run").read_text(encoding="utf-8").rstrip().endswith(TESTS)


def test_the_tree_shows_what_is_there_and_nothing_else() -> None:
    drawn: dict[str, set[str]] = {}
    top = ""
    for line in section("The tree").partition("```\n")[2].partition("\n```")[0].splitlines():
        name = line.split()[0]
        top = name if not line.startswith(" ") else top
        drawn.setdefault(top, set()).update({name} if line.startswith(" ") else ())
        assert (ROOT / top / ("" if name == top else name)).exists(), line
    for folder in DRAWN:
        there = {
            f"{path.name}/" if path.is_dir() else path.name
            for path in (ROOT / folder).iterdir()
            if path.name not in ("__init__.py", "__pycache__", "py.typed")
        }
        assert drawn[f"{folder}/"] == there


@pytest.mark.parametrize("page", PAGES)
def test_generated_page_is_up_to_date(page: str) -> None:
    written = (ROOT / page).read_text(encoding="utf-8")
    assert written == PAGES[page](), "run: python -m tests.architecture.reference"


@pytest.mark.parametrize("document", DOCUMENTS, ids=named)
def test_every_link_leads_somewhere(document: Path) -> None:
    links = re.findall(r"\]\(([^)#\s]+)", document.read_text(encoding="utf-8"))
    missing = [
        link
        for link in links
        if not link.startswith("https://") and not (document.parent / link).exists()
    ]
    assert missing == []


def test_the_index_leads_to_every_page() -> None:
    index = (ROOT / "docs/index.md").read_text(encoding="utf-8")
    pages = [path for path in DOCUMENTS if path.is_relative_to(ROOT / "docs")]
    listed = ("docs/index.md", "docs/decisions/")
    missing = [
        named(path)
        for path in pages
        if not named(path).startswith(listed)
        and path.relative_to(ROOT / "docs").as_posix() not in index
    ]
    assert missing == []
