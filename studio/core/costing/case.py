"""Case: charter, evidence, prices and edits become arms with returns, and how sure they are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from studio.core.costing import arms, premises, roi
from studio.core.costing.arms import Money, Plan
from studio.core.costing.assumptions import Sheet
from studio.core.costing.choices import plans
from studio.core.costing.machines import add_gpu, add_machine
from studio.core.costing.simulation import simulate, tornado
from studio.core.costing.situation import Situation
from studio.domain.charters import Charter
from studio.domain.costing import Arm, AssumptionEdit, Case, Price, Returns

CORRELATION = 0.6
"""How strongly the benefits' assumptions move together in the second scenario. A judgement."""

BENEFITS = ("answer.success_value", "answer.escalation_cost", "answer.churn_cost")
TOGETHER = frozenset({*BENEFITS, "answer.churn_probability", "requests.month", "labour.minutes"})
"""What the benefit is made of: who is too hopeful about one of them tends to be about all."""


def months_later(day: date, months: int) -> date:
    """Returns the same day so many months later, or the month's last day where there is none."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    for last in (day.day, 30, 29, 28):
        try:
            return date(year, month + 1, last)
        except ValueError:
            continue
    return date(year, month + 1, 28)


def gathered(
    situation: Situation, edits: Mapping[str, AssumptionEdit]
) -> tuple[Sheet, list[Plan], list[str], float | None]:
    """Returns assumptions, arms, warnings, and the break-even score where it is known."""
    charter, best, prices = situation.charter, situation.best, situation.prices
    sheet = Sheet(edits)
    missing = premises.add_client(sheet, charter)
    break_even = premises.add_today(sheet, charter, best.get("stay"))
    premises.add_sizes(sheet, charter, best.get("prompt"))
    used = premises.add_work(sheet, charter, prices, situation.labelled)
    power, rent = add_machine(sheet, prices), add_gpu(sheet, prices, own=situation.at_home)
    options, hosting = plans(sheet, situation)
    places = {place for plan in options for place in (plan.serving, plan.training)}
    if rent is not None and "gpu" in places:
        used.append(rent)
    if power is not None and ("machine" in places or situation.at_home):
        used.append(power)
    warnings = [
        *_about_client(charter, sheet, missing),
        *_about_evidence(situation, options),
        *(warning for plan in options for warning in plan.warnings),
        *_about_prices([*used, *hosting]),
    ]
    return sheet, options, warnings, break_even


def case(situation: Situation, edits: Mapping[str, AssumptionEdit]) -> Case:
    """Returns the whole business case of a project."""
    sheet, options, warnings, break_even = gathered(situation, edits)
    charter, values = situation.charter, sheet.values
    months = charter.horizon_months
    returned = [returns(plan, values, months) for plan in options]
    open_arms = [one for one in returned if not one.arm.blocked_because]
    best = max(open_arms, key=lambda one: one.npv)
    chosen = _shown(options, returned)

    def worth(numbers: Mapping[str, Any]) -> Any:
        return _present(chosen, numbers, months)

    uncertain = [row for row in sheet.uncertain if _matters(row.key, chosen)]
    bars = tornado(uncertain, values, worth)
    hopeful = TOGETHER | {f"{chosen.key}.score"}
    together = {
        bar.key: 1.0 if bar.high_npv > bar.low_npv else -1.0 for bar in bars if bar.key in hopeful
    }
    return Case(
        currency=charter.currency,
        horizon_months=months,
        annual_rate=values["discount.annual"],
        requests_month=values["requests.month"],
        break_even_accuracy=break_even,
        assumptions=sheet.assumptions,
        arms=tuple(returned),
        best=best.arm.key,
        subject=chosen.key,
        tornado=bars,
        simulation=simulate(uncertain, values, worth),
        correlated=simulate(uncertain, values, worth, together=together, correlation=CORRELATION),
        warnings=tuple(dict.fromkeys([*warnings, *_about_budget(charter, open_arms)])),
    )


def returns(plan: Plan, values: Mapping[str, float], months: int) -> Returns:
    """Returns what an arm is worth over the horizon, against staying."""
    money = arms.money(plan, values)
    live = [float(share) for share in arms.live(money, months)]
    opex = tuple(float(money.opex) * share for share in live)
    benefit = tuple(float(money.benefit) * share for share in live)
    rate = roi.monthly_rate(values["discount.annual"])
    flow = _flow(plan, money, opex, benefit)
    arm = Arm(
        key=plan.key,
        title=plan.title,
        score=values.get(f"{plan.key}.score"),
        measured=plan.measured,
        capex=float(money.capex),
        opex=opex,
        benefit=benefit,
        lines=_lines(plan, values),
        blocked_because=plan.blocked_because,
    )
    costs = arm.capex + sum(opex)
    return Returns(
        arm=arm,
        cash_flow=flow,
        tco=costs,
        npv=roi.npv(rate, flow),
        irr_month=roi.irr(flow),
        mirr_month=roi.mirr(flow, rate),
        roi=None if plan.key == "stay" else roi.roi(sum(benefit), costs),
        payback_month=roi.payback(flow),
        discounted_payback_month=roi.payback(flow, rate),
        break_even_requests=roi.break_even_volume(
            lambda requests: float(_present(plan, {**values, "requests.month": requests}, months))
        ),
    )


def _flow(
    plan: Plan, money: Money, opex: Sequence[float], benefit: Sequence[float]
) -> tuple[float, ...]:
    # Staying is what the others are measured against, so by itself it neither gains nor loses.
    if plan.key == "stay":
        return (0.0,) * (len(opex) + 1)
    return (-float(money.capex), *(b - o for b, o in zip(benefit, opex, strict=True)))


def _present(plan: Plan, values: Mapping[str, Any], months: int) -> Any:
    if plan.key == "stay":
        return 0.0
    return arms.present_value(arms.money(plan, values), months, values["discount.annual"])


def _lines(plan: Plan, values: Mapping[str, float]) -> tuple[tuple[str, float], ...]:
    if plan.key == "stay":
        return (("A month: answering as today", values["stay.cost_month"]),)
    once = [(title, float(amount)) for title, amount in arms.capex(plan, values)]
    month = [(f"A month: {title}", float(amount)) for title, amount in arms.month(plan, values)]
    return (*once, *month)


def _shown(options: Sequence[Plan], returned: Sequence[Returns]) -> Plan:
    """Returns the best arm other than staying; a blocked one only when all are."""
    rated = [
        (not one.arm.blocked_because, one.npv, plan)
        for plan, one in zip(options, returned, strict=True)
        if plan.key != "stay"
    ]
    return max(rated, key=lambda one: one[:2])[2]


def _matters(key: str, plan: Plan) -> bool:
    """Tells whether an assumption can move an arm; those of other arms are not drawn for it."""
    owner = key.partition(".")[0]
    return owner not in arms.KEYS or owner == plan.key or (owner == "rag" and plan.with_rag)


def _about_client(charter: Charter, sheet: Sheet, missing: Sequence[str]) -> list[str]:
    said = [
        f"Nobody has said: {title[0].lower()}{title[1:]}. A default stands in for it."
        for title in missing
    ]
    if charter.currency != "USD" and not sheet.edited("currency.per_usd"):
        said.append(
            f"Prices are in USD, the charter is in {charter.currency}: put in how many"
            f" {charter.currency} a dollar costs (currency.per_usd); until then it is 1."
        )
    if charter.metric in ("token_f1", "rouge_l"):
        said.append(
            f"The metric {charter.metric} measures overlap, not right or wrong: a score of 0.6 is"
            " counted as if six of ten answers were right."
        )
    return said


def _about_evidence(situation: Situation, options: Sequence[Plan]) -> list[str]:
    guessed = [plan.title for plan in options if not plan.measured and plan.key != "stay"]
    return [f"Not measured, so the score is a prior: {', '.join(guessed)}."] if guessed else []


def _about_prices(used: Sequence[Price]) -> list[str]:
    old = [
        f"{price.provider} {price.item} ({price.price_date or 'undated'})"
        for price in dict.fromkeys(used)
        if price.stale
    ]
    if not old:
        return []
    return [f"Prices older than 90 days: {'; '.join(old)}. Check them before relying on this."]


def _about_budget(charter: Charter, open_arms: Sequence[Returns]) -> list[str]:
    if charter.budget is None:
        return []
    return [
        f"{one.arm.title} costs {one.arm.capex:,.0f} {charter.currency} before the first month,"
        f" more than the budget of {charter.budget:,.0f}."
        for one in open_arms
        if one.arm.capex > charter.budget
    ]
