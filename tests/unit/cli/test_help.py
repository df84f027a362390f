"""Help: every command shows an example, speaks JSON, and refuses what it does not know."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, get_args

import pytest
import typer.main
from typer.testing import CliRunner

from studio.cli import options
from studio.cli.exits import EXIT_CODES, USAGE
from studio.cli.main import app
from studio.domain.datasets import DataFormat, Split
from studio.domain.endpoints import Dialect
from studio.domain.retrieval import RetrievalMode
from studio.domain.training import Effort, Method, Objective


def commands(command: Any = None, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """Yields the words of every command that does something."""
    command = command or typer.main.get_command(app)
    children = getattr(command, "commands", None)
    if children is None:
        yield path
        return
    for name, child in children.items():
        yield from commands(child, (*path, name))


EVERY = list(commands())


def test_the_promised_commands_are_there() -> None:
    promised = {"demo", "serve", "models", "data", "train", "evaluate", "chat"}
    assert promised <= {path[0] for path in EVERY}


@pytest.mark.parametrize("path", EVERY, ids=" ".join)
def test_help_shows_an_example_that_begins_with_the_command(path: tuple[str, ...]) -> None:
    shown = CliRunner().invoke(app, [*path, "--help"])
    assert shown.exit_code == 0
    _, _, examples = shown.stdout.partition("Example:\n")
    assert examples.strip().startswith(" ".join(("studio", *path)))


@pytest.mark.parametrize("path", EVERY, ids=" ".join)
def test_every_command_speaks_json(path: tuple[str, ...]) -> None:
    assert "--json" in CliRunner().invoke(app, [*path, "--help"]).stdout


def test_help_lists_every_exit_code() -> None:
    shown = CliRunner().invoke(app, ["--help"]).stdout
    for code, words in EXIT_CODES.items():
        assert f"{code:<4} {words}" in shown


@pytest.mark.parametrize(
    "line",
    [["nonsense"], ["train"], ["data", "show"], ["train", "x", "--effort", "much"], ["--what"]],
)
def test_a_wrong_command_line_ends_with_the_usage_code(line: list[str]) -> None:
    assert CliRunner().invoke(app, line).exit_code == USAGE


@pytest.mark.parametrize(
    ("words", "fixed_set"),
    [
        (options.SplitName, Split),
        (options.FormatName, DataFormat),
        (options.MethodName, Method),
        (options.EffortName, Effort),
        (options.ObjectiveName, Objective),
        (options.DialectName, Dialect),
        (options.ModeName, RetrievalMode),
    ],
)
def test_choices_on_the_command_line_are_those_of_the_domain(words: Any, fixed_set: Any) -> None:
    assert list(get_args(words)) == list(fixed_set)
