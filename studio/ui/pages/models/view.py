"""Models: base models on this machine, and the tuned ones of the project."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING
from urllib.parse import quote

from nicegui import app, background_tasks

from studio.domain.errors import StudioError
from studio.domain.models import BaseModel, Fetch
from studio.ui.act import act
from studio.ui.bridge import News
from studio.ui.kit.badge import Badge
from studio.ui.kit.button import Button, IconButton
from studio.ui.kit.card import Card
from studio.ui.kit.data_table import Cell, DataTable
from studio.ui.kit.dialog import Dialog
from studio.ui.kit.empty_state import EmptyState
from studio.ui.kit.layout import Row, Stack
from studio.ui.kit.link import Link
from studio.ui.kit.long_task import LongTask, Progress
from studio.ui.kit.notices import error_notice, notice
from studio.ui.kit.page_header import PageHeader
from studio.ui.kit.page_scope import PageScope
from studio.ui.kit.text import Text
from studio.ui.kit.undo import undo_notice
from studio.ui.pages.models import vm
from studio.ui.pages.models.forms import AddFolder, PullModel
from studio.ui.pages.models.pulls_view import Pulls

if TYPE_CHECKING:
    from studio.services.container import Services
    from studio.ui.shell import Shell


async def build(services: Services, shell: Shell) -> None:
    """Draws the page."""
    await ModelsPage(services, shell).show()


class ModelsPage:
    """The two lists, and what can be done with them."""

    def __init__(self, services: Services, shell: Shell) -> None:
        self._services, self._shell = services, shell
        self._shown: vm.Models | None = None
        kept = app.storage.client.get("removals")
        self._removals = kept if isinstance(kept, vm.Removals) else vm.Removals()
        app.storage.client["removals"] = self._removals
        self._pull = PullModel(self._start_pull)
        self._folder = AddFolder(self._start_add)
        with PageHeader("Models", "What can be tuned on this machine, and what was."):
            Button("Add a folder …", self._folder.open, marker="add-folder")
            Button("Get a base model …", self._pull.open, kind="primary", marker="pull-model")
        self._pulls = Pulls(self._stop_pull, self._pull_again)
        self._work = Stack(8)
        self._body = Stack(16)
        PageScope().subscribe(shell.news, self._news)

    async def show(self) -> None:
        """Reads the models and draws them, unless nothing has changed."""
        found = await act(vm.read, self._services, self._shell.project_id, self._removals)
        if found is None or found == self._shown or self._body.is_deleted:
            return
        before, self._shown = self._shown, found
        self._pulls.show(found.pulls)
        for base in vm.arrived(before, found):
            with self._body:
                notice(f"{base.name} is ready.", "good")
            self._shell.saved()
        if before is not None and before.on_shelf == found.on_shelf:
            return
        self._body.clear()
        with self._body:
            self._draw_bases(found)
            self._draw_tuned(found)

    async def _news(self, news: News) -> None:
        await self.show()

    def _draw_bases(self, models: vm.Models) -> None:
        if not models.bases:
            EmptyState(
                "No base model yet",
                "A base model is what you start from. The starter model is small enough for any "
                "laptop and free to use.",
                ("Get the starter model", partial(self._start_pull, vm.STARTER)),
                ("Choose another", self._pull.open),
                icon="layers",
                marker="no-bases",
            )
            return
        with Card("Base models", subtitle="Shared by all projects on this machine."):
            DataTable(
                ["Model", "Size", "Longest text", "Licence", "Source", ""],
                [self._base_row(base) for base in models.bases],
                caption="Base models",
                numeric=(1, 2),
                marker="bases",
            )

    def _base_row(self, base: BaseModel) -> list[Cell]:
        def name() -> None:
            with Stack(0):
                Text(base.name, "strong")
                Text(base.id, "mono")

        def actions() -> None:
            with Row(2, wrap=False):
                IconButton("info_outline", f"Facts about {base.name}", partial(show_facts, base))
                IconButton(
                    "delete_outline",
                    f"Remove {base.name}",
                    partial(self._remove, base),
                    marker=f"remove-{base.id}",
                )

        return [
            name,
            f"{vm.parameters(base.facts.parameters)}",
            f"{base.facts.context_length:,} tokens",
            base.licence,
            vm.SOURCES[base.source],
            actions,
        ]

    def _draw_tuned(self, models: vm.Models) -> None:
        with Card("Tuned models", subtitle="Of this project, newest first."):
            if not models.tuned:
                Text("Nothing has been tuned yet.", "muted")
                with Row():
                    Button("Fine-tune a model", href="/fine-tune/new", marker="tune-first")
                return
            DataTable(
                ["Model", "Tuned from", "Method", "Validation loss", "Score", ""],
                [self._tuned_row(one) for one in models.tuned],
                caption="Tuned models",
                numeric=(3, 4),
                marker="tuned",
            )

    def _tuned_row(self, one: vm.Tuned) -> list[Cell]:
        version = one.version

        def score() -> None:
            if one.score is None:
                Badge("not measured", "warning")
                return
            low, high = one.score.low, one.score.high
            Text(f"{100 * one.score.value:.1f} %", "strong")
            if low is not None and high is not None:
                Text(f"{100 * low:.1f}–{100 * high:.1f}", "small")

        def actions() -> None:
            left, right = quote(version.base_id, safe=""), quote(version.id)
            with Row(4):
                Button("Chat", href=f"/playground?left={left}&right={right}", kind="quiet")
                Button("Evaluate", href=f"/evaluate?model_id={right}", kind="quiet")
                Button(
                    "Deploy",
                    href=f"/deployments?deploy=1&model_id={right}",
                    kind="quiet",
                    marker=f"deploy-{version.id}",
                )

        loss = "" if version.validation_loss is None else f"{version.validation_loss:.3f}"
        return [
            lambda: Link(version.name, f"/jobs/{version.job_id}"),
            one.base_name,
            METHODS.get(version.method, version.method),
            loss,
            score,
            actions,
        ]

    async def _start_pull(self, name: str) -> None:
        if await act(self._services.models.start_pull, name):
            await self.show()

    async def _stop_pull(self, fetch_id: str) -> None:
        # One that ended meanwhile needs no word: the page shows what became of it.
        await act(self._services.models.cancel_pull, fetch_id, on_error=lambda error: None)
        await self.show()

    async def _pull_again(self, pull: Fetch) -> None:
        await self._start_pull(pull.name)

    def _start_add(self, folder: str, name: str) -> None:
        self._start(f"Adding {name}", lambda progress: self._services.models.add(folder, name))

    def _start(self, text: str, work: Callable[[Progress], BaseModel]) -> None:
        async def added(model: BaseModel) -> None:
            notice(f"{model.name} is ready.", "good")
            self._shell.saved()
            await self.show()

        with self._work, Card():
            LongTask(
                text,
                lambda progress, cancelled: work(progress),
                on_done=added,
                cancellable=False,
                marker="model-progress",
            )

    async def _remove(self, base: BaseModel) -> None:
        if self._shown is None:
            return
        try:
            self._removals.ask(self._shown, base)
        except StudioError as error:
            error_notice(error)
            return
        await self.show()

        async def back() -> None:
            self._removals.take_back(base.id)
            if not self._body.is_deleted:
                await self.show()

        undo_notice(f"{base.name} is removed.", back)
        # Not the page's own task: leaving the page must not bring the model back.
        background_tasks.create(
            self._remove_later(base), name=f"remove {base.id}", context=self._body.client
        )

    async def _remove_later(self, base: BaseModel) -> None:
        await asyncio.sleep(vm.GRACE)
        if not await act(self._removals.finish, self._services, base.id):
            if not self._body.is_deleted:
                await self.show()
            return
        self._shell.saved()


METHODS = {"lora": "LoRA", "qlora": "QLoRA", "hosted": "at its provider"}


def show_facts(base: BaseModel) -> None:
    """Opens everything that is known about a base model."""
    with Dialog(base.name, wide=True, marker="facts") as dialog:
        DataTable(
            ["Fact", "Value"],
            [[title, fact(base)] for title, fact in vm.FACTS],
            caption=f"Facts about {base.name}",
        )
    dialog.open()
