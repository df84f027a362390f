"""The chapters about money: what each arm costs and returns, and what those figures rest on."""

from __future__ import annotations

from itertools import accumulate

from studio.core.reports import charts, words
from studio.domain.costing import Case, Returns
from studio.domain.reports import Block, Bullets, Callout, Chart, Dossier, Pairs, Section, Table

TORNADO_BARS = 10
QUARTERS = 12
"""Months up to which the cash flow is listed by quarters; longer ones by years."""
FIGURES = {"memory_bytes": "memory", "seconds": "duration", "tokens": "tokens", "usd": "cost"}


def business(dossier: Dossier) -> Section:
    """Shows costs and returns of every arm, the sensitivity and the risk of loss."""
    case = dossier.case
    if case is None:
        trouble = dossier.case_trouble or "The figures it needs are missing."
        gone = Callout(tone="caution", title="No business case", text=trouble)
        return Section(id="business", title="Cost and return", blocks=(gone,))
    blocks: list[Block] = [_summary(case)]
    if case.warnings:
        blocks.append(Bullets(items=case.warnings))
    blocks += [_arms(case), *_rates(case), _cash(case), _flow(case)]
    lines = tuple(
        (returns.arm.title, what, words.money(amount, case.currency))
        for returns in case.arms
        for what, amount in returns.arm.lines
    )
    if lines:
        blocks.append(
            Table(
                caption="What the figures are made of",
                head=("Arm", "Item", "Amount"),
                rows=lines,
                numeric=(2,),
            )
        )
    blocks += _risk(case)
    return Section(id="business", title="Cost and return", blocks=tuple(blocks))


def assumptions(dossier: Dossier) -> Section:
    """Lists every number the case rests on with its source, date and owner."""
    blocks: list[Block] = []
    if dossier.case is not None:
        rows = tuple(
            (
                a.title,
                f"{a.value:,.6g}",
                f"{a.low:,.6g} to {a.high:,.6g}",
                a.unit,
                a.source + (" (edited)" if a.edited else ""),
                a.at or "–",
                a.owner or "–",
            )
            for a in dossier.case.assumptions
        )
        blocks.append(
            Table(
                caption="Assumptions of the business case",
                head=("Assumption", "Value", "P10 to P90", "Unit", "Source", "Date", "Owner"),
                rows=rows,
                numeric=(1, 2),
            )
        )
    priced = tuple(
        (
            p.provider,
            p.item,
            words.money(p.usd, "USD"),
            p.unit,
            p.price_date or "undated",
            p.source,
            "old" if p.stale else "",
        )
        for p in dossier.prices
    )
    if priced:
        blocks.append(
            Table(
                caption="Prices used",
                head=("Provider", "Item", "Price", "Unit", "Date", "Source", "Warning"),
                rows=priced,
                numeric=(2,),
            )
        )
    settled = tuple(
        (
            FIGURES[e.kind],
            e.family,
            words.estimate(e.kind, e.mid),
            f"{words.estimate(e.kind, e.low)} to {words.estimate(e.kind, e.high)}",
            words.estimate(e.kind, e.actual),
            e.basis,
        )
        for e in dossier.estimates
        if e.actual is not None
    )
    if settled:
        blocks.append(
            Table(
                caption="Estimates beside what came of them",
                head=("Figure", "Kind of work", "Estimate", "Range", "Actual", "Basis"),
                rows=settled,
                numeric=(2, 3, 4),
            )
        )
    if not blocks:
        blocks.append(Callout(title="Nothing was assumed yet."))
    return Section(id="assumptions", title="Assumptions and sources", blocks=tuple(blocks))


def _summary(case: Case) -> Pairs:
    best = next((r for r in case.arms if r.arm.key == case.best), None)
    return Pairs(
        rows=(
            ("Best arm", best.arm.title if best else words.UNKNOWN),
            ("Its net present value", words.money(best.npv if best else None, case.currency)),
            ("Horizon", f"{case.horizon_months} months at {case.annual_rate:.1%} a year"),
            ("Requests a month", f"{case.requests_month:,.0f}"),
            ("Break-even accuracy", words.share(case.break_even_accuracy)),
        )
    )


def _arms(case: Case) -> Table:
    return Table(
        caption="Arms compared, against staying as you are",
        head=(
            "Arm",
            "Right answers",
            "Investment",
            "Total cost",
            "NPV",
            "IRR a month",
            "Payback",
            "Discounted",
            "Break-even volume",
        ),
        rows=tuple(_arm(returns, case.currency) for returns in case.arms),
        numeric=(1, 2, 3, 4, 5, 6, 7, 8),
    )


def _arm(returns: Returns, currency: str) -> tuple[str, ...]:
    arm = returns.arm
    blocked = f" – blocked: {arm.blocked_because}" if arm.blocked_because else ""
    prior = "" if arm.measured or arm.score is None else " (prior)"
    amounts = tuple(words.money(m, currency) for m in (arm.capex, returns.tco, returns.npv))
    if arm.key == "stay":  # compared with itself, it neither pays back nor breaks even
        return (arm.title, words.share(arm.score), *amounts, "–", "–", "–", "–")
    irr = returns.irr_month
    volume = returns.break_even_requests
    return (
        arm.title + blocked,
        words.share(arm.score) + prior,
        *amounts,
        "–" if irr is None else f"{irr:.2%}",
        _month(returns.payback_month),
        _month(returns.discounted_payback_month),
        "at no volume" if volume is None else f"{volume:,.0f} a month",
    )


def _month(month: int | None) -> str:
    return "never" if month is None else f"month {month}"


def _cash(case: Case) -> Chart:
    series = [
        (returns.arm.title, list(accumulate(returns.cash_flow)))
        for returns in case.arms
        if returns.arm.key != "stay"
    ]
    ends = "; ".join(f"{name} {words.money(v[-1], case.currency)}" for name, v in series if v)
    return Chart(
        svg=charts.lines(series, case.currency),
        alt=f"Money in and out, added up to the last month: {ends}.",
        caption="Cumulative cash flow against staying, undiscounted.",
    )


def _flow(case: Case) -> Table:
    step = 3 if case.horizon_months <= QUARTERS else 12
    parts = [("Start", 0, 1)]
    for first in range(1, case.horizon_months + 1, step):
        last = min(first + step - 1, case.horizon_months)
        parts.append((f"{first}" if first == last else f"{first}–{last}", first, last + 1))
    parts.append(("Together", 0, case.horizon_months + 1))
    return Table(
        caption="Money in less money out by months, against staying as you are, in "
        f"{case.currency}",
        head=("Arm", *(span for span, _, _ in parts)),
        rows=tuple(
            (
                returns.arm.title,
                *(f"{sum(returns.cash_flow[first:end]):,.0f}" for _, first, end in parts),
            )
            for returns in case.arms
            if returns.arm.key != "stay"
        ),
        numeric=tuple(range(1, len(parts) + 1)),
    )


def _rates(case: Case) -> list[Block]:
    rows = tuple(
        (
            returns.arm.title,
            "–" if returns.roi is None else f"{returns.roi:+.1%}",
            "–" if returns.mirr_month is None else f"{returns.mirr_month:.2%}",
        )
        for returns in case.arms
        if returns.arm.key != "stay"
    )
    table = Table(
        caption="Return on what is spent: benefits less costs, over costs, undiscounted",
        head=("Arm", "ROI", "Modified IRR a month"),
        rows=rows,
        numeric=(1, 2),
    )
    return [table] if rows else []


def _risk(case: Case) -> list[Block]:
    subject = next((r for r in case.arms if r.arm.key == case.subject), None)
    blocks: list[Block] = []
    if case.tornado and subject is not None:
        bars = [(bar.title, bar.low_npv, bar.high_npv) for bar in case.tornado[:TORNADO_BARS]]
        blocks.append(
            Chart(
                svg=charts.tornado(bars, subject.npv),
                alt="Net present value with each assumption at its tenth and ninetieth percentile: "
                + "; ".join(
                    f"{t} {words.money(a, case.currency)} to {words.money(b, case.currency)}"
                    for t, a, b in bars
                )
                + ".",
                caption=f"What matters for {subject.arm.title}: each assumption alone, low in grey "
                "and high in blue.",
            )
        )
    simulation = case.simulation
    marks = [("P10", simulation.p10), ("P50", simulation.p50), ("P90", simulation.p90)]
    blocks.append(
        Chart(
            svg=charts.histogram(simulation.histogram, marks),
            alt=f"Net present value over {simulation.draws:,} draws: P10 "
            f"{words.money(simulation.p10, case.currency)}, P50 "
            f"{words.money(simulation.p50, case.currency)}, P90 "
            f"{words.money(simulation.p90, case.currency)}.",
            caption=f"{simulation.draws:,} draws over all assumptions, seed {simulation.seed}; "
            "losses in red.",
        )
    )
    blocks.append(
        Table(
            caption="Net present value when all assumptions move",
            head=("Assumptions move", "P10", "P50", "P90", "Probability of loss"),
            rows=tuple(
                (
                    label,
                    words.money(s.p10, case.currency),
                    words.money(s.p50, case.currency),
                    words.money(s.p90, case.currency),
                    words.share(s.probability_of_loss),
                )
                for label, s in (
                    ("each by itself", case.simulation),
                    ("the benefits together", case.correlated),
                )
            ),
            numeric=(1, 2, 3, 4),
        )
    )
    return blocks
