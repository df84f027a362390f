"""The price table: every price with date and source, old ones marked, own figures beside them."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from studio.domain.costing import Price
from studio.ui.act import done
from studio.ui.kit.badge import Badge
from studio.ui.kit.button import Button
from studio.ui.kit.card import Card
from studio.ui.kit.data_table import DataTable
from studio.ui.kit.dialog import Dialog
from studio.ui.kit.fields import number_field, select_field
from studio.ui.kit.layout import Row, Stack
from studio.ui.kit.text import Text
from studio.ui.kit.undo import undo_notice
from studio.ui.pages import figures
from studio.ui.pages.estimator.vm import EstimatorPage, price_words
from studio.ui.pages.loaded import Loaded

if TYPE_CHECKING:
    from studio.ui.shell import Shell


class PricesView:
    """One kind of price at a time."""

    def __init__(self, page: EstimatorPage, shell: Shell) -> None:
        self.page, self.shell = page, shell

    async def show(self) -> None:
        """Reads the prices, then draws them."""
        await Loaded(self.page.load_prices, self.draw).show()

    def draw(self) -> None:
        """The choice of a kind and its table."""
        select_field(
            "Show",
            options=self.page.kinds,
            value=self.page.kind,
            marker="price-kind",
            on_change=self.choose,
        )
        self.table = Stack(10)
        self.draw_table()

    async def choose(self, kind: str) -> None:
        """Shows another kind."""
        self.page.kind = kind
        if await done(self.page.load_prices):
            self.draw_table()

    def draw_table(self) -> None:
        """The prices, each with what can be done to it."""
        self.table.clear()
        page = self.page
        with self.table, Card(page.kinds[page.kind], marker="prices"):
            if page.stale:
                Text(
                    f"{figures.many(page.stale, 'price')} of {len(page.prices)} are older than "
                    "90 days or undated: put in what you pay today.",
                    "muted",
                    marker="prices-stale",
                )
            DataTable(
                ["Provider", "Item", "Price", "Date", "Last use", "Source", ""],
                [
                    [
                        price.provider,
                        price.item,
                        price_words(price),
                        partial(_dated, price),
                        price.shutdown_date.isoformat() if price.shutdown_date else "–",
                        price.source,
                        partial(self._actions, price),
                    ]
                    for price in page.prices
                ],
                caption=page.kinds[page.kind],
                numeric=(2,),
                marker="price-table",
            )

    def _actions(self, price: Price) -> None:
        with Row(4, wrap=False):
            if price.value is None:
                Button(
                    "Change",
                    partial(self.edit, price),
                    kind="quiet",
                    marker=f"price-change-{price.id}",
                )
            if price.overridden:
                Button(
                    "Take back",
                    partial(self.take_back, price),
                    kind="quiet",
                    marker=f"price-reset-{price.id}",
                )

    def edit(self, price: Price) -> None:
        """Asks for an own figure."""
        with self.table, Dialog(f"Your price for {price.item}") as dialog:
            wanted = number_field(
                f"USD for one {price.unit}",
                value=None if price.usd is None else float(price.usd),
                min=0,
                hint=f"The list says {price_words(price)} ({price.price_date or 'undated'}).",
                marker="price-value",
            )

            async def keep() -> None:
                if wanted.value is None:
                    wanted.set_error("Put in a number, or close this window.")
                    return
                if await done(self.page.put_price, price.id, wanted.value):
                    dialog.close()
                    self.shell.saved()
                    self.draw_table()
                    undo_notice("Your price is kept.", partial(self.take_back, price))

            Button("Keep", keep, kind="primary", marker="price-keep")
        dialog.open()

    async def take_back(self, price: Price) -> None:
        """Goes back to the listed price."""
        if await done(self.page.reset_price, price.id):
            self.shell.saved()
            self.draw_table()


def _dated(price: Price) -> None:
    if price.overridden:
        Badge("yours", "info")
    elif price.stale:
        Badge(f"{price.price_date or 'undated'} · old", "warning")
    else:
        Text(price.price_date, inline=True)
