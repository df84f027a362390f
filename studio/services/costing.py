"""Costing: prices with their age, what answers cost, and what each arm of a decision returns."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from decimal import Decimal
from difflib import get_close_matches
from math import isfinite
from typing import TYPE_CHECKING, Protocol, get_args

from studio.core.costing import answer_cost as cost
from studio.core.costing import price as pricing
from studio.core.costing.assumptions import Sheet, limits
from studio.core.costing.machines import add_machine, machine_hour
from studio.domain.charters import Charter
from studio.domain.costing import AssumptionEdit, Case, Figure, Price, PriceKind, PriceOverride
from studio.domain.errors import InvalidInput, NotFound
from studio.domain.jobs import Job
from studio.domain.ladder import RungRun
from studio.domain.values import now
from studio.services.inference_prices import quote
from studio.store.assumptions import AssumptionStore
from studio.store.prices import PriceStore

KINDS: tuple[str, ...] = get_args(PriceKind)

if TYPE_CHECKING:
    from studio.core.costing.situation import Situation


class Charters(Protocol):
    """The part of the charter service that costing uses."""

    def get(self, project_id: str) -> Charter:
        """Returns the newest version."""


class CostingService:
    """What a user can do with money: look prices up, put in own ones, and see the case."""

    def __init__(
        self,
        prices: PriceStore,
        assumptions: AssumptionStore,
        charters: Charters,
        runs: Callable[[str], Sequence[RungRun]],
        clock: Callable[[], datetime] = now,
        *,
        address: Callable[[str], str] = lambda endpoint: "",
        labelled: Callable[[str], int | None] = lambda project_id: None,
        job: Callable[[str], Job] | None = None,
    ) -> None:
        """Takes what it reads from others as functions.

        Args:
            prices: shipped prices and overrides.
            assumptions: edited assumptions.
            charters: what was agreed.
            runs: a project's measured rungs.
            clock: the present moment.
            address: where the endpoint of that name is; empty when unknown.
            labelled: examples a project has to train on; None when unknown.
            job: finds the job behind a tuned model; None when there are no jobs.
        """
        self._prices, self._assumptions = prices, assumptions
        self._charters, self._runs, self._clock = charters, runs, clock
        self._address, self._labelled, self._job = address, labelled, job

    def prices(self, kind: str | None = None) -> list[Price]:
        """Returns the price table, of one kind or of all, own figures in place.

        A price put in for an endpoint's model that the table does not have stands at the end.

        Raises:
            InvalidInput: when there is no such kind.
        """
        if kind is not None and kind not in KINDS:
            raise InvalidInput(
                f"There is no kind of price {kind!r}.", hint=f"Kinds are {', '.join(KINDS)}."
            )
        today = self._clock().date()
        listed = pricing.table(self._prices.shipped(), self._prices.overrides(), today)
        return [price for price in listed if kind is None or price.kind == kind]

    def price_table(self) -> list[Price]:
        """Returns all prices; for services that reckon with them."""
        return self.prices()

    def override(self, price_id: str, usd: Decimal) -> Price:
        """Puts in an own figure for a price; the table's stays beside it.

        `endpoint:NAME/MODEL input`, `… output`, `… training` are ids of prices the table lacks.

        Raises:
            NotFound: when there is no such price.
            InvalidInput: when the figure is negative or not a number.
        """
        if not usd.is_finite() or usd < 0:
            raise InvalidInput(
                f"A price is a number of 0 or more, not {usd}.", hint="Give it in USD."
            )
        override = PriceOverride(id=price_id, usd=usd, at=self._clock())
        if pricing.own_price(price_id, override, self._clock().date()) is None:
            self._price(price_id)
        self._prices.override(override)
        return self._price(price_id)

    def reset(self, price_id: str) -> Price:
        """Takes an own figure back and returns the price as it was before.

        Raises:
            NotFound: when there is no such price.
        """
        price = self._price(price_id)
        self._prices.reset(price_id)
        if pricing.OWN.fullmatch(price_id):
            return price.with_(usd=None, overridden=False)
        return self._price(price_id)

    def answer_cost(
        self,
        model_id: str,
        tokens_in: float | None,
        tokens_out: float | None,
        seconds: float | None,
        project_id: str | None = None,
    ) -> Figure:
        """Returns USD for 1,000 answers of that size; `mid` is None when that is unknown.

        Models at endpoints cost by the token: an own price, else the bundled data of
        genai-prices, else the price table. Models on this machine cost the machine's time.

        Args:
            model_id: a model of this machine or `endpoint:NAME/MODEL`.
            tokens_in: mean tokens of a prompt; None when the server did not tell.
            tokens_out: mean tokens of an answer.
            seconds: of the machine for one answer; None when not measured.
            project_id: whose edited assumptions price the machine's hour.
        """
        wanted = cost.named(model_id)
        prices = self.prices()
        if wanted is None:
            if seconds is None:
                return cost.unknown("the time of an answer was not measured")
            return cost.by_machine(seconds, self._machine_hour(prices, project_id))
        if tokens_in is None or tokens_out is None:
            return cost.unknown("the server did not tell how many tokens its answers took")
        return self._by_the_token(model_id, wanted, prices, tokens_in, tokens_out)

    def machine_hour(self, project_id: str) -> Figure:
        """Returns USD for an hour of this machine: what was put in for it, else a prior."""
        return self._machine_hour(self.prices(), project_id)

    def paid_hour(self, project_id: str) -> float | None:
        """Returns USD for an hour of this machine as a person put it in; None when nobody did."""
        edit = self._assumptions.all(project_id).get("machine.usd_per_hour")
        return None if edit is None else edit.value

    def case(self, project_id: str) -> Case:
        """Returns the business case: every arm with its returns, and how sure they are."""
        # Arrays are loaded with the first case, not with the studio.
        from studio.core.costing.case import case

        return case(self._situation(project_id), self._assumptions.all(project_id))

    def assume(
        self,
        project_id: str,
        key: str,
        value: float,
        source: str = "",
        low: float | None = None,
        high: float | None = None,
        owner: str = "",
    ) -> Case:
        """Puts in a figure for an assumption and returns the case with it.

        Without `low` and `high`, its tenth and ninetieth percentile, the old range moves along.

        Raises:
            InvalidInput: when there is no such assumption, or it cannot have that value.
        """
        self._check(project_id, key, value, low, high)
        edit = AssumptionEdit(
            project_id=project_id,
            key=key,
            value=value,
            low=low,
            high=high,
            source=source,
            owner=owner,
            at=self._clock(),
        )
        self._assumptions.keep(edit)
        return self.case(project_id)

    def unassume(self, project_id: str, key: str) -> Case:
        """Takes a figure back and returns the case without it; unknown keys change nothing."""
        self._assumptions.remove(project_id, key)
        return self.case(project_id)

    def _price(self, price_id: str) -> Price:
        listed = self.prices()
        for price in listed:
            if price.id == price_id:
                return price
        near = get_close_matches(price_id, [price.id for price in listed], n=1, cutoff=0.5)
        raise NotFound(
            f"There is no price {price_id!r}.",
            hint=f"Did you mean {near[0]}?" if near else "`studio prices list` shows all ids.",
        )

    def _by_the_token(
        self,
        model_id: str,
        wanted: cost.Named,
        prices: Sequence[Price],
        tokens_in: float,
        tokens_out: float,
    ) -> Figure:
        listed = cost.rates(prices, wanted)
        if listed is not None and listed.own:
            return cost.by_rates(listed, tokens_in, tokens_out)
        found = quote(wanted, self._address(wanted.endpoint), tokens_in, tokens_out, self._clock())
        if found is not None:
            usd = found.usd * 1000
            return Figure(low=usd, mid=usd, high=usd, unit=cost.UNIT, basis=found.basis)
        if listed is not None:
            return cost.by_rates(listed, tokens_in, tokens_out)
        return cost.no_price(model_id)

    def _machine_hour(self, prices: Sequence[Price], project_id: str | None) -> Figure:
        sheet = Sheet({} if project_id is None else self._assumptions.all(project_id))
        add_machine(sheet, prices)
        return machine_hour(sheet)

    def _situation(self, project_id: str) -> Situation:
        from studio.core.costing.case import months_later
        from studio.core.costing.measured import best_runs
        from studio.core.costing.situation import Situation

        charter, today = self._charters.get(project_id), self._clock().date()
        prices, best = self.prices(), best_runs(self._runs(project_id))

        def cost_of(model_id: str, tokens_in: float, tokens_out: float) -> Figure:
            wanted = cost.named(model_id)
            if wanted is None:
                return cost.no_price(model_id)
            return self._by_the_token(model_id, wanted, prices, tokens_in, tokens_out)

        return Situation(
            charter=charter,
            best=best,
            prices=prices,
            today=today,
            horizon_end=months_later(today, charter.horizon_months),
            cost_of=cost_of,
            labelled=self._labelled(project_id),
            train_hours=self._train_hours(best.get("fine_tune_local")),
        )

    def _train_hours(self, run: RungRun | None) -> float | None:
        """Returns how long the job behind a run took; None when that is not known."""
        if run is None or run.job_id is None or self._job is None:
            return None
        try:
            job = self._job(run.job_id)
        except NotFound:
            return None
        if job.started_at is None or job.finished_at is None:
            return None
        return (job.finished_at - job.started_at).total_seconds() / 3600

    def _check(
        self, project_id: str, key: str, value: float, low: float | None, high: float | None
    ) -> None:
        from studio.core.costing.case import gathered

        sheet, *_ = gathered(self._situation(project_id), self._assumptions.all(project_id))
        known = {row.key: row for row in sheet.assumptions}
        if key not in known:
            near = get_close_matches(key, known, n=1, cutoff=0.4)
            raise InvalidInput(
                f"There is no assumption {key!r}.",
                hint=f"Did you mean {near[0]}?" if near else f"There are: {', '.join(known)}.",
            )
        row = known[key]
        least, most = limits(row)
        given = [n for n in (value, low, high) if n is not None]
        if not all(isfinite(n) and least <= n <= most for n in given):
            allowed = (
                f"between {least:g} and {most:g}" if isfinite(most) else f"of {least:g} or more"
            )
            raise InvalidInput(f"{row.title} is a number {allowed}, not {value:g}.")
        if (low is not None and low > value) or (high is not None and high < value):
            raise InvalidInput(
                f"{row.title}: {value:g} does not lie between {low} and {high}.",
                hint="The range goes from the tenth to the ninetieth percentile.",
            )
