"""The page of one deployment: what answers, what happens next, why it changed, how it does."""

from __future__ import annotations

from typing import TYPE_CHECKING

from studio.ui.act import done
from studio.ui.kit.badge import Badge
from studio.ui.kit.button import Button
from studio.ui.kit.layout import Row
from studio.ui.kit.page_header import PageHeader
from studio.ui.kit.page_scope import PageScope
from studio.ui.kit.tabs import Tabs
from studio.ui.kit.text import Text
from studio.ui.pages.deployments.bring_view import BringDialog
from studio.ui.pages.deployments.calling_view import CallingView
from studio.ui.pages.deployments.deploy_vm import Deploying
from studio.ui.pages.deployments.next_view import NextView
from studio.ui.pages.deployments.numbers_view import NumbersView
from studio.ui.pages.deployments.numbers_vm import Numbers
from studio.ui.pages.deployments.part import Part
from studio.ui.pages.deployments.policy_view import PolicyView
from studio.ui.pages.deployments.policy_vm import PolicyForm
from studio.ui.pages.deployments.slots_view import SlotsView
from studio.ui.pages.deployments.timeline_view import TimelineView
from studio.ui.pages.deployments.vm import DeploymentPage
from studio.ui.pages.loaded import Loaded

if TYPE_CHECKING:
    from studio.services.container import Services
    from studio.ui.shell import Shell


async def build(services: Services, shell: Shell, name: str) -> None:
    """Draws the page of a deployment."""
    page = DeploymentPage(services=services, name=name)
    await DeploymentView(page, shell).show()


class DeploymentView:
    """Draws once, then changes only what changed."""

    def __init__(self, page: DeploymentPage, shell: Shell) -> None:
        self.page, self.shell = page, shell
        self.parts: list[Part] = []
        self.stale = False
        self.next: NextView | None = None
        self.numbers: NumbersView | None = None

    async def show(self) -> None:
        """Reads, draws, then follows the news."""
        scope = PageScope()
        loaded = Loaded(self.page.load, self.draw, gap=16)
        await loaded.show()
        if self.page.deployment is None:
            return
        scope.subscribe(self.shell.news, lambda _: self.grow_stale())
        # What is told four times a second is looked at once a second.
        scope.every(1, self.look_if_stale)
        scope.every(5, self.grow_stale)
        scope.every(15, self.look_at_numbers)

    def grow_stale(self) -> None:
        """Something may have changed."""
        self.stale = True

    async def look_if_stale(self) -> None:
        """Reads again when something may have changed."""
        if self.stale:
            await self.look()

    async def look(self) -> None:
        """Reads again and shows what differs."""
        self.stale = False
        if not await done(self.page.load) or self.header.is_deleted:
            return
        self.show_head()
        for part in self.parts:
            part.show()
        if self.next is not None:
            self.next.show()

    async def look_at_numbers(self) -> None:
        """Reads the numbers again once they are on the page."""
        if self.numbers is not None:
            await self.numbers.look()

    def draw(self) -> None:
        """The whole page."""
        page = self.page
        self.shell.title(page.name)
        self.slots = SlotsView(page, self.look)
        there = page.there
        self.bring = BringDialog(
            Deploying(services=page.services, project_id=there.project_id), there.id, self.look
        )
        with PageHeader(page.name, " ", back=("Deployments", "/deployments")) as self.header:
            Button("Try another model …", self.bring.open, marker="bring")
            self.back = Button(
                "Roll back",
                self.roll_back,
                kind="danger",
                icon="undo",
                marker="roll-back",
            )
        with Row(8):
            self.state = Part(lambda: (page.state, page.verified), self.draw_state, gap=0)
        if page.there.description:
            Text(page.there.description)
        self.parts += [self.state, Part(self.slots.seen, self.slots.draw)]
        Tabs(
            {
                "What happens next": self.draw_next,
                "Why it changed": self.draw_timeline,
                "Numbers": self.draw_numbers,
                "How it learns": self.draw_policy,
                "How to call it": self.draw_calling,
            },
            label="About this deployment",
            value=TABS.get(self.shell.query.get("tab", "")),
            marker="deployment-tabs",
        )
        self.show_head()

    def show_head(self) -> None:
        """What answers, and whether one can go back."""
        page = self.page
        self.header.subtitle.set_text(page.subtitle)
        self.back.set_enabled(page.can_roll_back)
        self.back.props["data-tip"] = page.back_to()

    def draw_state(self) -> None:
        """Where the flywheel stands, in a word."""
        word, tone, sentence = self.page.state
        with Row(8):
            Badge(word, tone, marker="deployment-state")
            Text(sentence, "small", inline=True)

    async def roll_back(self) -> None:
        """One press: the old one answers again."""
        self.back.busy(True)
        try:
            await self.slots.roll_back()
        finally:
            if not self.back.is_deleted:
                self.back.busy(False)
                self.show_head()

    def draw_next(self) -> None:
        """What it waits for, and the cycle now."""
        self.next = NextView(self.page, self.look)

    def draw_timeline(self) -> None:
        """Why it changed."""
        view = TimelineView(self.page)
        part = Part(view.seen, view.draw)
        self.parts.append(part)
        view.show_more = part.show

    async def draw_numbers(self) -> None:
        """How it does."""
        self.numbers = NumbersView(
            Numbers(services=self.page.services, deployment_id=self.page.there.id)
        )
        await self.numbers.draw()

    async def draw_policy(self) -> None:
        """When it learns."""
        form = PolicyForm(
            services=self.page.services,
            deployment_id=self.page.there.id,
            project_id=self.page.there.project_id,
        )
        await PolicyView(form, self.shell.saved, self.look).draw()

    def draw_calling(self) -> None:
        """How to call it."""
        view = CallingView(self.page, self.look)
        self.parts.append(Part(view.seen, view.draw))


TABS = {
    "next": "What happens next",
    "why": "Why it changed",
    "numbers": "Numbers",
    "policy": "How it learns",
    "call": "How to call it",
}
"""What `?tab=` opens."""
