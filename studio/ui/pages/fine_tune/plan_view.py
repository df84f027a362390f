"""What a run will take: device, memory and disk as bars, price, privacy, blockers, warnings."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from studio.domain.training import Blocker, Plan
from studio.ui.kit.button import Button
from studio.ui.kit.error_panel import ErrorPanel
from studio.ui.kit.expander import Expander
from studio.ui.kit.facts import Facts
from studio.ui.kit.layout import Stack
from studio.ui.kit.meter import Meter
from studio.ui.kit.notices import Callout
from studio.ui.kit.text import Text
from studio.ui.pages import figures
from studio.ui.pages.fine_tune.consent_view import ConsentView
from studio.ui.pages.fine_tune.plan_vm import bars, lines
from studio.ui.pages.fine_tune.price_view import PriceView
from studio.ui.pages.fine_tune.vm import FineTuneForm


class PlanView:
    """Redraws itself from the form's plan."""

    def __init__(
        self,
        form: FineTuneForm,
        leave_out: Callable[[tuple[str, ...]], Any],
        agreed: Callable[[bool], Any],
        priced: Callable[[], Any],
    ) -> None:
        self.form, self._leave_out = form, leave_out
        self._state = Text("", "small", marker="plan-state")
        self._body = Stack(12)
        self._price = PriceView(form, priced)
        self._consent = ConsentView(form, agreed)

    def waiting(self) -> None:
        """Says that the figures below are being worked out anew."""
        self._state.set_text("Working out what this needs …")
        self._state.set_visibility(True)
        self._price.show()
        self._consent.show()

    def show(self) -> None:
        """Draws the plan, or why there is none."""
        self._state.set_visibility(False)
        self._body.clear()
        with self._body:
            if self.form.plan is not None:
                self._draw(self.form.plan)
            elif self.form.plan_problem is not None:
                ErrorPanel(self.form.plan_problem, marker="plan-problem")
            else:
                Text("Mend the form to see what the run will take.", "muted")
        self._price.show()
        self._consent.show()

    def _draw(self, plan: Plan) -> None:
        for blocker in plan.blockers:
            self._draw_blocker(blocker)
        for warning in plan.warnings:
            Callout(warning, "warning", marker="plan-warning")
        for bar in bars(plan):
            Meter(bar.label, bar.share, bar.text, bar.verdict, bar.tone)
        Facts(lines(plan), marker="plan-lines")
        if self.form.leave_out:
            left = figures.many(len(self.form.leave_out), "row")
            Text(f"{left} left out because you said so.", "small", marker="plan-left-out")
        Text(f"These figures rest on: {plan.basis}", "small", marker="plan-basis")
        if plan.usd_basis:
            said = "The price rests on" if plan.usd is not None else "No price, because"
            Text(f"{said}: {plan.usd_basis}.", "small", marker="plan-price-basis")

    def _draw_blocker(self, blocker: Blocker) -> None:
        callout = Callout(blocker.remedy, "bad", title=blocker.what, marker="plan-blocker")
        if not blocker.example_ids:
            return
        with callout.words:
            rows = figures.many(len(blocker.example_ids), "row")
            with Expander(f"Show the {rows}"), Stack(2):
                for example in self.form.examples(blocker.example_ids):
                    Text(example, "small")
            Button(
                f"Leave {'it' if len(blocker.example_ids) == 1 else 'them'} out",
                lambda: self._leave_out(blocker.example_ids),
                marker="plan-leave-out",
            )
