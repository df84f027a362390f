"""A provider's price that nobody knows: put in here, kept for every run of that model there."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from studio.ui.act import done
from studio.ui.kit.button import Button
from studio.ui.kit.expander import Expander
from studio.ui.kit.fields import number_field
from studio.ui.kit.layout import Stack
from studio.ui.kit.settle import settle
from studio.ui.kit.undo import undo_notice
from studio.ui.pages.fine_tune import own_price
from studio.ui.pages.fine_tune.vm import FineTuneForm


class PriceView(Stack):
    """Asks for a price where the plan has none."""

    def __init__(self, form: FineTuneForm, kept: Callable[[], Any]) -> None:
        super().__init__(4)
        self.form, self._kept = form, kept

    def show(self) -> None:
        """Draws the field, when the price of this model is open and can be known."""
        self.clear()
        form = self.form
        if not own_price.is_open(form.place, form.plan):
            return
        with self, Expander("Put in the price you pay", marker="price-own"):
            self.wanted = number_field(
                "USD for a million training tokens",
                value=None,
                min=0,
                hint="From the provider's price list, before tax.",
                marker="price-own-value",
            )
            Button("Keep", self.keep, marker="price-own-keep")

    async def keep(self) -> None:
        """Keeps the price, with a way back."""
        usd = self.wanted.value
        if usd is None:
            self.wanted.set_error("Put in a number.")
            return
        price_id = own_price.price_id(self.form.backend, self.form.base_model)
        if await done(own_price.keep, self.form.services, price_id, usd):
            await settle(self._kept())
            undo_notice("Your price is kept.", lambda: self._back(price_id))

    async def _back(self, price_id: str) -> None:
        if await done(own_price.drop, self.form.services, price_id):
            await settle(self._kept())
