"""Programs in Settings: the address for clients of OpenAI, and the keys that they show."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from studio.domain.keys import ApiKey
from studio.domain.values import now
from studio.ui.act import act, done
from studio.ui.kit.address import origin
from studio.ui.kit.button import Button
from studio.ui.kit.copyable import Copyable
from studio.ui.kit.data_table import Cell, DataTable
from studio.ui.kit.fields import switch_field
from studio.ui.kit.layout import Row, Stack
from studio.ui.kit.tabs import Tabs
from studio.ui.kit.text import Text
from studio.ui.kit.undo import undo_notice
from studio.ui.pages.settings import programs_vm
from studio.ui.pages.settings.key_dialog import KeyDialog

if TYPE_CHECKING:
    from studio.services.container import Services
    from studio.ui.shell import Shell

COLUMNS = ["Key", "For", "Good for", "Project", "Last used", "State", ""]
HERE = (
    "Off: programs on this machine need none. Those on other machines always do. Switch it on "
    "where several people use this machine."
)


class Programs(Stack):
    """How programs reach the studio, who must show a key, and which keys there are."""

    def __init__(self, services: Services, shell: Shell) -> None:
        super().__init__(14)
        self.services, self.keys, self.shell = services, services.keys, shell
        self.projects: dict[str, str] = {}
        self.address = f"{origin()}/v1"

    async def show(self) -> None:
        """Reads what holds and draws it."""
        asked = await act(self.keys.asked_here)
        projects = await act(self.services.projects.all)
        if asked is None or projects is None or self.is_deleted:
            return
        self.projects = {project.id: project.name for project in projects}
        with self:
            Copyable(self.address, "Address for clients of OpenAI", marker="v1-address")
            switch_field(
                "Ask for a key on this machine too",
                value=asked,
                hint=HERE,
                marker="key-here",
                on_change=self.ask_here,
            )
            self.list = Stack(8)
            with Row(8):
                Button("New key …", self.begin, marker="new-key-begin")
            Tabs(
                {
                    name: partial(self._example, name, text)
                    for name, text in programs_vm.examples(self.address).items()
                },
                label="First lines of a program",
                marker="v1-examples",
            )
        await self.redrawn()

    def _example(self, name: str, text: str) -> None:
        Copyable(text, f"{name}: list the models", marker=f"v1-example-{name.lower()}")

    async def redrawn(self) -> None:
        """Reads the keys and draws their table."""
        found = await act(self.keys.all)
        if found is None or self.is_deleted:
            return
        self.list.clear()
        with self.list:
            if not found:
                Text("No key was made yet.", "small", marker="no-keys")
                return
            DataTable(COLUMNS, [self._row(key) for key in found], caption="Keys", marker="keys")

    def _row(self, key: ApiKey) -> list[Cell]:
        told = programs_vm.line(key, self.projects, now())

        def revoke() -> None:
            if told.good:
                made = Button(
                    "Revoke",
                    partial(self.revoke, key),
                    kind="quiet",
                    marker=f"revoke-{key.id}",
                )
                made.props["aria-label"] = f"Revoke {key.name}"

        return [told.key, told.name, told.good_for, told.project, told.used, told.state, revoke]

    async def ask_here(self, wanted: bool) -> None:
        """Keeps whether programs on this machine need a key too."""
        if await act(self.keys.ask_here, wanted) is not None:
            self.shell.saved()

    def begin(self) -> None:
        """Opens the form for a new key."""
        with self:
            KeyDialog(self.services, self.projects, self.shell.project_id, self._changed).open()

    async def revoke(self, key: ApiKey) -> None:
        """Makes a key good for nothing, with a way back."""
        if await done(self.keys.revoke, key.id):
            await self._changed()
            undo_notice(f"{key.name} is revoked.", partial(self._restore, key))

    async def _restore(self, key: ApiKey) -> None:
        if await done(self.keys.restore, key.id):
            await self._changed()

    async def _changed(self) -> None:
        self.shell.saved()
        await self.redrawn()
