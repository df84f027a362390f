"""Review: corrections wait here until a person decides whether they are learnt."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nicegui import app

from studio.domain.reviews import View
from studio.ui.kit.button import Button
from studio.ui.kit.empty_state import EmptyState
from studio.ui.kit.layout import Row, Stack
from studio.ui.kit.page_header import PageHeader
from studio.ui.kit.page_scope import PageScope
from studio.ui.kit.tabs import Tabs
from studio.ui.pages.feedback_files import FeedbackFiles
from studio.ui.pages.loaded import Loaded
from studio.ui.pages.review.agreement_view import AgreementView
from studio.ui.pages.review.conflicts_view import ConflictsView
from studio.ui.pages.review.import_dialog import ImportDialog
from studio.ui.pages.review.queue_view import DRAFTS, REVIEWER, QueueView
from studio.ui.pages.review.vm import ReviewQueuePage
from studio.ui.pages.review.words import VIEWS

if TYPE_CHECKING:
    from studio.services.container import Services
    from studio.ui.shell import Shell

PURPOSE = "Nothing is learnt before a person approved it."
TABS = {"queue": "Queue", "conflicts": "Conflicts", "agreement": "Agreement"}
"""What `?tab=` opens."""


async def build(services: Services, shell: Shell) -> None:
    """Draws the page; `?deployment=`, `?show=` and `?tab=` choose what is seen first."""
    await ReviewView(services, shell).show()


class ReviewView:
    """The queue, the conflicts and the agreement of a deployment."""

    def __init__(self, services: Services, shell: Shell) -> None:
        kept = app.storage.user.get(DRAFTS)
        query = shell.query
        shown: View = next((view for view in VIEWS if view == query.get("show")), "open")
        self.shell = shell
        self.page = ReviewQueuePage(
            services=services,
            project_id=shell.project_id,
            reviewer=str(app.storage.user.get(REVIEWER) or "local user"),
            deployment_id=query.get("deployment", ""),
            view=shown,
            drafts=dict(kept) if isinstance(kept, dict) else {},
        )
        PageHeader("Review", PURPOSE)
        self.outside = Stack(0)
        self.queue: QueueView | None = None

    async def show(self) -> None:
        """Reads, draws, then looks whether something came while nothing waits."""
        scope = PageScope()
        self.loaded = Loaded(self.page.load, self.draw, gap=16)
        await self.loaded.show()
        scope.every(10, self.glance)

    async def glance(self) -> None:
        """Looks again, as long as there is nothing to decide about."""
        if self.queue is not None:
            await self.queue.glance()

    def bring_in(self) -> None:
        """Asks for a file of past feedback on the deployment that is shown."""
        chosen = {one.id: one for one in self.page.deployments}[self.page.deployment_id]
        with self.outside:
            ImportDialog(self.page.services, chosen, self.loaded.show).open()

    def draw(self) -> None:
        """The tabs, or what is missing before there can be corrections."""
        if not self.page.deployments:
            EmptyState(
                "Nothing to review yet",
                "Corrections are collected for what is deployed: give a model a name that programs "
                "and people can call.",
                ("Deploy a model", "/deployments?deploy=1"),
                icon="rate_review",
                marker="review-nothing",
            )
            return
        with Row(8):
            Button(
                "Download feedback …",
                self.download,
                icon="download",
                kind="quiet",
                marker="review-download",
            )
            Button(
                "Bring in past feedback",
                self.bring_in,
                kind="quiet",
                icon="upload_file",
                marker="review-import",
            )
        self.queue = QueueView(self.page, self.shell)
        Tabs(
            {
                "Queue": self.queue.draw,
                "Conflicts": ConflictsView(self.page, self.shell).draw,
                "Agreement": AgreementView(self.page).draw,
            },
            label="Review",
            value=TABS.get(self.shell.query.get("tab", "")),
            marker="review-tabs",
        )

    def download(self) -> None:
        """Asks what the file is for."""
        chosen = self.page.deployment_id
        name = next((one.name for one in self.page.deployments if one.id == chosen), "feedback")
        FeedbackFiles(self.page.services, chosen, name).open()
