"""Menus, palette, shortcut sheet and keys come from one registry."""

from __future__ import annotations

import subprocess
import sys

import pytest

from studio.ui.commands import Command, Commands, matches
from studio.ui.strings import PLACES, place_of


def command(id: str, **changes: object) -> Command:
    values: dict[str, object] = {"id": id, "title": id, "menu": "File", "run": lambda: None}
    return Command(**{**values, **changes})  # type: ignore[arg-type]  # keywords by name


async def test_a_command_runs_whether_it_waits_or_not() -> None:
    done: list[str] = []

    async def later() -> None:
        done.append("later")

    commands = Commands([command("now", run=lambda: done.append("now")), command("l", run=later)])
    assert await commands.run("now")
    assert await commands.run("l")
    assert done == ["now", "later"]


async def test_a_command_that_is_not_possible_now_does_nothing() -> None:
    commands = Commands([command("never", enabled=lambda: False)])
    assert not await commands.run("never")
    assert not await commands.run("unknown")


def test_ids_and_keys_have_one_meaning() -> None:
    commands = Commands([command("a", shortcut="Ctrl+K")])
    with pytest.raises(ValueError, match="registered twice"):
        commands.add(command("a"))
    with pytest.raises(ValueError, match="two meanings"):
        commands.add(command("b", shortcut="Ctrl+K"))


def test_the_browser_gets_keys_as_it_compares_them() -> None:
    commands = Commands([command("a", shortcut="Ctrl+Shift+Z", typing=False), command("b")])
    assert commands.key_table() == [{"keys": "ctrl+shift+z", "id": "a", "typing": False}]


def test_words_may_come_in_any_order() -> None:
    assert matches("model tune", "Fine-tune a model …")
    assert not matches("model eval", "Fine-tune a model …")
    assert matches("few shot", "Ladder: Few-shot") and matches("few-shot", "Ladder: Few-shot")
    assert matches("", "anything")


@pytest.mark.parametrize(
    ("path", "title"),
    [
        ("/", "Home"),
        ("/jobs/j1", "Fine-tune"),
        ("/datasets/v1", "Datasets"),
        ("/datasetsx", "Home"),
    ],
)
def test_every_address_belongs_to_a_page(path: str, title: str) -> None:
    assert place_of(path).title == title


def test_every_page_has_its_help() -> None:
    assert all(len(place.help) > 40 for place in PLACES)


@pytest.mark.parametrize("name", ["home.vm", "models.vm", "settings.vm"])
def test_a_view_model_knows_nothing_of_the_framework(name: str) -> None:
    probe = f"import sys, studio.ui.pages.{name}; print('nicegui' in sys.modules)"
    told = subprocess.check_output([sys.executable, "-c", probe], text=True)
    assert told.strip() == "False"
