"""The shell's commands, as one table."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from studio.ui.commands import Command, Commands
from studio.ui.kit.undo import undo_stack
from studio.ui.pages.ladder.steps import STEPS, step_path
from studio.ui.strings import PLACES
from studio.ui.theme import Appearance

if TYPE_CHECKING:
    from studio.ui.shell import Shell


def shell_commands(shell: Shell) -> Commands:
    """Returns everything that can be done from anywhere in the studio."""
    steps = undo_stack()
    commands = Commands(
        (
            Command(id="new-project", title="New project …", menu="File", run=shell.new_project),
            Command(
                id="import",
                title="Import data …",
                menu="File",
                run=partial(shell.go, "/datasets?import=1"),
                group=1,
            ),
            Command(
                id="fine-tune",
                title="Fine-tune a model …",
                menu="File",
                run=partial(shell.go, "/fine-tune/new"),
                group=1,
            ),
            Command(
                id="deploy",
                title="Deploy a model …",
                menu="File",
                run=partial(shell.go, "/deployments?deploy=1"),
                group=1,
            ),
            Command(
                id="save",
                title="Save",
                menu="File",
                run=shell.say_saved,
                shortcut="Ctrl+S",
                group=2,
            ),
            Command(
                id="settings",
                title="Settings",
                menu="File",
                run=partial(shell.go, "/settings"),
                shortcut="Ctrl+,",
                group=2,
            ),
            Command(
                id="undo",
                title="Undo",
                menu="Edit",
                run=shell.undo,
                shortcut="Ctrl+Z",
                typing=False,
                enabled=lambda: bool(steps.steps),
            ),
            Command(
                id="palette",
                title="Find anything …",
                menu="Edit",
                run=shell.open_palette,
                shortcut="Ctrl+K",
                group=1,
            ),
            Command(
                id="navigation",
                title="Show or hide the navigation",
                menu="View",
                run=shell.toggle_navigation,
                shortcut="Ctrl+B",
            ),
            *(
                Command(
                    id=f"appearance-{wanted}",
                    title=title,
                    menu="View",
                    run=partial(shell.choose_appearance, wanted),
                    group=1,
                )
                for wanted, title in APPEARANCES.items()
            ),
        )
    )
    for number, place in enumerate(PLACES, start=1):
        commands.add(
            Command(
                id=f"go-{place.title.lower()}",
                title=f"Go to {place.title}",
                menu="Go",
                run=partial(shell.go, place.path),
                # The keyboard has ten digits, and the tenth is 0.
                shortcut=f"Alt+{number % 10}" if number <= 10 else "",
            )
        )
    for step, words in STEPS.items():
        commands.add(
            Command(
                id=f"ladder-{step}",
                title=f"Ladder: {words.title}",
                menu="",
                run=partial(shell.go, step_path(step)),
                also=f"{words.heading} {words.also}",
            )
        )
    for command in (
        Command(
            id="help", title="Help on this page", menu="Help", run=shell.open_help, shortcut="F1"
        ),
        Command(
            id="shortcuts",
            title="Keyboard shortcuts",
            menu="Help",
            run=shell.open_shortcuts,
            shortcut="Ctrl+/",
        ),
        Command(
            id="about", title="About Ladder Studio", menu="Help", run=shell.open_about, group=1
        ),
    ):
        commands.add(command)
    return commands


APPEARANCES: dict[Appearance, str] = {
    "light": "Light appearance",
    "dark": "Dark appearance",
    "auto": "Appearance as the system has it",
}
