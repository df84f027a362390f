"""Premises: what the client states, what people cost, and defaults where nobody knows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from studio.core.costing.arms import failure
from studio.core.costing.assumptions import JUDGEMENT, SHARE, Sheet
from studio.core.costing.measured import spread, words
from studio.core.costing.price import cited, find, middle
from studio.core.costing.roi import break_even_accuracy
from studio.domain.charters import Charter, UseCase
from studio.domain.costing import Price
from studio.domain.ladder import RungRun

LABELLING: dict[UseCase, tuple[str, str]] = {
    UseCase.CLASSIFICATION: ("Several vendors", "Text single-label classification"),
    UseCase.EXTRACTION: ("Several vendors", "NER"),
    UseCase.LEGAL: ("Several vendors", "Expert preference (medical/legal/code)"),
    UseCase.MEDICAL_NOTES: ("Several vendors", "Expert preference (medical/legal/code)"),
    UseCase.CODE: ("Several vendors", "Expert preference (medical/legal/code)"),
}
"""Which labelling price fits a use case; the others buy answers written by a person."""

EXAMPLES: dict[UseCase, tuple[float, float, float]] = {
    UseCase.TONE: (100, 250, 500),
    UseCase.CLASSIFICATION: (500, 700, 1500),
    UseCase.EXTRACTION: (500, 1000, 2000),
    UseCase.SUMMARISING: (500, 700, 1000),
    UseCase.LEGAL: (500, 700, 1000),
    UseCase.MEDICAL_NOTES: (500, 700, 1000),
}
"""Training examples that a task takes: low, likely, high; see the table of dataset sizes."""
OTHER_EXAMPLES = (300.0, 1000.0, 2000.0)


class Stated(NamedTuple):
    """A value only the client knows, with the default that stands in for it."""

    field: str
    """Name in the charter."""
    key: str
    title: str
    unit: str
    default: float
    low: float
    high: float


CLIENT = (
    Stated("success_value", "answer.success_value", "Worth of a right answer", "money", 2, 0.7, 6),
    Stated(
        "escalation_cost",
        "answer.escalation_cost",
        "Cost of a wrong answer that a person catches",
        "money",
        4,
        1.5,
        10,
    ),
    Stated(
        "churn_cost",
        "answer.churn_cost",
        "Cost of a wrong answer that nobody catches",
        "money",
        20,
        5,
        100,
    ),
    Stated(
        "churn_probability",
        "answer.churn_probability",
        "Share of wrong answers that nobody catches",
        SHARE,
        0.05,
        0.02,
        0.15,
    ),
    Stated(
        "requests_month", "requests.month", "Requests a month", "requests", 10_000, 3_000, 30_000
    ),
)
"""What a business case cannot be made without. All defaults are judgements: three minutes of a
person for a right answer, six for a wrong one that is caught."""

WORTH = ("answer.success_value", "answer.escalation_cost", "answer.churn_cost")
WORTH_KNOWN = (*WORTH, "answer.churn_probability")


def add_client(sheet: Sheet, charter: Charter) -> list[str]:
    """Adds what the client knows; returns the titles of what nobody has stated."""
    missing = []
    day = charter.changed_at.date().isoformat()
    for stated in CLIENT:
        unit = charter.currency if stated.unit == "money" else stated.unit
        value = getattr(charter, stated.field)
        if value is not None:
            sheet.stated(stated.key, stated.title, float(value), unit, day)
            continue
        if not sheet.edited(stated.key):
            missing.append(stated.title)
        sheet.guessed(
            stated.key, stated.title, stated.default, unit, low=stated.low, high=stated.high
        )
    return missing


def add_today(sheet: Sheet, charter: Charter, run: RungRun | None) -> float | None:
    """Adds what staying costs and is worth; returns the break-even score, None when unknown."""
    break_even = break_even_accuracy(sheet["answer.success_value"], failure(sheet.values))
    title = "Share of right answers today"
    if run is not None and run.score is not None:
        low, value, high = spread(run)
        sheet.add("stay.score", title, value, SHARE, words(run), low=low, high=high)
    else:
        sheet.add(
            "stay.score",
            title,
            break_even or 0.0,
            SHARE,
            "no model answers today: that is worth as much as one at the break-even score",
            follows=True,
        )
    sheet.add(
        "stay.cost_month",
        "What answering costs a month today",
        0.0,
        charter.currency,
        f"{JUDGEMENT}: nothing that would be saved, until somebody says otherwise",
    )
    known = all(
        sheet.edited(stated.key) or getattr(charter, stated.field) is not None
        for stated in CLIENT
        if stated.key in WORTH_KNOWN
    )
    return break_even if known else None


def add_sizes(sheet: Sheet, charter: Charter, run: RungRun | None) -> None:
    """Adds the tokens of a request: stated, else measured, else guessed."""
    measured = (None, None) if run is None else (run.prompt_tokens, run.output_tokens)
    for key, title, stated, seen, guess in (
        ("tokens.in", "Tokens of a request", charter.tokens_in, measured[0], 800.0),
        ("tokens.out", "Tokens of an answer", charter.tokens_out, measured[1], 150.0),
    ):
        if stated is not None:
            sheet.stated(key, title, stated, "tokens", charter.changed_at.date().isoformat())
        elif seen is not None:
            source = "mean of the measured prompts"
            sheet.add(key, title, seen, "tokens", source, low=seen * 0.8, high=seen * 1.25)
        else:
            sheet.guessed(key, title, guess, "tokens", low=guess / 4, high=guess * 4)


def add_work(
    sheet: Sheet, charter: Charter, prices: Sequence[Price], labelled: int | None
) -> list[Price]:
    """Adds people, labels, evaluation and upkeep; returns the prices they rest on."""
    used = [_day_rate(sheet, prices), _labels(sheet, charter, prices, labelled)]
    guessed = sheet.guessed
    guessed("labels.qa_share", "Labels looked at twice", 0.2, SHARE, low=0.1, high=0.4)
    guessed("evaluation.cost", "Making the evaluation set", 1_000, "USD", low=300, high=3_000)
    guessed(
        "integration.days", "Days to build it into the client's systems", 5, "days", low=2, high=12
    )
    guessed("monitoring.month", "Watching it for a month", 200, "USD", low=50, high=600)
    guessed("rag.hosting_month", "Keeping documents searchable", 50, "USD", low=10, high=300)
    guessed(
        "rag.tokens_passages", "Tokens of the passages given", 1_000, "tokens", low=500, high=2_500
    )
    guessed("training.epochs", "Passes over the examples", 3, "passes", low=2, high=4)
    guessed(
        "training.runs",
        "Training runs until one is kept",
        3,
        "runs",
        low=3,
        high=8,
        why="at least three, for settings, data and the failed 3 to 5 %",
    )
    guessed("retrain.cycle_months", "Months between trainings", 6, "months", low=2, high=12)
    guessed("retrain.labels", "New labels for each retraining", 100, "labels", low=30, high=300)
    guessed("retrain.days", "Engineering days for each retraining", 2, "days", low=1, high=5)
    guessed("drift.month", "Measuring a tuned model again", 100, "USD", low=30, high=300)
    guessed(
        "serving.hours_month",
        "Hours a month that a machine is kept for it",
        730,
        "hours",
        low=240,
        high=730,
    )
    for key, title, unit in (
        ("labour.minutes", "Minutes a right answer saves beside its worth", "minutes"),
        ("latency.value_month", "Worth of faster answers a month", charter.currency),
    ):
        sheet.add(key, title, 0.0, unit, f"{JUDGEMENT}: not counted, so as not to count twice")
    sheet.add(
        "labour.hour", "An hour of the people who answer today", 25, charter.currency, JUDGEMENT
    )
    sheet.add(
        "discount.annual",
        "Discount rate a year",
        0.10,
        SHARE,
        "convention of business cases, unconfirmed",
        low=0.06,
        high=0.15,
    )
    if charter.currency != "USD":
        guessed(
            "currency.per_usd",
            f"{charter.currency} for 1 USD",
            1.0,
            charter.currency,
            low=0.7,
            high=1.4,
            why="no exchange rate is fetched",
        )
    return [price for price in used if price is not None]


def _day_rate(sheet: Sheet, prices: Sequence[Price]) -> Price | None:
    title = "A day of an engineer or consultant"
    price = find(prices, "engineering", "Ladder Studio", "Day of an engineer or consultant")
    if price is None or price.usd is None:
        sheet.guessed("engineering.day_rate", title, 800, "USD", low=400, high=1_500)
        return None
    _priced(sheet, "engineering.day_rate", title, price)
    return price


def _labels(
    sheet: Sheet, charter: Charter, prices: Sequence[Price], labelled: int | None
) -> Price | None:
    low, likely, high = EXAMPLES.get(charter.use_case, OTHER_EXAMPLES)
    wanted = sheet.guessed(
        "training.examples", "Examples to train on", likely, "examples", low=low, high=high
    )
    there = labelled or 0
    sheet.guessed(
        "labels.count",
        "Labels still to buy",
        max(0.0, wanted - there),
        "labels",
        low=max(0.0, low - there),
        high=max(0.0, high - there),
        why=f"examples to train on less the {there} there are",
    )
    provider, item = LABELLING.get(
        charter.use_case, ("Ladder Studio", "Answer written by a person")
    )
    price = find(prices, "labelling", provider, item)
    if price is None or middle(price) is None:
        sheet.guessed("labels.unit_cost", "A label", 2, "USD", low=0.5, high=6)
        return None
    _priced(sheet, "labels.unit_cost", f"A label: {item}", price)
    return price


def _priced(sheet: Sheet, key: str, title: str, price: Price) -> None:
    """Adds an assumption that is a price of the table, with the price's own range."""
    value = float(middle(price) or 0)
    whole = price.overridden or price.low is None or price.high is None
    sheet.add(
        key,
        title,
        value,
        "USD",
        cited(price),
        low=value * 0.8 if whole else float(price.low or 0),
        high=value * 1.25 if whole else float(price.high or 0),
        at=price.price_date,
    )
