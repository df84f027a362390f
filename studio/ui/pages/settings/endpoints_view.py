"""Endpoints in Settings: servers whose models may be asked, and where that sends questions."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

from studio.domain.endpoints import Endpoint
from studio.ui.act import act, done
from studio.ui.kit.badge import Badge
from studio.ui.kit.button import Button
from studio.ui.kit.layout import Row, Stack
from studio.ui.kit.settle import settle
from studio.ui.kit.text import Text
from studio.ui.kit.undo import undo_notice
from studio.ui.pages.settings.endpoint_form import EndpointForm
from studio.ui.pages.settings.providers import KINDS

if TYPE_CHECKING:
    from studio.services.container import Services
    from studio.ui.shell import Shell


class EndpointList(Stack):
    """Every endpoint with what can be done to it, and the form for another one."""

    def __init__(self, services: Services, shell: Shell, changed: Callable[[], Any]) -> None:
        """`changed` is called when the keys that endpoints want may be others."""
        super().__init__(14)
        self.endpoints, self.shell, self.changed = services.endpoints, shell, changed
        with self:
            self.list = Stack(14)
            self.form = EndpointForm(services, self._redrawn)

    async def show(self) -> None:
        """Reads the endpoints and draws them."""
        found = await act(self.endpoints.all)
        if found is None or self.is_deleted:
            return
        self.list.clear()
        with self.list:
            if not found:
                Text("None: every question is answered on this machine.", marker="no-endpoints")
            for endpoint in found:
                self._one(endpoint)

    def _one(self, endpoint: Endpoint) -> None:
        with Stack(4, marker=f"endpoint-{endpoint.name}"):
            with Row(8):
                Text(endpoint.name, "strong", inline=True)
                if endpoint.leaves_machine:
                    Badge(f"questions go to {endpoint.host}", "warning")
                else:
                    Badge("on this machine", "good")
            Text(endpoint.base_url, "mono")
            Text(", ".join(endpoint.models) or "No models named yet: press Check.", "small")
            if endpoint.trains:
                tuned = ", ".join(endpoint.trains)
                Text(f"Can be fine-tuned there ({KINDS[endpoint.dialect]}): {tuned}", "small")
            said = Text("", "small", marker=f"endpoint-said-{endpoint.name}")
            said.props["role"] = "status"
            with Row(4):
                Button(
                    "Check",
                    partial(self.check, endpoint, said),
                    kind="quiet",
                    marker=f"endpoint-check-{endpoint.name}",
                    tip="Asks for the list of models; none of your data is sent.",
                )
                Button(
                    "Change",
                    partial(self.form.change, endpoint),
                    kind="quiet",
                    marker=f"endpoint-change-{endpoint.name}",
                )
                Button(
                    "Remove",
                    partial(self.forget, endpoint),
                    kind="quiet",
                    marker=f"endpoint-remove-{endpoint.name}",
                )

    async def check(self, endpoint: Endpoint, said: Text) -> None:
        """Looks at an endpoint; models it lists are offered when none were named."""
        said.set_text(f"Asking {endpoint.host} …")
        state = await act(self.endpoints.check, endpoint.name)
        if state is None:
            return
        said.set_text(state.message)
        if state.models and not endpoint.models:
            changed = endpoint.with_(models=state.models)
            if await done(self.endpoints.change, changed):
                await self._redrawn()

    async def forget(self, endpoint: Endpoint) -> None:
        """Forgets an endpoint, with a way back."""
        if await done(self.endpoints.remove, endpoint.name):
            await self._redrawn()
            undo_notice(f"{endpoint.name} removed.", partial(self._restore, endpoint))

    async def _restore(self, endpoint: Endpoint) -> None:
        back = (endpoint.name, endpoint.base_url, endpoint.models, endpoint.secret)
        tuning = (endpoint.api_version, endpoint.dialect, endpoint.trains)
        if await done(self.endpoints.add, *back, *tuning):
            await self._redrawn()

    async def _redrawn(self) -> None:
        self.shell.saved()
        await self.show()
        await settle(self.changed())
