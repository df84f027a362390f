"""Alert dialog: who is to hear of what; then exactly what will be sent, before anything is."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from studio.domain.errors import StudioError
from studio.ui.act import act
from studio.ui.kit.button import Button
from studio.ui.kit.copyable import Copyable
from studio.ui.kit.dialog import Dialog
from studio.ui.kit.fields import Field, check_field, select_field, text_field
from studio.ui.kit.layout import Stack
from studio.ui.kit.settle import settle
from studio.ui.kit.text import Text
from studio.ui.pages.settings import alerts_vm

if TYPE_CHECKING:
    from studio.services.container import Services

HINT = (
    "A web address gets JSON; redirects are not followed. E-mail goes through the mail server "
    "named by LADDER_SMTP_HOST when the studio starts."
)
ADDRESS = "For example https://hooks.example.org/studio, or ada@example.org."
SIGNED = (
    "Every message to a web address is signed, as `x-ladder-signature`, once the secret "
    "ALERT_WEBHOOK_SECRET is set under Secrets."
)


class AlertDialog(Dialog):
    """Adds one address; drawn anew for each."""

    def __init__(
        self, services: Services, projects: dict[str, str], project_id: str, made: Callable[[], Any]
    ) -> None:
        """`made` is called once an address was added."""
        super().__init__("New alert", marker="alert-dialog")
        self.alerts, self.made = services.alerts, made
        with self:
            self.form = Stack(14)
            self.preview = Stack(10)
            self.preview.set_visibility(False)
        with self.form:
            self.channel = select_field(
                "Told by",
                options=alerts_vm.CHANNELS,
                value="webhook",
                hint=HINT,
                marker="alert-channel",
            )
            self.address = text_field("Address", hint=ADDRESS, marker="alert-address")
            self.project = select_field(
                "Project",
                options=projects,
                value=project_id,
                hint="Hears of this project's deployments.",
                marker="alert-project",
            )
            self.everything = check_field(
                "Tell of everything",
                value=True,
                marker="alert-everything",
                on_change=self._offer,
            )
            self.offered = Stack(14)
            self.offered.set_visibility(False)
        with self.offered:
            self.events: dict[str, Field[bool]] = {
                event: check_field(
                    alerts_vm.name(event), value=False, hint=meaning, marker=f"alert-event-{event}"
                )
                for event, meaning in self.alerts.events().items()
            }
        with self.actions:
            self.button = Button(
                "Show what will be sent", self.look, kind="primary", marker="alert-look"
            )

    async def look(self) -> None:
        """Shows exactly what would be sent, or what is wrong with the address."""
        for field in (self.address, self.everything):
            field.set_error(None)
        events = self._events()
        if events is None:
            self.everything.set_error("Choose what to hear of.")
            return
        shown = await act(self.alerts.draft, *self._given(events), on_error=self._refuse)
        if shown is None or self.is_deleted:
            return
        self.form.set_visibility(False)
        self.preview.set_visibility(True)
        self.preview.clear()
        with self.preview:
            Text("Every message looks like this one, with other words and numbers in it:")
            Copyable(shown, "What will be sent", marker="alert-preview")
            if self.channel.value == "webhook":
                Text(SIGNED, "small")
        self.actions.clear()
        with self.actions:
            Button("Add it", self.add, kind="primary", marker="alert-add")

    async def add(self) -> None:
        """Adds the address."""
        made = await act(self.alerts.add, *self._given(self._events() or ()))
        if made is not None:
            self.close()
            await settle(self.made())

    def _offer(self, everything: bool) -> None:
        self.offered.set_visibility(not everything)

    def _events(self) -> Sequence[str] | None:
        wanted = {event: bool(field.value) for event, field in self.events.items()}
        return alerts_vm.chosen(bool(self.everything.value), wanted)

    def _given(self, events: Sequence[str]) -> tuple[Any, ...]:
        return (self.project.value, self.channel.value, self.address.value or "", events)

    def _refuse(self, error: StudioError) -> None:
        self.address.set_error(str(error))
