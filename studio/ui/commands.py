"""Commands: what menus, palette, shortcut sheet and keys can do, said once."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from studio.ui.kit.settle import settle


@dataclass(frozen=True, kw_only=True)
class Command:
    """One thing the user can do from anywhere."""

    id: str
    title: str
    """What it does, beginning with a verb."""
    menu: str
    """Menu it stands in; empty: palette and keys only."""
    run: Callable[[], Any]
    also: str = ""
    """Other words that the palette finds it by."""
    shortcut: str = ""
    """As people read it, for example `Ctrl+Shift+Z`."""
    typing: bool = True
    """Whether the shortcut also works while the cursor is in a text."""
    enabled: Callable[[], bool] = lambda: True
    group: int = 0
    """Entries of a menu with different groups have a line between them."""


class Commands:
    """The registry of one browser tab."""

    def __init__(self, commands: Iterable[Command] = ()) -> None:
        self._commands: dict[str, Command] = {}
        for command in commands:
            self.add(command)

    def add(self, command: Command) -> None:
        """Registers a command; ids and shortcuts are unique."""
        if command.id in self._commands:
            raise ValueError(f"Command {command.id} is registered twice.")
        if command.shortcut and any(c.shortcut == command.shortcut for c in self.all()):
            raise ValueError(f"{command.shortcut} has two meanings.")
        self._commands[command.id] = command

    def all(self) -> list[Command]:
        """Returns every command in the order of registration."""
        return list(self._commands.values())

    def menus(self) -> dict[str, list[Command]]:
        """Returns menu title → its commands, in the order of registration."""
        found: dict[str, list[Command]] = {}
        for command in self.all():
            if command.menu:
                found.setdefault(command.menu, []).append(command)
        return found

    def shortcuts(self) -> list[Command]:
        """Returns the commands that have a key."""
        return [command for command in self.all() if command.shortcut]

    def key_table(self) -> list[dict[str, Any]]:
        """Returns the shortcuts as `studio.js` compares them."""
        return [
            {"keys": command.shortcut.lower(), "id": command.id, "typing": command.typing}
            for command in self.shortcuts()
        ]

    async def run(self, command_id: str) -> bool:
        """Runs a command; False when there is none of that id or it is not possible now."""
        command = self._commands.get(command_id)
        if command is None or not command.enabled():
            return False
        await settle(command.run())
        return True


def matches(wanted: str, title: str) -> bool:
    """True when every word wanted occurs in the title, whatever the order and the hyphens."""
    said = _plain(title)
    return all(word in said for word in _plain(wanted).split())


def _plain(text: str) -> str:
    return text.casefold().replace("-", " ")
