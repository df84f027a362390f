"""Settings: data folder, appearance, secrets, this machine, and what the studio is made of."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from studio.domain.errors import StudioError
from studio.ui.act import act, done
from studio.ui.kit.button import Button
from studio.ui.kit.card import Card
from studio.ui.kit.choice import Segments
from studio.ui.kit.data_table import DataTable
from studio.ui.kit.expander import Expander
from studio.ui.kit.fields import Field, text_field
from studio.ui.kit.layout import Columns, Row, Stack
from studio.ui.kit.notices import notice
from studio.ui.kit.page_header import PageHeader
from studio.ui.kit.text import Text
from studio.ui.pages import figures
from studio.ui.pages.settings import vm
from studio.ui.pages.settings.alerts_view import AlertList
from studio.ui.pages.settings.endpoints_view import EndpointList
from studio.ui.pages.settings.programs_view import Programs
from studio.ui.theme import Appearance, appearance

if TYPE_CHECKING:
    from studio.services.container import Services
    from studio.services.secrets import SecretState
    from studio.ui.shell import Shell

APPEARANCES: dict[Appearance, str] = {
    "light": "Light",
    "dark": "Dark",
    "auto": "As the system has it",
}


LABELS = {
    "HF_TOKEN": "Token for the model hub (HF_TOKEN)",
    "ALERT_WEBHOOK_SECRET": "Secret for webhooks (ALERT_WEBHOOK_SECRET)",
    "SMTP_PASSWORD": "Password of the mail server (SMTP_PASSWORD)",
}


async def build(services: Services, shell: Shell) -> None:
    """Draws the page."""
    PageHeader("Settings", "What holds for the whole studio, whatever the project.")
    with Columns(400, gap=16):
        with Stack(16):
            with Card("Appearance"):
                Segments(
                    "Appearance",
                    APPEARANCES,
                    value=appearance(),
                    on_change=shell.choose_appearance,
                    marker="appearance-choice",
                )
                Text("Remembered on this machine. Animations follow the system's setting.", "small")
            secrets = Card(
                "Secrets", subtitle="Kept in this system's keyring, never in the studio."
            )
            endpoints = Card(
                "Endpoints",
                subtitle="Servers that speak the OpenAI wire; their models can be measured too.",
            )
            machine = Card("This machine")
        with Stack(16):
            programs = Card(
                "Programs may use this studio",
                subtitle="Whatever can talk to OpenAI can talk to the studio at this address.",
            )
            alerts = Card("Alerts", subtitle="Who is told when something becomes of a deployment.")
            folder = Card("Data folder")
    with Card("About Ladder Studio"):
        Text("Apache License 2.0. It works offline; no page loads anything from elsewhere.")
        with Expander("Parts and their licences", marker="licences") as licences:
            pass
    with secrets:
        form = SecretForm(services, shell)
        await form.show()
    with endpoints:
        await EndpointList(services, shell, form.show).show()
    with programs:
        await Programs(services, shell).show()
    with alerts:
        await AlertList(services, shell).show()
    await _folder(shell, folder)
    await _machine(machine)
    found = await act(vm.parts)
    with licences:
        DataTable(
            ["Package", "Version", "Licence"],
            [[part.name, part.version, part.licence] for part in found or []],
            caption="Packages the studio is made of",
        )


async def _folder(shell: Shell, card: Card) -> None:
    found = await act(vm.folder, shell.settings.data_dir)
    if found is None:
        return
    with card:
        Text(str(found.path), "mono", marker="data-dir")
        DataTable(
            ["What", "Size"],
            [[title, figures.size(size)] for title, size in found.parts]
            + [["Free on this disk", figures.size(found.free)]],
            caption="Contents of the data folder",
            numeric=(1,),
        )
        last = figures.moment(found.last_backup) or "none yet"
        Text(
            f"Last backup of the database: {last}. One is made every ten minutes while something "
            "changes; the log says when one could not be made.",
            "small",
        )
        Text("To keep everything elsewhere, copy this folder while the studio is closed.", "small")


async def _machine(card: Card) -> None:
    found = await act(vm.machine)
    if found is None:
        return
    graphics = ", ".join(found.graphics) or "none found; training runs on the processor"
    rows = [
        ["Processor", f"{found.processor}, {figures.many(found.cores, 'core')}"],
        [
            "Memory",
            f"{figures.size(found.memory_total)}, {figures.size(found.memory_free)} free now",
        ],
        ["Graphics card", graphics],
        ["System", found.system],
        ["Python", found.python],
    ]
    with card:
        DataTable(["Fact", "Value"], rows, caption="This machine", marker="machine")


class SecretForm:
    """One write-only line for each secret."""

    def __init__(self, services: Services, shell: Shell) -> None:
        self._services, self._shell = services, shell
        self._body = Stack(14)

    async def show(self) -> None:
        """Reads what is known of the secrets and draws it."""
        states = await act(self._services.secrets.all)
        self._body.clear()
        with self._body:
            for state in states or []:
                self._line(state)

    def _line(self, state: SecretState) -> None:
        marker = f"secret-{state.name}"
        label = LABELS.get(state.name, state.name)
        field = text_field(label, hint=state.purpose, marker=marker, password=True)
        Text(_told(state), "small", marker=f"{marker}-state")
        with Row(8):
            Button("Save", partial(self._keep, state.name, field), marker=f"keep-{state.name}")
            if state.source == "keyring":
                Button("Remove", partial(self._forget, state.name), kind="danger")

    async def _keep(self, name: str, field: Field[str]) -> None:
        def refuse(error: StudioError) -> None:
            field.set_error(str(error))

        value, field.value = field.value or "", ""
        if await act(self._services.secrets.keep, name, value, on_error=refuse):
            self._shell.saved()
            notice(f"{name} is kept.", "good")
            await self.show()

    async def _forget(self, name: str) -> None:
        if await done(self._services.secrets.forget, name):
            self._shell.saved()
            await self.show()


def _told(state: SecretState) -> str:
    if state.source is None:
        return "None is set."
    ending = f", ending in {state.ending}" if state.ending else ""
    return f"Set in the {state.source}{ending}."
