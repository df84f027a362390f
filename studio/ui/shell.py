"""Shell: the window around the pages: header, navigation, content, status bar, keys."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING
from urllib.parse import quote

from nicegui import app, ui
from nicegui.element import Element
from nicegui.elements.mixins.text_element import TextElement

from studio.domain.projects import Project
from studio.ui import help_sheets, strings
from studio.ui.act import act
from studio.ui.bridge import Bridge, News
from studio.ui.commands import Commands
from studio.ui.kit.button import IconButton, decorative_icon
from studio.ui.kit.menu_bar import MenuBar, MenuEntry
from studio.ui.kit.notices import notice
from studio.ui.kit.page_scope import PageScope
from studio.ui.kit.script import call
from studio.ui.kit.undo import undo_stack
from studio.ui.palette import Hit, Palette
from studio.ui.project_switcher import ProjectSwitcher
from studio.ui.routing import Route, Views, view
from studio.ui.shell_commands import shell_commands
from studio.ui.status_bar import (
    Running,
    StatusBar,
    running_evaluations,
    running_fetches,
    running_job,
    running_rungs,
)
from studio.ui.theme import Appearance, ThemeSwitch, appearance

if TYPE_CHECKING:
    from studio.services.container import Services
    from studio.settings import Settings

THEME_ICONS: dict[Appearance, str] = {
    "light": "light_mode",
    "dark": "dark_mode",
    "auto": "brightness_auto",
}
THEME_WORDS: dict[Appearance, str] = {
    "light": "Appearance: light",
    "dark": "Appearance: dark",
    "auto": "Appearance: as the system",
}


class Shell:
    """One browser tab's window; pages get it beside the services."""

    def __init__(
        self, services: Services, settings: Settings, bridge: Bridge, project: Project
    ) -> None:
        self._services, self.settings, self._bridge = services, settings, bridge
        self.project = project
        self.news = bridge.news
        self.query: dict[str, str] = {}
        """Query parameters of the present address."""
        self._path = "/"
        self._arrivals = 0
        self._measuring: list[Running] = []
        self._stale = True

    @property
    def project_id(self) -> str:
        """Id of the present project."""
        return self.project.id

    def go(self, path: str) -> None:
        """Leads to another page of the studio."""
        with self._content:
            ui.navigate.to(path)

    def saved(self) -> None:
        """Tells the status bar that something was kept just now."""
        self._status.saved()

    def title(self, text: str) -> None:
        """Names the browser's tab."""
        ui.page_title(f"{text} · {strings.PRODUCT}")

    def choose_project(self, project: Project, path: str = "/") -> None:
        """Makes it the present project, now and at the next start, and opens a page of it."""
        app.storage.general["project"] = project.id
        self._client.open(path)

    def choose_appearance(self, wanted: Appearance) -> None:
        """Shows the studio light, dark, or as the system has it."""
        self._theme.choose(wanted)
        self._show_appearance(wanted)

    # --- drawing --------------------------------------------------------------------------------

    def draw(self, routes: Sequence[Route]) -> None:
        """Draws the whole window; the content follows the address."""
        self._client = ui.context.client
        self._theme = ThemeSwitch()
        scope = PageScope()
        TextElement(tag="div", text=strings.CONNECTION_LOST).classes("ls-offline-banner").props[
            "role"
        ] = "alert"
        self.commands: Commands = shell_commands(self)
        self._palette = Palette(self.commands, self._things)
        self._sheet = help_sheets.shortcut_sheet(self.commands)
        self._help, self._help_title, self._help_text = help_sheets.page_help()
        self._about = help_sheets.about()
        self._draw_header()
        self._draw_navigation()
        self._status = StatusBar(self.settings.data_dir)
        self._show_running(self._bridge.latest)
        scope.subscribe(self.news, self._show_running)
        scope.every(1.0, self._read_evaluations)
        self._content = Element("div").classes("ls-content").mark("content")
        ui.skip_link("Skip to the content", target=self._content)
        with self._content:
            Views(
                {route.path: view(route, (self._services, self), self._arrived) for route in routes}
            )
        ui.on("command", lambda event: self.commands.run(str(event.args)))
        call(self._client, "keys", self.commands.key_table())

    def _draw_header(self) -> None:
        with ui.header(fixed=True).classes("ls-header"):
            IconButton("menu", "Navigation", self.toggle_navigation, marker="toggle-navigation")
            with Element("a").classes("ls-brand") as brand:
                brand.props["href"] = "/"
                brand.props["aria-label"] = f"{strings.PRODUCT}, home"
                with Element("span").classes("ls-mark") as mark:
                    mark.props["aria-hidden"] = "true"
                    for _ in range(3):
                        Element("i")
                TextElement(tag="span", text="Ladder")
            MenuBar(self._menus())
            Element("div").classes("ls-spacer")
            self._switcher = ProjectSwitcher(self._services, self.project, self.choose_project)
            with Element("button").classes("ls-search").mark("open-palette") as search:
                search.props["type"] = "button"
                decorative_icon("search")
                TextElement(tag="span", text="Find anything")
                TextElement(tag="kbd", text="Ctrl K").props["aria-hidden"] = "true"
            search.on("click", self.open_palette, [])
            self._theme_button = IconButton("", "", self.next_appearance, marker="appearance")
        self._show_appearance(appearance())

    def _draw_navigation(self) -> None:
        self._links: dict[str, Element] = {}
        with ui.left_drawer(value=True).classes("ls-nav") as self._drawer:
            for name, value in {
                # The browser knows how wide it is: it opens the navigation where there is room.
                "model-value": None,
                "show-if-above": True,
                "width": 188,
                "breakpoint": 900,
                "aria-label": "Pages",
                "role": "navigation",
            }.items():
                self._drawer.props[name] = value
            for place in strings.PLACES:
                with Element("a").mark(f"nav-{place.title.lower()}") as link:
                    link.props["href"] = place.path
                    decorative_icon(place.icon)
                    TextElement(tag="span", text=place.title)
                self._links[place.path] = link

    def _menus(self) -> Mapping[str, Sequence[MenuEntry]]:
        menus: dict[str, list[MenuEntry]] = {}
        for title, commands in self.commands.menus().items():
            entries = menus.setdefault(title, [])
            for before, command in zip([None, *commands], commands, strict=False):
                if before is not None and before.group != command.group:
                    entries.append(MenuEntry())
                entries.append(
                    MenuEntry(
                        title=command.title,
                        shortcut=command.shortcut,
                        run=command.run,
                        enabled=command.enabled,
                        marker=f"command-{command.id}",
                    )
                )
        return menus

    # --- what commands do -----------------------------------------------------------------------

    def toggle_navigation(self) -> None:
        """Shows or hides the navigation."""
        self._drawer.run_method("toggle")

    def next_appearance(self) -> None:
        """Goes from light to dark to the system's choice."""
        self._show_appearance(self._theme.next())

    def open_shortcuts(self) -> None:
        """Opens the sheet of all keys."""
        self._sheet.open()

    def open_help(self) -> None:
        """Opens the help of the present page."""
        place = strings.place_of(self._path)
        self._help_title.set_text(place.title)
        self._help_text.set_text(place.help)
        self._help.open()

    def open_about(self) -> None:
        """Opens the box that says what this program is."""
        self._about.open()

    def new_project(self) -> None:
        """Opens the form for a new project."""
        self._switcher.create()

    async def open_palette(self) -> None:
        """Opens the palette."""
        await self._palette.open()

    async def undo(self) -> None:
        """Takes the newest step back."""
        with self._content:
            if not await undo_stack().undo():
                notice("There is nothing to undo.")

    def say_saved(self) -> None:
        """Says that nothing needs to be saved by hand."""
        with self._content:
            notice(strings.SAVES_ITSELF, "good")

    # --- inner parts ----------------------------------------------------------------------------

    def _arrived(self, route: Route, path: str, query: dict[str, str]) -> None:
        self._path, self.query = path, query
        here = strings.place_of(path).path
        for there, link in self._links.items():
            if there == here:
                link.props["aria-current"] = "page"
            elif "aria-current" in link.props:
                del link.props["aria-current"]
        self.title(route.title)
        if self._arrivals:
            # The reader of the screen, and the keyboard, begin where the new page begins.
            call(self._client, "top", self._content.id)
            call(self._client, "focus", self._content.id)
            call(self._client, "closeDrawer", self._drawer.id)
        self._arrivals += 1

    def _show_appearance(self, chosen: Appearance) -> None:
        self._theme_button.icon.set_name(THEME_ICONS[chosen])
        self._theme_button.set_label(THEME_WORDS[chosen])

    def _show_running(self, news: News) -> None:
        self._stale = True
        self._status.show([*map(running_job, news.running), *self._measuring])

    async def _read_evaluations(self) -> None:
        """Looks at evaluations and fetches again when something changed since the last look."""
        if self._stale:
            self._stale = False
            runs = await act(self._services.evaluation.all, self.project_id)
            fetches = running_fetches(self._services.models.pulls())
            rungs = await act(self._services.ladder.all, self.project_id)
            measuring = [*running_evaluations(runs or []), *running_rungs(rungs or [])]
            self._measuring = [*measuring, *fetches]
            jobs = map(running_job, self._bridge.latest.running)
            self._status.show([*jobs, *self._measuring])

    async def _things(self) -> list[Hit]:
        """Returns what the palette finds beside commands: data, jobs, models, deployments."""

        def read() -> list[tuple[str, str, str, str]]:
            project, services = self.project_id, self._services
            datasets = [
                (d.name, "Dataset", "dataset", f"/datasets?dataset={quote(d.id)}")
                for d in services.datasets.all(project)
            ]
            jobs = [
                (j.name, "Job", "tune", f"/jobs/{j.id}") for j in services.training.all(project)
            ]
            models = [
                (v.name, "Model", "layers", f"/playground?right={quote(v.id)}")
                for v in services.models.versions(project)
            ]
            deployments = [
                (d.name, "Deployment", "rocket_launch", f"/deployments/{quote(d.name)}")
                for d in services.deployments.all(project)
            ]
            return [*jobs, *datasets, *models, *deployments]

        with self._content:
            found = await act(read) or []
        return [Hit(title, kind, icon, partial(self.go, path)) for title, kind, icon, path in found]
