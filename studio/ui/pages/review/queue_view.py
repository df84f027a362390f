"""The queue on the screen: one correction, large buttons, the keyboard, undo."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

from nicegui import app

from studio.domain.errors import Conflict, StudioError
from studio.domain.feedback import ReviewVerdict
from studio.ui.act import act, done
from studio.ui.kit.button import Button
from studio.ui.kit.card import Card
from studio.ui.kit.debounce import Debounce
from studio.ui.kit.empty_state import EmptyState
from studio.ui.kit.fields import select_field, text_field
from studio.ui.kit.key_button import KeyButton
from studio.ui.kit.keys import Keys
from studio.ui.kit.layout import Columns, Row, Stack
from studio.ui.kit.notices import error_notice, notice
from studio.ui.kit.progress_row import ProgressRow
from studio.ui.kit.text import Text
from studio.ui.pages.review.item_view import ItemView
from studio.ui.pages.review.key_sheet import key_sheet
from studio.ui.pages.review.similar_view import SimilarView
from studio.ui.pages.review.vm import ReviewQueuePage
from studio.ui.pages.review.words import EMPTY, ORDERS

if TYPE_CHECKING:
    from studio.ui.shell import Shell

DRAFTS = "review-drafts"
"""Where edits that nobody decided about are kept for this person."""
REVIEWER = "reviewer"
APPROVED, REJECTED, NEEDS_WORK = (
    ReviewVerdict.APPROVED,
    ReviewVerdict.REJECTED,
    ReviewVerdict.NEEDS_WORK,
)


class QueueView:
    """Draws once; every decision changes the item, the counts and the line that says so."""

    def __init__(self, page: ReviewQueuePage, shell: Shell) -> None:
        self.page, self.shell = page, shell
        self.item: ItemView | None = None
        self.body: Stack | None = None

    def draw(self) -> None:
        """Choices, how far it is, the item."""
        self.keep = Debounce(0.5, self.keep_drafts)
        self.named = Debounce(0.6, self.look)
        with Card(marker="review-card"):
            self.draw_choices()
            self.progress = ProgressRow("", percent=0, marker="review-progress")
            self.counted = Text("", marker="review-counted")
            self.draw_item()
        self.sheet = key_sheet()
        self.redraw()
        self.keys.take_focus()

    def draw_choices(self) -> None:
        """Whose answers, which part, in which order, and who reviews."""
        page = self.page
        with Columns(200, gap=12):
            if len(page.deployments) > 1:
                select_field(
                    "Answers of",
                    options={one.id: one.name for one in page.deployments},
                    value=page.deployment_id,
                    marker="review-deployment",
                    on_change=partial(self.choose, "deployment_id"),
                )
            self.views = select_field(
                "Show",
                options=page.views,
                value=page.view,
                marker="review-view",
                on_change=partial(self.choose, "view"),
            )
            select_field(
                "Order",
                options=dict(ORDERS),
                value=page.order,
                marker="review-order",
                on_change=partial(self.choose, "order"),
            )
            text_field(
                "You are",
                value=page.reviewer,
                hint="Kept with every decision.",
                marker="review-reviewer",
                on_change=self.name,
            )

    def draw_item(self) -> None:
        """The item with its buttons; the keys work in here."""
        keys: dict[str, Callable[[], Any]] = {
            "j": partial(self.move, 1),
            "k": partial(self.move, -1),
            "a": partial(self.decide, APPROVED),
            "r": partial(self.decide, REJECTED),
            "n": partial(self.decide, NEEDS_WORK),
            "e": self.edit,
            "p": self.take_out,
            "s": self.similar,
            "u": self.undo,
            "?": self.help,
        }
        with Keys(keys, label="Reviewing corrections") as self.keys, Stack(12):
            with Row(8, spread=True):
                self.place = Text("", "muted", marker="review-place")
                with Row(8):
                    Button("Previous", partial(self.move, -1), marker="review-previous")
                    Button("Next", partial(self.move, 1), marker="review-next")
                    Button("Undo", self.undo, icon="undo", kind="quiet", marker="review-undo")
                    Button("Keys", self.help, kind="quiet", marker="review-help")
            self.said = Text("", "small", marker="review-said")
            self.said.props["role"] = "status"
            self.body = Stack(12)
            self.buttons = Columns(200, gap=8)
            with self.buttons:
                for key, title, text, press in (
                    ("A", "Approve", "It may be learnt.", keys["a"]),
                    ("E", "Edit", "Write what is learnt instead.", keys["e"]),
                    ("R", "Reject", "It is never learnt.", keys["r"]),
                    ("N", "Needs work", "Put it aside for later.", keys["n"]),
                    ("P", "Take data out", "Personal data becomes [its kind].", keys["p"]),
                    ("S", "Similar", "Repair answers like this one too.", keys["s"]),
                ):
                    marker = f"review-{title.lower().replace(' ', '-')}"
                    KeyButton(key, title, text, press, marker=marker)
            self.similar_place = Stack(8)

    async def choose(self, what: str, value: str | None) -> None:
        """Takes another deployment, view or order."""
        if not value or getattr(self.page, what) == value:
            return
        setattr(self.page, what, value)
        self.page.position = 0
        await self.look()

    def name(self, value: str | None) -> None:
        """Takes the reviewer's name."""
        name = " ".join((value or "").split())
        if name and name != self.page.reviewer:
            self.page.reviewer = app.storage.user[REVIEWER] = name
            self.page.steps = []
            self.named.poke()

    async def look(self) -> None:
        """Reads the queue again."""
        if await done(self.page.read):
            self.redraw()

    async def move(self, by: int) -> None:
        """Goes on or back."""
        self.page.move(by)
        self.redraw()

    async def decide(self, verdict: ReviewVerdict, **more: Any) -> None:
        """Keeps a decision and goes on."""
        said = await act(self.page.decide, verdict, on_error=self.refused, **more)
        if said is not None:
            self.tell(said)

    async def refused(self, error: StudioError) -> None:
        """Says why not; what counts no more is gone from the queue then."""
        error_notice(error)
        if isinstance(error, Conflict) and error.code is None:
            await self.look()

    async def glance(self) -> None:
        """Looks whether something came, while there is nothing to decide about."""
        if self.body is not None and self.page.current is None:
            await self.look()

    async def keep_data(self, note: str) -> None:
        """Approves with personal data in it, for a reason."""
        await self.decide(APPROVED, note=note or "", keeps=True)

    async def approve(self) -> None:
        """Approves what was written."""
        await self.decide(APPROVED)

    def edit(self) -> None:
        """Opens the editor."""
        if self.item is not None:
            self.item.edit()

    def written(self, text: str) -> None:
        """Takes what was written; it is kept for a reload."""
        item = self.page.current
        if item is not None:
            self.page.write(item, text)
            self.keep.poke()

    def keep_drafts(self) -> None:
        """Keeps edits for a reload."""
        app.storage.user[DRAFTS] = dict(self.page.drafts)
        self.shell.saved()

    async def take_out(self) -> None:
        """Takes personal data out of the item."""
        taken = await act(self.page.take_out)
        if taken is None:
            return
        self.said.set_text(
            "Personal data is taken out; approve it now." if taken else "There is none to take out."
        )
        self.keep_drafts()
        self.redraw()

    async def similar(self) -> None:
        """Shows answers that the same repair may fit."""
        found = await act(self.page.similar)
        self.similar_place.clear()
        if not found:
            if found is not None:
                self.said.set_text("No other answer reads like this one.")
            return
        with self.similar_place:
            SimilarView(found, self.repair, self.similar_place.clear)

    async def repair(self, inference_ids: list[str]) -> None:
        """Approves this one and repairs those."""
        said = await act(self.page.repair, inference_ids)
        if said is not None:
            self.tell(said)

    async def undo(self) -> None:
        """Takes the newest decision back."""
        if not self.page.steps:
            notice("There is nothing to take back.")
            return
        said = await act(self.page.undo)
        if said is not None:
            self.tell(said)

    def help(self) -> None:
        """Opens the sheet of keys."""
        self.sheet.open()

    def tell(self, said: str) -> None:
        """Says what happened and shows what comes next."""
        self.said.set_text(said)
        self.keep_drafts()
        self.redraw()

    def redraw(self) -> None:
        """The present item, the counts, how far it is."""
        page, now = self.page, self.page.current
        if self.body is None or self.body.is_deleted:
            return
        words, share = page.progress
        # Without a number to reach there is no bar: an empty one would say “0 %”.
        self.progress.set_visibility(share is not None)
        self.counted.set_visibility(share is None)
        self.progress.show(words, percent=share or 0)
        self.counted.set_text(words if share is None else "")
        self.place.set_text(page.place)
        self.views.set_options(page.views, value=page.view)
        self.similar_place.clear()
        self.body.clear()
        self.buttons.set_visibility(now is not None)
        self.item = None
        with self.body:
            if now is None:
                self.draw_empty()
            else:
                self.item = ItemView(
                    now,
                    page.draft(now),
                    clean=page.clean(now),
                    on_write=self.written,
                    on_approve=self.approve,
                    on_take_out=self.take_out,
                    on_keep=self.keep_data,
                )
        self.keys.take_focus()

    def draw_empty(self) -> None:
        """What to do when this part of the queue is empty."""
        title, text = EMPTY[self.page.view]
        disliked = self.page.counts_of("thumbs_down")
        action: tuple[str, Callable[[], Any] | str] = ("Open the playground", "/playground")
        if self.page.view == "open" and disliked:
            action = ("Correct disliked answers", partial(self.choose, "view", "thumbs_down"))
        elif self.page.view != "open":
            action = ("Back to what waits", partial(self.choose, "view", "open"))
        EmptyState(title, text, action, icon="task_alt", marker="review-empty")
