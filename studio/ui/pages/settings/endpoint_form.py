"""Endpoint form: where a server is, what it offers, and its key, which goes to the keyring."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

from studio.domain.endpoints import Connection, Dialect, Endpoint
from studio.domain.errors import StudioError
from studio.ui.act import act
from studio.ui.kit.button import Button
from studio.ui.kit.expander import Expander
from studio.ui.kit.fields import Field, select_field, text_field
from studio.ui.kit.layout import Row, Stack
from studio.ui.kit.notices import Callout
from studio.ui.kit.settle import settle
from studio.ui.kit.text import Text
from studio.ui.pages.settings.providers import FIRST_STEPS, KINDS, FirstStep

if TYPE_CHECKING:
    from studio.services.container import Services


class EndpointForm(Stack):
    """Adds an endpoint, or changes one that is there."""

    def __init__(self, services: Services, saved: Callable[[], Any]) -> None:
        """`saved` is called once something was kept."""
        super().__init__(10)
        self.endpoints, self.secrets, self.saved = services.endpoints, services.secrets, saved
        self.changing: Endpoint | None = None
        with self:
            self.title = Text("Add an endpoint", "strong")
            with Row(6, marker="endpoint-first-steps"):
                Text("Begin with", "small", inline=True)
                for step in FIRST_STEPS:
                    marker = f"endpoint-begin-{step.name}"
                    Button(step.title, partial(self.begin, step), kind="quiet", marker=marker)
            self.about = Callout("", marker="endpoint-about")
            self.name = text_field("Name", hint="For example office-gpu.", marker="endpoint-name")
            self.address = text_field(
                "Address",
                hint="Up to the version: https://…/v1",
                marker="endpoint-address",
                on_change=self._tell_where,
            )
            self.where = Text("", "small", marker="endpoint-where")
            self.where.props["role"] = "status"
            self.models = text_field(
                "Models",
                hint="As the server spells them, with commas between. Empty: Check finds them.",
                marker="endpoint-models",
            )
            self.trains = text_field(
                "Models that can be fine-tuned there",
                hint="With commas between. Empty: none, it only answers.",
                marker="endpoint-trains",
            )
            self.dialect = select_field(
                "Kind of server",
                options=KINDS,
                value=Dialect.OTHER,
                hint="Decides how settings of a fine-tune are told to it.",
                marker="endpoint-dialect",
            )
            self.key = text_field(
                "Key",
                hint="Goes to this system's keyring and is never shown again. Empty: none, or "
                "it is kept already.",
                marker="endpoint-key",
                password=True,
            )
            with Expander("More", hint="Name of the key, Azure", marker="endpoint-more"):
                self.secret = text_field(
                    "Name of its key",
                    hint="Environment variable or keyring entry, for example OPENAI_API_KEY. "
                    "Empty: named after the endpoint when a key is given.",
                    marker="endpoint-secret",
                )
                self.version = text_field(
                    "API version",
                    hint="Only for Azure OpenAI's dated API, for example 2024-10-21; its address "
                    "ends in /openai, its models are the deployments.",
                    marker="endpoint-version",
                )
            with Row(8):
                self.button = Button("Add", self.keep, kind="primary", marker="endpoint-add")
                self.back = Button("Cancel", self.clear_form, marker="endpoint-cancel")
        self.clear_form()

    def begin(self, step: FirstStep) -> None:
        """Fills the form for a well-known server; what is in capitals is the user's to replace."""
        self.clear_form()
        fields: dict[Field[str], str] = {
            self.name: step.name,
            self.address: step.address,
            self.trains: ", ".join(step.trains),
            self.models: ", ".join(step.trains),
            self.secret: step.secret,
        }
        for field, text in fields.items():
            field.value = text
        self.dialect.value = step.dialect
        self.about.set_text(step.about)
        self.about.set_visibility(True)
        self.key.focus()

    def change(self, endpoint: Endpoint) -> None:
        """Fills the form with an endpoint, to be changed; its name stays, results carry it."""
        self.changing = endpoint
        self._fill(endpoint)
        self.title.set_text(f"Change {endpoint.name}")
        self.button.set_text("Save")
        self.name.set_enabled(False)
        self.back.set_visibility(True)
        self.address.focus()

    def clear_form(self) -> None:
        """Empties the form, for another endpoint."""
        self.changing = None
        self._fill(None)
        self.title.set_text("Add an endpoint")
        self.button.set_text("Add")
        self.name.set_enabled(True)
        self.back.set_visibility(False)

    async def keep(self) -> None:
        """Keeps what stands in the form, the key in the keyring; nothing is sent."""
        key, secret = self.key.value.strip(), self.secret.value.strip()
        name = self.name.value.strip()
        if key and not secret:
            secret = f"{name.upper().replace('-', '_')}_API_KEY"
        if await act(self._write, name, secret, on_error=self._refuse) is None:
            return
        if key:
            # The endpoint comes first: only secrets that something asks for can be kept.
            await act(self.secrets.keep, secret, key)
        self.clear_form()
        await settle(self.saved())

    def _write(self, name: str, secret: str) -> Endpoint:
        models = self.models.value.split(",")
        address, version = self.address.value, self.version.value
        dialect, trains = self.dialect.value, self.trains.value.split(",")
        if self.changing is None:
            return self.endpoints.add(name, address, models, secret, version, dialect, trains)
        changed = self.changing.with_(
            base_url=address,
            models=tuple(models),
            secret=secret,
            api_version=version,
            dialect=dialect,
            trains=tuple(trains),
        )
        return self.endpoints.change(changed)

    def _refuse(self, error: StudioError) -> None:
        self.address.set_error(str(error))

    def _fill(self, endpoint: Endpoint | None) -> None:
        fields: dict[Field[str], str] = {
            self.name: endpoint.name if endpoint else "",
            self.address: endpoint.base_url if endpoint else "",
            self.models: ", ".join(endpoint.models) if endpoint else "",
            self.trains: ", ".join(endpoint.trains) if endpoint else "",
            self.secret: endpoint.secret if endpoint else "",
            self.version: endpoint.api_version if endpoint else "",
            self.key: "",
        }
        for field, text in fields.items():
            field.value = text
        self.dialect.value = endpoint.dialect if endpoint else Dialect.OTHER
        self.about.set_visibility(False)
        self._tell_where(self.address.value)

    def _tell_where(self, address: str) -> None:
        self.address.set_error(None)
        place = Connection(name="", base_url=address.strip(), key="")
        told = ""
        if "://" in address and place.leaves_machine:
            told = f"Questions to its models will leave this machine, for {place.host}. "
            told += "Examples to tune on are sent only after you have seen and agreed to it."
        elif "://" in address:
            told = "Questions to its models stay on this machine."
        self.where.set_text(told)
        self.where.set_visibility(bool(told))
