"""ProjectSwitcher: which project this is, the others, and a new one."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

from nicegui import ui
from nicegui.element import Element
from nicegui.elements.mixins.text_element import TextElement

from studio.domain.errors import StudioError
from studio.domain.projects import Project
from studio.ui.act import act
from studio.ui.kit.button import Button, decorative_icon
from studio.ui.kit.dialog import Dialog
from studio.ui.kit.fields import text_field, textarea_field

if TYPE_CHECKING:
    from studio.services.container import Services


class ProjectSwitcher:
    """The button in the header and the dialog for a new project."""

    def __init__(
        self, services: Services, current: Project, choose: Callable[[Project], Any]
    ) -> None:
        self._services, self._current, self._choose = services, current, choose
        with Element("button").classes("ls-project").mark("project-switcher") as opener:
            opener.props["type"] = "button"
            opener.props["aria-haspopup"] = "menu"
            decorative_icon("folder_open")
            TextElement(tag="span", text=current.name)
            decorative_icon("expand_more")
            with ui.menu().classes("ls-menu") as self._menu:
                self._menu.props["aria-label"] = "Projects"
                self._menu.props["transition-duration"] = "0"
                self._menu.props["offset"] = [0, 2]
                self._menu.props["no-parent-event"] = True
        opener.on("click", self._open, [])
        self._build_dialog()

    async def _open(self) -> None:
        projects = await act(self._services.projects.all)
        if projects is None:
            return
        self._menu.clear()
        with self._menu:
            for project in projects:
                item = self._item(project.name, partial(self._switch, project))
                item.props["aria-current"] = "true" if project.id == self._current.id else "false"
                if project.id == self._current.id:
                    with item:
                        decorative_icon("check")
            Element("div").classes("ls-menu-line").props["role"] = "separator"
            self._item("New project …", self.create).mark("new-project")
        self._menu.open()

    def _item(self, title: str, press: Callable[[], Any]) -> TextElement:
        item = TextElement(tag="button", text=title).classes("ls-menu-item")
        item.props["type"], item.props["role"] = "button", "menuitem"
        item.on("click", lambda: press(), [])
        return item

    def _switch(self, project: Project) -> None:
        self._menu.close()
        if project.id != self._current.id:
            self._choose(project)

    def create(self) -> None:
        """Opens the form for a new project."""
        self._menu.close()
        self._name.value, self._description.value = "", ""
        self._name.set_error(None)
        self._dialog.open()
        self._name.focus()

    def _build_dialog(self) -> None:
        with Dialog("New project", marker="new-project-dialog") as self._dialog:
            self._name = text_field(
                "Name",
                hint="What the client or the engagement is called.",
                marker="project-name",
                on_enter=self._save,
            )
            self._description = textarea_field(
                "What should the model do? (optional)", marker="project-description", rows=2
            )
        with self._dialog.actions:
            Button("Cancel", self._dialog.close, kind="quiet")
            Button("Create project", self._save, kind="primary", marker="create-project")

    async def _save(self) -> None:
        def refuse(error: StudioError) -> None:
            self._name.set_error(str(error))
            self._name.focus()

        made = await act(
            self._services.projects.create,
            name=self._name.value or "",
            description=self._description.value or "",
            on_error=refuse,
        )
        if made is not None:
            self._dialog.close()
            self._choose(made)
