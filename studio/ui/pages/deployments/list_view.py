"""Deployments: the stable names that programs call, and how each of them does."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from studio.ui.act import done
from studio.ui.kit.badge import Badge
from studio.ui.kit.button import Button
from studio.ui.kit.card import Card
from studio.ui.kit.data_table import Cell, DataTable
from studio.ui.kit.empty_state import EmptyState
from studio.ui.kit.layout import Stack
from studio.ui.kit.link import Link
from studio.ui.kit.page_header import PageHeader
from studio.ui.kit.page_scope import PageScope
from studio.ui.kit.text import Text
from studio.ui.pages import figures
from studio.ui.pages.deployments.deploy_view import DeployDialog
from studio.ui.pages.deployments.deploy_vm import MODEL, RUNG, Deploying
from studio.ui.pages.deployments.list_vm import DeploymentList, Line, path
from studio.ui.pages.deployments.words import rate_words
from studio.ui.pages.loaded import Loaded

if TYPE_CHECKING:
    from studio.services.container import Services
    from studio.ui.shell import Shell

PURPOSE = "Names that programs call. What answers behind a name can change; the name stays."


async def build(services: Services, shell: Shell) -> None:
    """Draws the page; `?deploy=1` opens the form, with `model_id` or `run_id` chosen."""
    await ListView(services, shell).show()


class ListView:
    """The list and the form."""

    def __init__(self, services: Services, shell: Shell) -> None:
        self.page = DeploymentList(services=services, project_id=shell.project_id)
        self.shell, self.stale = shell, False
        query = shell.query
        chosen = RUNG + query["run_id"] if "run_id" in query else MODEL + query.get("model_id", "")
        form = Deploying(services=services, project_id=shell.project_id, what=chosen)
        self.dialog = DeployDialog(form, self.made)
        with PageHeader("Deployments", PURPOSE):
            Button("Deploy a model …", self.dialog.open, kind="primary", marker="deploy")

    async def show(self) -> None:
        """Reads and draws, then follows the news."""
        scope = PageScope()
        self.loaded = Loaded(self.page.load, self.draw)
        await self.loaded.show()
        scope.subscribe(self.shell.news, lambda _: self.grow_stale())
        # What is told four times a second is looked at every other second.
        scope.every(2, self.look_if_stale)
        scope.every(10, self.grow_stale)
        if "deploy" in self.shell.query:
            await self.dialog.open()

    def grow_stale(self) -> None:
        """Something may have changed."""
        self.stale = True

    async def look_if_stale(self) -> None:
        """Reads again when something may have changed; draws only what differs."""
        if not self.stale:
            return
        self.stale, before = False, self.page.lines
        if await done(self.page.load) and self.page.lines != before:
            await self.loaded.redraw()

    def draw(self) -> None:
        """The table, or what to do while it is empty."""
        if not self.page.lines:
            EmptyState(
                "Nothing is deployed yet",
                "Give a model a name that programs can call. From then on people's thumbs and "
                "corrections are kept, and a better model can take its place by itself.",
                ("Deploy a model", self.dialog.open),
                ("What can I deploy?", "/models"),
                icon="rocket_launch",
                marker="no-deployments",
            )
            return
        with Card(marker="deployments"):
            DataTable(
                ["Name", "Answers now", "Learning", "Liked, 24 h", "Answers, 24 h"],
                [self.row(line) for line in self.page.lines],
                caption="Deployments",
                numeric=(4,),
                wordy=(0, 2),
            )

    def row(self, line: Line) -> list[Cell]:
        """One deployment."""

        def name() -> None:
            with Stack(0):
                Link(line.name, line.href, marker=f"deployment-{line.name}")
                Text(line.about, "small")

        def answers() -> None:
            with Stack(0):
                Text(line.answers or "nothing yet", "strong")
                Text(f"for {line.since}" if line.since else "", "small")

        def state() -> None:
            with Stack(2):
                Badge(line.state, line.tone)
                Text(line.sentence, "small")

        def liked() -> None:
            value, interval = rate_words(line.thumbs)
            with Stack(0):
                Text(value, "strong")
                Text(interval, "small")

        return [name, answers, state, liked, figures.count(line.volume)]

    def made(self, name: str) -> Any:
        """Leads to what was just deployed."""
        self.shell.saved()
        self.shell.go(path(name))
