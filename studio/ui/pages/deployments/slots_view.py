"""Slots of a deployment as cards, with what can be done with each."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import partial

from studio.domain.deployments import Revision, Slot
from studio.ui.act import done, slow
from studio.ui.kit.badge import Badge
from studio.ui.kit.button import Button
from studio.ui.kit.card import Card
from studio.ui.kit.fields import slider_field
from studio.ui.kit.layout import Columns, Row
from studio.ui.kit.link import Link
from studio.ui.kit.notices import notice
from studio.ui.kit.text import Text
from studio.ui.kit.undo import undo_notice
from studio.ui.pages import figures
from studio.ui.pages.deployments.vm import DeploymentPage, Held
from studio.ui.pages.deployments.words import SLOTS

Changed = Callable[[], Awaitable[None]]


class SlotsView:
    """Draws the slots; each press is one change in the ledger."""

    def __init__(self, page: DeploymentPage, changed: Changed) -> None:
        self.page, self.changed = page, changed

    def seen(self) -> object:
        """What the cards show."""
        return (self.page.there.slots, self.page.there.share, self.page.revisions)

    def draw(self) -> None:
        """One card for each slot."""
        with Columns(200, gap=10, even=True):
            for held in self.page.slots():
                words = SLOTS[held.slot]
                with Card(words.title, level=3, marker=f"slot-{held.slot}") as card:
                    if held.share:
                        with card.actions:
                            Badge(figures.share(held.share, 0), "info")
                    if held.revision is None:
                        Text(f"Empty. {words.sentence}", "small")
                    else:
                        self.draw_held(held, held.revision, words.sentence)

    def draw_held(self, held: Held, revision: Revision, sentence: str) -> None:
        """What is in a slot, and its buttons."""
        Text(revision.name, "strong", marker=f"slot-{held.slot}-name")
        Text(self.page.made(revision), "small")
        Text(sentence, "small")
        if revision.dataset_version_id:
            Link(
                "What it was tuned on",
                f"/datasets/{revision.dataset_version_id}",
                marker=f"slot-{held.slot}-data",
            )
        if held.slot is Slot.CANDIDATE:
            self.draw_share()
        with Row(6):
            if held.slot in (Slot.CANDIDATE, Slot.SHADOW):
                Button(
                    "Promote",
                    partial(self.promote, revision.id),
                    kind="primary",
                    marker=f"promote-{held.slot}",
                )
                Button(
                    "Take out",
                    partial(self.take_out, held.slot),
                    kind="quiet",
                    marker=f"clear-{held.slot}",
                )
            if held.slot is Slot.CHAMPION and self.page.there.slots.get(Slot.ANCHOR) != revision.id:
                Button("Set as anchor", partial(self.anchor, revision.id), marker="set-anchor")

    def draw_share(self) -> None:
        """How many sessions the candidate answers."""
        present = round(100 * self.page.there.share)
        share = slider_field(
            "Share of the sessions, in %", value=present, min=0, max=100, marker="share"
        )

        async def send() -> None:
            if await done(self.page.split, (share.value or 0) / 100):
                notice(f"The candidate answers {share.value:.0f} % of the sessions now.", "good")
                await self.changed()

        Button("Send this share", send, marker="share-set")

    async def promote(self, revision_id: str) -> None:
        """Makes it the champion."""
        if await slow(self.page.promote, revision_id):
            await self.tell()

    async def roll_back(self) -> None:
        """Takes the newest change of what answers back, at once."""
        if await slow(self.page.roll_back):
            await self.tell()

    async def tell(self) -> None:
        """Says what came of it, with a way back where there is one."""
        outcome = self.page.outcome
        if outcome.undo is None:
            notice(outcome.told, "good", seconds=12)
        else:
            undo_notice(outcome.told, partial(self.promote, outcome.undo))
        await self.changed()

    async def take_out(self, slot: Slot) -> None:
        """Empties a slot."""
        if await done(self.page.take_out, slot):
            notice(f"{SLOTS[slot].title} is empty now; the champion stays.", "good")
            await self.changed()

    async def anchor(self, revision_id: str) -> None:
        """Makes it the one that no later one may be worse than."""
        if await done(self.page.anchor, revision_id):
            notice("No later model may be worse than this one.", "good")
            await self.changed()
