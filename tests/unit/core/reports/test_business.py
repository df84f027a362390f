"""The chapters about money show every arm, what it rests on and what may go wrong."""

from __future__ import annotations

from studio.core.reports import business
from studio.domain.reports import Callout, Chart, Section, Table
from tests.fakes.money import returns
from tests.unit.core.reports.dossiers import case, dossier, price


def table(section: Section, caption: str) -> Table:
    return next(b for b in section.blocks if isinstance(b, Table) and caption in b.caption)


def test_never_is_a_payback_and_no_volume_a_break_even() -> None:
    row = table(business.business(dossier()), "Arms compared").rows[1]
    assert row[6:] == ("never", "never", "at no volume")


def test_a_blocked_arm_and_a_prior_score_are_marked() -> None:
    blocked = returns("fine_tune_hosted", 1.0, blocked_because="ends 2027-01-06")
    found = case(arms=(returns("stay", 0.0), blocked))
    row = table(business.business(dossier(case=found)), "Arms compared").rows[1]
    assert "blocked: ends 2027-01-06" in row[0]
    assert row[1].endswith("(prior)")


def test_without_a_case_the_reason_is_given() -> None:
    section = business.business(dossier(case=None, case_trouble="No volume is known."))
    (block,) = section.blocks
    assert isinstance(block, Callout)
    assert block.text == "No volume is known."


def test_three_charts_have_words_for_what_they_show() -> None:
    charts = [b for b in business.business(dossier()).blocks if isinstance(b, Chart)]
    assert len(charts) == 3
    assert all(chart.alt.endswith(".") and len(chart.alt) > 40 for chart in charts)


def test_the_cash_flow_is_listed_by_quarters_and_longer_ones_by_years() -> None:
    arm = returns("rag", 1.0).with_(cash_flow=(-900.0, *(100.0,) * 10))
    short = case(arms=(returns("stay", 0.0), arm), horizon_months=10)
    listed = table(business.business(dossier(case=short)), "by months")
    assert listed.head == ("Arm", "Start", "1–3", "4–6", "7–9", "10", "Together")
    assert listed.rows == (("Arm rag", "-900", "300", "300", "300", "100", "100"),)
    arm = arm.with_(cash_flow=(-900.0, *(100.0,) * 30))
    long = case(arms=(arm,), horizon_months=30)
    listed = table(business.business(dossier(case=long)), "by months")
    assert listed.head[1:] == ("Start", "1–12", "13–24", "25–30", "Together")


def test_the_return_on_what_is_spent_stands_beside_the_present_value() -> None:
    arm = returns("rag", 1.0).with_(roi=1.057, mirr_month=0.0345)
    found = case(arms=(returns("stay", 0.0), arm, returns("prompt", 2.0)))
    rows = table(business.business(dossier(case=found)), "Return on").rows
    assert rows == (("Arm rag", "+105.7%", "3.45%"), ("Arm prompt", "–", "–"))


def test_both_ways_of_drawing_assumptions_are_compared() -> None:
    rows = table(business.business(dossier()), "when all assumptions move").rows
    assert [row[1] for row in rows] == ["-200 EUR", "-400 EUR"]


def test_assumptions_name_source_and_prices_their_age() -> None:
    section = business.assumptions(dossier(prices=(price(), price(overridden=True))))
    assert table(section, "Assumptions").rows[0][4] == "judgement"
    assert [row[-1] for row in table(section, "Prices").rows] == ["old", ""]
