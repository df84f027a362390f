"""The tree keeps its shape: small modules, each introduced by a sentence, tests that mirror it."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from tests.architecture.places import ROOT, SOURCE, named, python_files

MODULES = [path for path in python_files(*SOURCE, "tests") if path.stat().st_size]
OURS = [path for path in MODULES if path.relative_to(ROOT).parts[0] in SOURCE]
RULES = [
    path for path in OURS if path.is_relative_to(ROOT / "studio/core") and path.stem != "__init__"
]
VAGUE = {"utils", "util", "common", "misc", "helpers", "manager"}


@pytest.mark.parametrize("module", MODULES, ids=named)
def test_module_fits_on_a_few_screens(module: Path) -> None:
    lines = len(module.read_text(encoding="utf-8").splitlines())
    assert lines <= 300, f"{named(module)} has {lines} lines; split it by responsibility"


@pytest.mark.parametrize("module", OURS, ids=named)
def test_module_says_in_one_line_what_it_is(module: Path) -> None:
    said = ast.get_docstring(ast.parse(module.read_text(encoding="utf-8")))
    first = (said or "").partition("\n")[0]
    assert first, f"{named(module)} has no docstring"
    assert first[-1] in ".:?", f"{named(module)}: the first line is no sentence: {first}"


@pytest.mark.parametrize("rule", RULES, ids=named)
def test_every_rule_module_has_its_test(rule: Path) -> None:
    expected = ROOT / "tests/unit" / rule.relative_to(ROOT / "studio")
    expected = expected.with_name(f"test_{rule.name}")
    assert expected.exists(), f"{named(rule)} needs {named(expected)}"


def test_unit_tests_mirror_the_source() -> None:
    folders = [path for path in (ROOT / "tests/unit").rglob("*") if path.is_dir()]
    inside = [path.relative_to(ROOT / "tests/unit") for path in folders if any(path.glob("*.py"))]
    strays = [
        folder.as_posix()
        for folder in inside
        if not ((ROOT / "studio" / folder).is_dir() or (ROOT / folder).is_dir())
    ]
    assert strays == []


def test_no_module_has_a_name_that_says_nothing() -> None:
    assert [named(path) for path in MODULES if path.stem in VAGUE] == []
