"""Key dialog: what a new key is for and good for; then the key itself, once."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from studio.domain.errors import StudioError
from studio.domain.keys import MEANING, NewKey, Scope
from studio.domain.values import now
from studio.ui.act import act
from studio.ui.kit.button import Button
from studio.ui.kit.copyable import Copyable
from studio.ui.kit.dialog import Dialog
from studio.ui.kit.fields import Field, check_field, select_field, text_field
from studio.ui.kit.settle import settle
from studio.ui.kit.text import Text
from studio.ui.pages.settings import programs_vm

if TYPE_CHECKING:
    from studio.services.container import Services


class KeyDialog(Dialog):
    """Makes one key; drawn anew for each, so that none stays in a page."""

    def __init__(
        self, services: Services, projects: dict[str, str], project_id: str, made: Callable[[], Any]
    ) -> None:
        """`made` is called once a key was made."""
        super().__init__("New key", marker="key-dialog")
        self.keys, self.made = services.keys, made
        with self:
            self.name = text_field(
                "What it is for",
                hint="For example: nightly retraining, Anna's laptop.",
                marker="key-name",
            )
            self.project = select_field(
                "Project",
                options=projects,
                value=project_id,
                hint="What programs make with it lies in this project.",
                marker="key-project",
            )
            self.scopes: dict[Scope, Field[bool]] = {
                scope: check_field(
                    programs_vm.NAMES[scope],
                    value=scope is Scope.ALL,
                    hint=MEANING[scope],
                    marker=f"key-scope-{scope}",
                )
                for scope in Scope
            }
            self.life = select_field("Ends", options=programs_vm.LIVES, value=0, marker="key-life")
        with self.actions:
            self.button = Button("Make the key", self.make, kind="primary", marker="key-make")

    async def make(self) -> None:
        """Makes the key and shows it, the only time that it can be read."""
        chosen = [scope for scope, field in self.scopes.items() if field.value]
        ends = programs_vm.ends(int(self.life.value), now())
        for field in (self.name, self.scopes[Scope.ALL]):
            field.set_error(None)
        made = await act(
            self.keys.create,
            self.name.value,
            self.project.value,
            chosen,
            ends,
            on_error=self._refuse,
        )
        if made is not None:
            self._show(made)
            await settle(self.made())

    def _refuse(self, error: StudioError) -> None:
        nothing = not any(field.value for field in self.scopes.values())
        where = self.scopes[Scope.ALL] if nothing and self.name.value.strip() else self.name
        where.set_error(str(error))

    def _show(self, made: NewKey) -> None:
        self.body.clear()
        with self.body:
            Text("This is the only time that the key is shown. Put it where secrets are kept.")
            Copyable(made.key, "The new key", marker="new-key")
            Text("Lost it? Revoke it and make another one.", "small")
        self.actions.clear()
        with self.actions:
            Button("Done", self.close, kind="primary", marker="key-done")
